import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Refusal } from '../../../src/rpc/refusal.js';
import type { AgentDefinition } from '../../../src/session/configured_agents/agent_definition.js';
import { resolveCredentials } from '../../../src/session/containers/credentials.js';
import { agentWith } from './agent.js';

function agentOf(sources: readonly string[], repoToken?: string): AgentDefinition {
  const credentials = sources.map((source, index) => ({ name: `C${index}`, source, as: 'file' as const }));
  return agentWith({ name: 'a', credentials, repoToken });
}

/** Values of `env:` sources; what is not there is missing, as in the secret room. */
function resolver(values: Readonly<Record<string, string>>) {
  return (source: string): Promise<Uint8Array> => {
    const value = values[source];
    if (value !== undefined) return Promise.resolve(Buffer.from(value));
    const problem = `needs the variable ${source.slice(4)} in the daemon's environment or in secrets.envFile`;
    return Promise.reject(
      new Refusal('SOURCE_FAILED', `the source '${source}' ${problem}`, { source, cause: 'missing' }),
    );
  };
}

describe('credentials of an agent', () => {
  test('are had before anything is made, in their order, the token apart', async () => {
    const values = { 'env:A': 'one', 'env:B': 'two\n', 'env:T': 'token\n' };
    const credentials = await resolveCredentials(agentOf(['env:A', 'env:B'], 'env:T'), resolver(values));
    assert.deepEqual(credentials.values.map(String), ['one', 'two\n']);
    assert.equal(credentials.repoToken, 'token');
    assert.equal((await resolveCredentials(agentOf([]), resolver({}))).repoToken, '');
  });

  test('that are missing are all named, with what is to be done', async () => {
    await assert.rejects(resolveCredentials(agentOf(['env:S']), resolver({})), {
      reason: 'SOURCE_FAILED',
      message:
        "agent 'a' credential 'C0' needs environment variable 'S' in the daemon's environment, or in the file that secrets.envFile names",
    });
    await assert.rejects(
      resolveCredentials(agentOf(['env:A', 'env:S', 'env:R'], 'env:T'), resolver({ 'env:A': 'x' })),
      {
        message: [
          "agent 'a' credential 'C1' needs environment variable 'S' in the daemon's environment, or in the file that secrets.envFile names",
          "agent 'a' credential 'C2' needs environment variable 'R' in the daemon's environment, or in the file that secrets.envFile names",
          "agent 'a' repoToken needs environment variable 'T' in the daemon's environment, or in the file that secrets.envFile names",
        ].join('; '),
      },
    );
  });

  test('that fail otherwise say how, and nothing of a value', async () => {
    const failing = (): Promise<Uint8Array> =>
      Promise.reject(new Refusal('SOURCE_FAILED', "the source 'exec:x' ended with exit code 3", { cause: 'failed' }));
    await assert.rejects(resolveCredentials(agentOf(['exec:x']), failing), {
      message: "agent 'a' credential 'C0' can't be had: the source 'exec:x' ended with exit code 3",
    });
    const lines = resolver({ 'env:T': 'secret one\nsecret two' });
    await assert.rejects(resolveCredentials(agentOf([], 'env:T'), lines), (error: Error) => {
      assert.match(error.message, /repoToken is no token/);
      assert.doesNotMatch(error.message, /secret one/);
      return true;
    });
    const broken = new Error('a fault of the daemon');
    await assert.rejects(
      resolveCredentials(agentOf(['env:A']), () => Promise.reject(broken)),
      broken,
    );
  });
});

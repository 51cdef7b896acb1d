import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LaunchSessionRequest } from '@tenure/client/gen/tenure/session/v1/session_service';
import { Refusal } from '../../../src/rpc/refusal.js';
import { readLaunch } from '../../../src/session/launched/launch_order.js';

const NOTHING = new Uint8Array(0);

function request(fields: Partial<LaunchSessionRequest>): LaunchSessionRequest {
  return { ...LaunchSessionRequest.decode(NOTHING), ...fields };
}

test('a launch of an agent needs no directory, and shows what it is asked as others show their prompt', () => {
  const { adapter, agent, prompt } = readLaunch(
    request({ agent: 'tidy', repo: 'https://example.org/a.git', work: { $case: 'request', value: 'mend it' } }),
    7,
  );
  assert.deepEqual([adapter, prompt], ['podman', 'mend it']);
  assert.deepEqual(agent, {
    name: 'tidy',
    repo: 'https://example.org/a.git',
    work: { kind: 'request', text: 'mend it' },
    dueWallMs: 7,
  });
});

test('what the configuration says is refused, and so is work that is none', () => {
  const agent = 'tidy';
  const artifact = (name: string, bytes = 1) => ({
    work: { $case: 'artifact' as const, value: { name, content: Buffer.alloc(bytes) } },
  });
  const wrong: readonly (readonly [Partial<LaunchSessionRequest>, RegExp])[] = [
    [{ agent, adapter: 'codex' }, /^adapter can't be given/],
    [{ agent, command: ['ls'] }, /^command can't/],
    [{ agent, directory: '/' }, /^directory can't/],
    [{ agent, environment: new Map([['A', 'hunter2']]) }, /^environment can't/],
    [{ agent, force: true }, /^force can't/],
    [{ agent, repo: 'https://u:hunter2@example.org/a.git' }, /^repo has credentials/],
    [{ agent, repo: 'ext::sh -c hunter2' }, /^repo is no https, http or git URL such as/],
    [{ agent, work: { $case: 'workUnit', value: '' } }, /^work_unit is empty/],
    [{ agent, work: { $case: 'request', value: ' \n' } }, /^request is empty/],
    [{ agent, work: { $case: 'request', value: 'x'.repeat(1_000_001) } }, /^request has more than/],
    [{ agent, ...artifact('../passwd') }, /^artifact\.name is no name/],
    [{ agent, ...artifact('..') }, /^artifact\.name is no name/],
    [{ agent, ...artifact('') }, /^artifact\.name is no name/],
    [{ agent, ...artifact('a', 1_000_001) }, /^artifact\.content has more than/],
    [{ directory: '/', command: ['ls'], repo: 'https://example.org/a.git' }, /^repo needs an agent/],
    [{ directory: '/', command: ['ls'], work: { $case: 'workUnit', value: 'a' } }, /^work needs an agent/],
  ];
  for (const [fields, words] of wrong) {
    assert.throws(
      () => readLaunch(request(fields)),
      (error) => {
        assert.ok(error instanceof Refusal && error.reason === 'INVALID_FIELD');
        assert.match(error.message, words);
        assert.doesNotMatch(error.message, /hunter2/);
        return true;
      },
    );
  }
});

import { Refusal } from '../../rpc/refusal.js';
import type { AgentDefinition } from '../configured_agents/agent_definition.js';

/** What podman takes as a secret's value, and what a line of git's protocol takes. */
const MAX_BYTES = 65_536;
const MAX_TOKEN_BYTES = 4_096;

/** Gives an agent of this name the value behind a source string, or rejects with a Refusal. */
export type Resolve = (source: string, agent: string) => Promise<Uint8Array>;

/** Values that an agent is given. They stand in this process's memory, and nowhere else until podman has them. */
export interface Credentials {
  /** In the order of the agent's credentials. */
  readonly values: readonly Uint8Array[];
  /** Empty: none. */
  readonly repoToken: string;
}

/** Before anything is created. Rejects with SOURCE_FAILED, which names every credential that can't be had. */
export async function resolveCredentials(agent: AgentDefinition, resolve: Resolve): Promise<Credentials> {
  const wanted = [
    ...agent.credentials.map(({ name, source }) => ({ what: `credential '${name}'`, source })),
    ...(agent.repoToken === undefined ? [] : [{ what: 'repoToken', source: agent.repoToken }]),
  ];
  const answers = await Promise.all(
    wanted.map(({ source }) => resolve(source, agent.name).catch((error: unknown) => asFault(error))),
  );
  const faults: string[] = [];
  const values: Uint8Array[] = [];
  for (const [index, answer] of answers.entries()) {
    const { what = '', source = '' } = wanted[index] ?? {};
    if (answer instanceof Refusal) faults.push(`agent '${agent.name}' ${what} ${problemOf(answer, source)}`);
    else values.push(answer);
  }
  const repoToken = agent.repoToken === undefined ? '' : tokenOf(values.pop());
  if (repoToken === undefined) faults.push(`agent '${agent.name}' repoToken is no token: it must be one line`);
  const tooLong = values.findIndex((value) => value.length > MAX_BYTES);
  if (tooLong >= 0) faults.push(`agent '${agent.name}' credential '${agent.credentials[tooLong]?.name}' is too long`);
  if (faults.length > 0 || repoToken === undefined) throw new Refusal('SOURCE_FAILED', faults.join('; '));
  return { values, repoToken };
}

/** What is no refusal is not about the source. */
function asFault(error: unknown): Refusal {
  if (error instanceof Refusal && (error.reason === 'SOURCE_FAILED' || error.reason === 'INVALID_FIELD')) return error;
  throw error;
}

function problemOf({ metadata, message }: Refusal, source: string): string {
  const variable = /^env:(.+)$/.exec(source)?.[1];
  const isOwn = metadata['cause'] === 'missing' && message.includes("in the daemon's environment");
  return variable !== undefined && isOwn
    ? `needs environment variable '${variable}' in the daemon's environment, or in the file that secrets.envFile names`
    : `can't be had: ${message}`;
}

/** Undefined: it is none. */
function tokenOf(value: Uint8Array | undefined): string | undefined {
  const text = Buffer.from(value ?? [])
    .toString('utf8')
    .replace(/\r?\n$/, '');
  return text === '' || /\p{Cc}/u.test(text) || text.length > MAX_TOKEN_BYTES ? undefined : text;
}

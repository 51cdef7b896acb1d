import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Client, LaunchSessionFields, Session } from '@tenure/client';
import { isRunning } from '../../src/os/process_facts.js';
import type { ProcessIdentity } from '../../src/os/process_identity.js';
import type { Running } from './running.js';
import { until } from './until.js';
import type { World } from './world.js';

/** Starts a daemon whose agents have no files, whatever the user of the test has. */
export function startSessionDaemon(world: World, env: NodeJS.ProcessEnv = {}): Promise<Running> {
  const nowhere = join(world.folder, 'agents');
  const folders = {
    CLAUDE_CONFIG_DIR: nowhere,
    CODEX_HOME: nowhere,
    XDG_DATA_HOME: nowhere,
    PI_CODING_AGENT_DIR: nowhere,
  };
  return world.startDaemon({ env: { ...folders, ...env } });
}

/** Launches a shell script in the world's folder, with its environment, and demands that it was. */
export async function launchScript(
  world: World,
  client: Client,
  script: string,
  fields: LaunchSessionFields = {},
): Promise<Session> {
  const { outcome } = await client.sessions.launchSession({
    command: ['sh', '-c', script],
    directory: world.folder,
    environment: new Map(Object.entries(world.env).map(([name, value]) => [name, value ?? ''])),
    ...fields,
  });
  if (outcome?.$case !== 'launched') throw new Error(`not launched but ${outcome?.$case}`);
  return outcome.value;
}

/** The one session of which the id begins so. */
export async function sessionOf(client: Client, sessionId: string): Promise<Session> {
  const { session } = await client.sessions.getSession({ sessionId });
  if (session === undefined) throw new Error('no session was answered');
  return session;
}

/** What stands in a session's folder, and in no answer. */
export class SessionFolder {
  readonly #folder: string;

  constructor(world: World, { sessionId }: Session) {
    this.#folder = join(world.stateDir, 'sessions', sessionId);
  }

  /** The shim, and the session's main process. */
  processes(): { readonly shim: ProcessIdentity; readonly main: ProcessIdentity } {
    return JSON.parse(readFileSync(join(this.#folder, 'record.json'), 'utf8'));
  }

  /** Whether the shim has written down how it ended. */
  hasExit(): boolean {
    return existsSync(join(this.#folder, 'exit'));
  }
}

/** Kills one process as nobody can prevent, and waits until it is gone. */
export async function killHard({ pid, startTicks }: ProcessIdentity): Promise<void> {
  if (!isRunning(pid, startTicks)) throw new Error(`process ${pid} does not run`);
  process.kill(pid, 'SIGKILL');
  await until(`the end of process ${pid}`, () => !isRunning(pid, startTicks));
}

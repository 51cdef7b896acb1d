import { appendFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { type Client, type Session, SessionState } from '@tenure/client';
import { sessionOf } from '../../src/session/stopping/marked_processes.js';
import type { Running } from '../e2e/running.js';
import { until } from '../e2e/until.js';
import { World } from '../e2e/world.js';
import type { AgentKind } from './agent_kinds.js';

const ROOT = join(import.meta.dirname, '..', '..');
const MOCK_MODEL = ['--conditions=tenure-source', '--import', 'tsx', 'test/agents/mock_model_program.ts'];
/** Agents start within two seconds; many at once on a busy machine do not. */
export const PATIENCE_MS = 60_000;

/** A world with a home folder, a mock model, the real agents, and a daemon. */
export class AgentWorld extends World {
  readonly home: string;
  readonly #model: Running;
  #daemon: Running | undefined;
  readonly #client: Promise<Client>;

  private constructor(context: TestContext) {
    super(context);
    this.home = this.makeFolder('home');
    const temporary = this.makeFolder('tmp');
    const agents = process.env['TENURE_TEST_AGENTS_PATH'];
    if (agents === undefined) throw new Error('the agents are not there: run `npm run test:agents`');
    Object.assign(this.env, {
      PATH: `${agents}:${this.env['PATH']}`,
      HOME: this.home,
      TMPDIR: temporary,
      XDG_RUNTIME_DIR: this.makeFolder('run'),
      CLAUDE_CODE_TMPDIR: temporary,
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
      DISABLE_AUTOUPDATER: '1',
      DISABLE_ERROR_REPORTING: '1',
      DISABLE_TELEMETRY: '1',
      ANTHROPIC_API_KEY: 'mock',
      MOCK_API_KEY: 'mock',
    });
    this.#model = this.start(process.execPath, MOCK_MODEL, { cwd: ROOT });
    this.#client = this.#begin();
    // Whoever opens it hears of a failure.
    this.#client.catch(() => undefined);
  }

  static async open(context: TestContext): Promise<AgentWorld> {
    const world = new AgentWorld(context);
    await world.#client;
    return world;
  }

  /** Kills the daemon at once, and starts another. */
  async restartDaemon(): Promise<void> {
    this.#daemon?.kill('SIGKILL');
    await this.#daemon?.exited;
    this.#daemon = await this.#startBareDaemon();
  }

  /** One that has not what the agents need, as one that the system has started: their users do. */
  #startBareDaemon(): Promise<Running> {
    const keys = ['ANTHROPIC_API_KEY', 'ANTHROPIC_BASE_URL', 'MOCK_API_KEY'];
    const without = Object.fromEntries(keys.map((name) => [name, undefined]));
    return this.startDaemon({ env: { ...without, PATH: '/usr/bin:/bin' } });
  }

  async #begin(): Promise<Client> {
    const url = await this.#model.line(/^http:/, PATIENCE_MS);
    this.env['ANTHROPIC_BASE_URL'] = url;
    const codexHome = join(this.home, '.codex');
    mkdirSync(codexHome);
    writeFileSync(join(codexHome, 'config.toml'), codexConfig(url));
    this.#daemon = await this.#startBareDaemon();
    return await this.connect();
  }

  /** Codex asks on a terminal whether a folder may be worked in, unless it has been told. */
  trustForCodex(directory: string): void {
    appendFileSync(join(this.home, '.codex', 'config.toml'), `[projects."${directory}"]\ntrust_level = "trusted"\n`);
  }

  /** A folder of this world. */
  makeFolder(name: string): string {
    const path = join(this.folder, name);
    mkdirSync(path, { mode: 0o700 });
    return path;
  }

  /** Launches a session by the command line, as a user would. */
  async launch(
    kind: AgentKind,
    directory: string,
    prompt: string,
    agentArguments = kind.launchArguments,
  ): Promise<Session> {
    const options = ['--adapter', kind.adapter, '--model', 'mock-model', '--directory', directory, '--prompt', prompt];
    const ended = await this.run(['session', 'launch', ...options, '--', ...agentArguments]);
    if (ended.code !== 0) throw new Error(`session launch ended with ${ended.code}: ${ended.stderr}`);
    return await this.session(ended.stdout.trim());
  }

  /** Starts an agent without Tenure. */
  startForeign(kind: AgentKind, directory: string, prompt: string): Running {
    const [command, ...args] = kind.commandLine(prompt);
    return this.start(command, args, { cwd: directory });
  }

  async session(sessionId: string): Promise<Session> {
    const { session } = await (await this.#client).sessions.getSession({ sessionId });
    if (session === undefined) throw new Error(`no session ${sessionId} in the answer`);
    return session;
  }

  /** All sessions of a directory, ended ones too. */
  async sessionsIn(directory: string): Promise<readonly Session[]> {
    const { sessions, adapters } = await (await this.#client).sessions.listSessions({
      filter: { directory },
      ended: true,
    });
    const failed = adapters.filter(({ ok }) => !ok).map(({ adapter, error }) => `${adapter}: ${error}`);
    if (failed.length > 0) throw new Error(`adapters failed: ${failed.join('; ')}`);
    return sessions;
  }

  /** All sessions of a directory, ended ones too, once they are as wanted. */
  async untilSessions(
    what: string,
    directory: string,
    areThey: (sessions: readonly Session[]) => boolean,
  ): Promise<readonly Session[]> {
    let seen: readonly Session[] = [];
    const look = async () => {
      seen = await this.sessionsIn(directory);
      return areThey(seen) ? seen : undefined;
    };
    return await until(what, look, PATIENCE_MS).catch((error: unknown) => {
      throw new Error(`${String(error)}; there was ${described(seen)}`);
    });
  }

  /** The one session of a directory, once it is as wanted. At no time there may be two. */
  async untilSession(what: string, directory: string, isIt: (session: Session) => boolean): Promise<Session> {
    const [session] = await this.untilSessions(what, directory, (all) => {
      if (all.length > 1) throw new Error(`${all.length} sessions`);
      return all.some(isIt);
    });
    if (session === undefined) throw new Error(`none: ${what}`);
    return session;
  }

  /** Until an agent has asked the model this. */
  async untilAsked(words: string): Promise<void> {
    await this.#model.line(new RegExp(`: ${JSON.stringify(words)} ->`), PATIENCE_MS);
  }

  /** Processes that a launched session has started. */
  marked(sessionId: string): readonly number[] {
    return this.processes().filter((pid) => sessionOf(pid) === sessionId);
  }

  /** Processes of this world with such a command line, arguments joined by spaces. */
  running(pattern: RegExp): readonly number[] {
    return this.processes().filter((pid) => pattern.test(commandLine(pid)));
  }

  async untilRunning(pattern: RegExp): Promise<number> {
    return await until(`a process ${pattern}`, () => this.running(pattern)[0], PATIENCE_MS);
  }
}

export function stateName(state: SessionState): string {
  return Object.entries(SessionState).find(([, value]) => value === state)?.[0] ?? '';
}

/** Runs, and has told of itself all that there is to tell. */
export function isWorking({ nativeId, state, model, prompt }: Session): boolean {
  return state === SessionState.RUNNING && [nativeId, model, prompt].every((text) => text !== '');
}

export function hasEnded({ state }: Session): boolean {
  return state === SessionState.ENDED;
}

/** A command for an agent that runs for hours, and is found by its pattern. */
export function longCommand(): { readonly command: string; readonly pattern: RegExp } {
  const seconds = `${10_000 + Math.floor(Math.random() * 10_000)}.${Math.floor(Math.random() * 1_000_000)}`;
  // With something before it: Claude Code refuses to run a sleep alone.
  return { command: `true; sleep ${seconds}`, pattern: new RegExp(`^sleep ${seconds.replace('.', '\\.')}$`) };
}

export function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1).join(' ');
  } catch {
    // Gone meanwhile.
    return '';
  }
}

/** Files below a folder whose names match, as paths in it. */
export function filesBelow(folder: string, pattern: RegExp): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => pattern.test(name));
}

function described(sessions: readonly Session[]): string {
  return sessions
    .map(({ sessionId, nativeId, state, outcome }) => `${sessionId} (${nativeId}) ${stateName(state)} ${outcome}`)
    .join(', ');
}

function codexConfig(url: string): string {
  return [
    'model = "mock-model"',
    'model_provider = "mock"',
    '[model_providers.mock]',
    'name = "mock"',
    `base_url = "${url}/v1"`,
    'env_key = "MOCK_API_KEY"',
    'wire_api = "responses"',
    '[analytics]',
    'enabled = false',
    '[features]',
    'plugins = false',
    '',
  ].join('\n');
}

import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Session } from '@tenure/client/gen/tenure/session/v1/session';
import {
  LaunchSessionRequest,
  type LaunchSessionResponse,
  type ListSessionsResponse,
  type PruneSessionsResponse,
  SessionEventType,
  type StopSessionResponse,
  WatchSessionsResponse,
} from '@tenure/client/gen/tenure/session/v1/session_service';
import { heirsOfSession } from '../../src/daemon/session_heirs.js';
import { sessionLeases } from '../../src/daemon/session_leases.js';
import { bootId } from '../../src/os/boot.js';
import { systemClock } from '../../src/os/clock.js';
import { ProcessWatch } from '../../src/os/process_watch.js';
import type { CallContext } from '../../src/rpc/context.js';
import type { OutStream } from '../../src/rpc/streams.js';
import type { SessionAdapter } from '../../src/session/adapter.js';
import type { AgentDefinition } from '../../src/session/configured_agents/agent_definition.js';
import type { ContainerOptions } from '../../src/session/containers/create_containers.js';
import { createSessions, type Sessions } from '../../src/session/create_sessions.js';
import { processAdapter } from '../../src/session/process_adapter.js';
import type { SessionSettings } from '../../src/session/sessions_options.js';
import { processesOf } from '../../src/session/stopping/marked_processes.js';
import type { TenureEvent } from '../../src/telemetry/events.js';
import { temporaryFolder } from '../daemon/temporary_folder.js';
import { contextOf, Room } from '../lease/room.js';
import { killIfThere } from './shim/running_shim.js';

type Fields<T> = { [Key in keyof T]?: T[Key] };

const SETTINGS: SessionSettings = {
  keepMs: 3_600_000,
  stopGraceMs: 2_000,
  discoverWindowMs: 3_600_000,
  hookTimeoutMs: 10_000,
  limitedAgents: [],
  limited: false,
};

export interface SessionRoomOptions {
  readonly adapters?: readonly SessionAdapter[];
  readonly settings?: Partial<SessionSettings>;
  /** A room that is closed: its folder and its leases are taken up. */
  readonly before?: SessionRoom;
  readonly agents?: readonly AgentDefinition[];
  readonly containers?: Partial<Pick<ContainerOptions, 'limits' | 'follow'>>;
  /** False: what earlier runs left is not taken up yet. */
  readonly started?: boolean;
  /** Laid over that of all sessions. */
  readonly environment?: NodeJS.ProcessEnv;
}

/** The session room over the real lease room, with real processes, asked without a network. */
export class SessionRoom {
  readonly folder: string;
  readonly leases: Room;
  readonly sessions: Sessions;
  readonly events: TenureEvent[];
  readonly #watch: ProcessWatch;
  /** All rooms of this folder. */
  readonly #rooms: Set<SessionRoom>;

  private constructor(
    { folder, leases }: Pick<SessionRoom, 'folder' | 'leases'>,
    sessions: Sessions,
    events: TenureEvent[],
    watch: ProcessWatch,
    rooms: Set<SessionRoom>,
  ) {
    this.folder = folder;
    this.leases = leases;
    this.sessions = sessions;
    this.events = events;
    this.#watch = watch;
    this.#rooms = rooms;
    rooms.add(this);
  }

  static async open(test: TestContext, options: SessionRoomOptions = {}): Promise<SessionRoom> {
    const rooms = options.before === undefined ? endedFirst(test) : options.before.#rooms;
    const folder = options.before?.folder ?? temporaryFolder(test);
    const leases = options.before?.leases ?? (await Room.open(test, { heirsOf: heirsOfSession }));
    const events: TenureEvent[] = [];
    const watch = new ProcessWatch();
    watch.setUrgent(true);
    const sessions = createSessions({
      folder: join(folder, 'sessions'),
      fuseFolder: join(folder, 'fuses'),
      adapters: () => options.adapters ?? [processAdapter()],
      containers: {
        instance: 'aaaaaaaaaaaa',
        resolve: (source) => Promise.resolve(Buffer.from(`value of ${source}`)),
        follow: (_, work) => work(),
        onTrouble: () => undefined,
        ...options.containers,
      },
      agents: () => options.agents ?? [],
      schedules: { file: join(folder, 'schedules.json'), onTroubles: () => undefined },
      leases: sessionLeases(leases.leases.inner('session')),
      settings: () => ({ ...SETTINGS, ...options.settings }),
      processWatch: watch,
      clock: systemClock,
      bootId: bootId(),
      ownUid: process.getuid?.() ?? 0,
      randomId: () =>
        randomBytes(12)
          .toString('hex')
          .replaceAll(/[^a-f2-7]/g, 'a')
          .slice(0, 12),
      environment: { PATH: process.env['PATH'], ...options.environment },
      directoryResource: (path) => `dir${path}`,
      makeWorktree: () => Promise.reject(new Error('no worktree was asked for')),
      dropWorktree: () => Promise.reject(new Error('no worktree was made')),
      webhookSecret: () => Promise.resolve(undefined),
      events: { emit: (event) => void events.push(event) },
      onFault: (error) => {
        throw error;
      },
    });
    const room = new SessionRoom({ folder, leases }, sessions, events, watch, rooms);
    if (options.started !== false) await sessions.start();
    return room;
  }

  /** Closes, and ends what it launched, as no daemon would. */
  async end(): Promise<void> {
    const { sessions } = await this.list(true);
    await this.close();
    for (const { sessionId, process: main } of sessions) {
      // By its pid, too: at its gate it bears no mark yet.
      const known = main && { pid: main.pid, startTicks: Number(main.startTicks) };
      for (const { pid } of await processesOf(sessionId, known)) killIfThere(pid);
    }
  }

  /** As a daemon that stops: sessions go on. */
  async close(): Promise<void> {
    await this.sessions.close();
    this.#watch.close();
  }

  async launch(
    fields: Fields<LaunchSessionRequest>,
    context: CallContext = contextOf(process.pid),
  ): Promise<LaunchSessionResponse> {
    const request = { ...LaunchSessionRequest.decode(new Uint8Array()), directory: this.folder, ...fields };
    return this.sessions.handlers.launchSession.run(request, context);
  }

  /** Launches a shell script, and demands that it was. */
  async sh(script: string, fields: Fields<LaunchSessionRequest> = {}): Promise<Session> {
    const { outcome } = await this.launch({ command: ['sh', '-c', script], ...fields });
    if (outcome?.$case !== 'launched') throw new Error(`not launched but ${outcome?.$case}`);
    return outcome.value;
  }

  async list(ended = false): Promise<ListSessionsResponse> {
    return this.sessions.handlers.listSessions.run({ filter: undefined, ended }, contextOf(process.pid));
  }

  async get(sessionId: string): Promise<Session> {
    return whole(await this.sessions.handlers.getSession.run({ sessionId }, contextOf(process.pid)));
  }

  /** The session after its end. */
  async wait(sessionId: string): Promise<Session> {
    return whole(
      await this.sessions.handlers.waitSession.run({ sessionId, timeout: undefined }, contextOf(process.pid)),
    );
  }

  async prune(): Promise<PruneSessionsResponse> {
    return this.sessions.handlers.pruneSessions.run({ before: undefined, group: '' }, contextOf(process.pid));
  }

  /** What a watcher of everything would have on its screen. */
  watch(test: TestContext): { readonly known: ReadonlyMap<string, Session> } {
    const known = new Map<string, Session>();
    const closing = new AbortController();
    const out: OutStream<WatchSessionsResponse> = {
      write: (message) => {
        const { events } = message instanceof Uint8Array ? WatchSessionsResponse.decode(message) : message;
        for (const { type, session } of events) {
          if (session === undefined) continue;
          if (type === SessionEventType.REMOVED) known.delete(session.sessionId);
          else known.set(session.sessionId, session);
        }
        return true;
      },
      drained: () => Promise.resolve(),
      buffered: 0,
      closed: closing.signal,
    };
    const request = { filter: undefined, afterRevision: undefined };
    const over = this.sessions.handlers.watchSessions.run(request, contextOf(process.pid), out);
    test.after(async () => {
      closing.abort();
      await over;
    });
    return { known };
  }

  async stop(sessionId: string, reason = 'test'): Promise<StopSessionResponse> {
    return this.sessions.handlers.stopSession.run({ sessionId, grace: undefined, reason }, contextOf(process.pid));
  }
}

/** Before their folder goes, for the end of a session is written there: a test's hooks run in the order of their coming. */
function endedFirst(test: TestContext): Set<SessionRoom> {
  const rooms = new Set<SessionRoom>();
  test.after(async () => {
    for (const room of rooms) await room.end();
  });
  return rooms;
}

function whole({ session }: { readonly session: Session | undefined }): Session {
  if (session === undefined) throw new Error('no session was answered');
  return session;
}

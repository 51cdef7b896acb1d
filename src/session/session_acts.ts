import type { LaunchSessionRequest, ResumeSessionRequest } from '@tenure/client/gen/tenure/session/v1/session_service';
import { LaunchSessionRequest as LaunchRequest } from '@tenure/client/gen/tenure/session/v1/session_service';
import type { ProcessIdentity } from '../os/process_identity.js';
import type { Peer } from '../rpc/context.js';
import { Refusal } from '../rpc/refusal.js';
import { requestIdReused } from '../rpc/request_checks.js';
import type { RemoteSessions, SessionAdapter } from './adapter.js';
import type { AgentOrder } from './agents/agent_program.js';
import type { AgentDefinition, AgentWish } from './configured_agents/agent_definition.js';
import type { Containers } from './containers/create_containers.js';
import { type LaunchOrder, readLaunch } from './launched/launch_order.js';
import type { LaunchedSession } from './launched/launched_session.js';
import type { Forgotten, LaunchedSessions } from './launched/launched_sessions.js';
import type { Launching, LaunchOutcome } from './launched/launching.js';
import type { StopNote } from './launched/record.js';
import { resumeDigest } from './launched/request_digest.js';
import type { SessionFolders } from './launched/session_folders.js';
import { writeInput } from './launched/session_input.js';
import { limitedSignal } from './limited_signal.js';
import type { SessionView } from './listing/merge_rules.js';
import { noAdapter } from './no_adapter.js';
import { pause } from './pause.js';
import { sessionOf } from './stopping/marked_processes.js';

/** How often an end that nobody tells of is looked for. */
const LOOK_MS = 500;

/** What a remote stop may take beyond its grace. */
const REMOTE_MARGIN_MS = 5_000;

/** Who stops a session, and why. */
export type Stopper = Omit<StopNote, 'wallMs'>;

export interface SessionActsParts {
  readonly launched: LaunchedSessions;
  readonly launching: Launching;
  readonly folders: SessionFolders;
  readonly adapterOf: (name: string) => SessionAdapter | undefined;
  /** Of those that a launch may name; those of configured agents come by `agent`. */
  readonly adapterNames: () => readonly string[];
  /** Throws AGENT_NOT_FOUND. */
  readonly agentOf: (name: string) => AgentDefinition;
  readonly containers: Pick<Containers, 'adapter' | 'prepare'>;
  /** Asks the adapters once more. */
  readonly lookAgain: (view: SessionView) => Promise<SessionView>;
  /** The living sessions that would end with a found one, and are no part of it. */
  readonly othersInProcess: (view: SessionView) => Promise<readonly SessionView[]>;
  /** Ends a session that was found, by its main process; answers how many processes there were. */
  readonly endFound: (main: ProcessIdentity, graceMs: number) => Promise<number>;
  /** Ends are noticed sooner from now on, until what it returns is called. */
  readonly hurry: () => () => void;
  readonly wallMs: () => number;
  readonly ownUid: number;
  readonly stopGraceMs: () => number;
}

/** What a request id stands for. */
type Asked = Pick<LaunchOrder, 'requestId' | 'requestDigest'>;

interface UnderWay {
  readonly requestDigest: string;
  readonly outcome: Promise<LaunchOutcome>;
}

/** What can be done with sessions, launched here or found. */
export class SessionActs {
  readonly #parts: SessionActsParts;
  /** Launches under way, by uid and request id: a retry joins. */
  readonly #underWay = new Map<string, UnderWay>();

  constructor(parts: SessionActsParts) {
    this.#parts = parts;
  }

  session(sessionId: string): LaunchedSession | undefined {
    return this.#parts.launched.get(sessionId);
  }

  /** What an adapter does for sessions without a process here. */
  remoteOf(adapter: string): RemoteSessions | undefined {
    return this.#parts.adapterOf(adapter)?.remote;
  }

  /** @param dueWallMs where the agent's schedule launches it. */
  launch(request: LaunchSessionRequest, peer: Peer, dueWallMs?: number): Promise<LaunchOutcome> {
    const order = withParent(readLaunch(request, dueWallMs), peer);
    return this.#once(order, peer, async () => {
      if (order.agent !== undefined) return this.#launchAgent(order, order.agent, peer);
      const adapter = await this.#available(order.adapter, order.environment['PATH']);
      const program = await adapter.plan(agentOrder(order));
      return this.#parts.launching.launch({ order, adapter, program, nativeId: '' }, peer);
    });
  }

  /** @param find who is meant; not asked again for a request that has launched already: its session is meant by then. */
  resume(find: () => Promise<SessionView>, request: ResumeSessionRequest, peer: Peer): Promise<LaunchOutcome> {
    const asked = { requestId: request.requestId, requestDigest: resumeDigest(request) };
    return this.#once(asked, peer, async () => {
      const view = await find();
      if (view.state !== 'ended' && view.process !== undefined) {
        throw new Refusal('NOT_SUPPORTED', `session ${view.sessionId} still runs; stop it first, or send it input`);
      }
      const order = withParent({ ...resumeOrder(view, request), ...asked }, peer);
      const adapter = await this.#available(view.adapter, order.environment['PATH']);
      if (adapter.planResume !== undefined && view.nativeId === '') {
        throw new Refusal('NOT_SUPPORTED', `session ${view.sessionId} never told its own id, by which it could go on`);
      }
      const program = await adapter.planResume?.(view.nativeId, agentOrder(order));
      if (program === undefined) {
        throw new Refusal('NOT_SUPPORTED', `sessions of ${view.adapter} can't be resumed; launch a new one`);
      }
      return this.#parts.launching.launch({ order, adapter, program, nativeId: view.nativeId }, peer);
    });
  }

  /** Whether a session was launched from within the caller's own one, at any depth. */
  isBelow(view: SessionView, peer: Peer): boolean {
    // What a process of another user says of itself in its environment counts for nothing.
    if (peer.process === undefined || peer.uid !== this.#parts.ownUid) return false;
    const own = sessionOf(peer.process.pid);
    if (own === undefined || own === '') return false;
    let parent = view.parentSessionId;
    // A session can only be launched by one that was there: the chain ends.
    while (parent !== '' && parent !== own) parent = this.session(parent)?.record.parentSessionId ?? '';
    return parent === own;
  }

  /** Ends all of it. Answers how many processes there were. */
  async stop(view: SessionView, stopper: Stopper, graceMs?: number, signal?: AbortSignal): Promise<number> {
    const own = this.session(view.sessionId);
    if (own !== undefined) return own.stop({ ...stopper, wallMs: this.#parts.wallMs() }, graceMs);
    const remote = this.remoteOf(view.adapter);
    const grace = graceMs ?? this.#parts.stopGraceMs();
    if (remote !== undefined && view.process === undefined) {
      await remote.stop(view.nativeId, grace, signal ?? AbortSignal.timeout(grace + REMOTE_MARGIN_MS));
      return 0;
    }
    if (view.process === undefined) {
      if (view.state === 'ended') return 0;
      throw new Refusal(
        'NOT_SUPPORTED',
        `session ${view.sessionId} lives, but ${view.adapter} does not tell by which process; end it in its program`,
      );
    }
    const [other] = await this.#parts.othersInProcess(view);
    if (other === undefined) return this.#parts.endFound(view.process, grace);
    throw new Refusal(
      'NOT_SUPPORTED',
      `session ${view.sessionId} shares its process with ${other.sessionId}, which would end too; end it in its program`,
    );
  }

  async send(view: SessionView, input: Uint8Array, close: boolean, signal: AbortSignal): Promise<void> {
    if (view.state === 'ended') throw new Refusal('SESSION_ENDED', `session ${view.sessionId} has ended`);
    const own = this.session(view.sessionId);
    if (own?.record.keepStdin === true) {
      await writeInput(this.#parts.folders.folderOf(view.sessionId), input, close);
      return;
    }
    const remote = this.remoteOf(view.adapter);
    if (remote === undefined || own !== undefined) {
      throw new Refusal(
        'NOT_SUPPORTED',
        `session ${view.sessionId} has no standard input; launch it with keep_stdin (--stdin)`,
      );
    }
    await remote.send(view.nativeId, input, signal);
  }

  /** Resolves once it has ended, or the time has run out. Rejects with the signal's reason. */
  async waitEnd(view: SessionView, timeoutMs: number | undefined, signal: AbortSignal): Promise<void> {
    const limited = limitedSignal(signal, timeoutMs);
    try {
      await this.#waitEndUntil(view, limited.signal);
    } finally {
      limited.release();
    }
    // The daemon ends, not the wait: to answer would say that the time has run out.
    signal.throwIfAborted();
  }

  prune(beforeMs: number | undefined, group: string): Promise<Forgotten> {
    return this.#parts.launched.forget(
      (record, endWallMs) =>
        (beforeMs === undefined || endWallMs < beforeMs) && (group === '' || record.group === group),
    );
  }

  async #waitEndUntil(view: SessionView, over: AbortSignal): Promise<void> {
    const own = this.session(view.sessionId);
    if (own === undefined) {
      while (!over.aborted && (await this.#parts.lookAgain(view)).state !== 'ended') await pause(LOOK_MS, over);
      return;
    }
    const unhurry = this.#parts.hurry();
    await own.ended(over).finally(unhurry);
  }

  async #launchAgent(order: LaunchOrder, wish: AgentWish, peer: Peer): Promise<LaunchOutcome> {
    const { containers, launching } = this.#parts;
    const agent = this.#parts.agentOf(wish.name);
    const program = await containers.prepare(agent, wish);
    const timeouts = [order.limits.timeoutMs, agent.timeoutMs].filter((limit) => limit !== undefined);
    const limits = { ...order.limits, timeoutMs: timeouts.length === 0 ? undefined : Math.min(...timeouts) };
    const { adapter } = containers;
    return launching.launch({ order: { ...order, limits }, adapter, program, nativeId: '' }, peer);
  }

  async #available(name: string, path?: string): Promise<SessionAdapter> {
    const adapter = this.#parts.adapterOf(name);
    if (adapter === undefined) throw noAdapter(name, this.#parts.adapterNames());
    if (await adapter.available(path)) return adapter;
    throw new Refusal('ADAPTER_UNAVAILABLE', `the program of ${name} was not found; install it, or mend PATH`);
  }

  async #once(asked: Asked, peer: Peer, launch: () => Promise<LaunchOutcome>): Promise<LaunchOutcome> {
    const { requestId, requestDigest } = asked;
    if (requestId === '') return launch();
    const before = this.#parts.launched.ofRequest(peer.uid, requestId);
    if (before !== undefined) {
      checkSame(asked, before.record);
      return { kind: 'launched', record: before.record };
    }
    const key = `${peer.uid}.${requestId}`;
    const running = this.#underWay.get(key);
    if (running !== undefined) {
      checkSame(asked, running);
      return running.outcome;
    }
    const outcome = launch().finally(() => this.#underWay.delete(key));
    this.#underWay.set(key, { requestDigest, outcome });
    return outcome;
  }
}

/** Throws where a retried request asks for something else than its first try. */
function checkSame(asked: Asked, before: Pick<Asked, 'requestDigest'>): void {
  if (before.requestDigest !== '' && before.requestDigest !== asked.requestDigest) throw requestIdReused();
}

function agentOrder({ prompt, model, args, directory }: LaunchOrder): AgentOrder {
  return { prompt, model, args, directory };
}

/** As it was launched, as far as that is known; what its program is given is new. */
function resumeOrder(view: SessionView, request: ResumeSessionRequest): LaunchOrder {
  const { inheritTokens, force, limits, requestId, prompt, environment, command } = request;
  const record = view.launched?.record;
  return readLaunch({
    ...LaunchRequest.decode(new Uint8Array()),
    adapter: view.adapter,
    command,
    prompt,
    model: view.model,
    directory: view.directory,
    group: record?.group ?? '',
    labels: new Map(Object.entries(record?.labels ?? {})),
    inheritTokens,
    force,
    limits,
    requestId,
    environment,
  });
}

/** The session that the caller itself runs in, unless it names another. */
function withParent(order: LaunchOrder, peer: Peer): LaunchOrder {
  if (order.parentSessionId !== '' || peer.process === undefined) return order;
  return { ...order, parentSessionId: sessionOf(peer.process.pid) ?? '' };
}

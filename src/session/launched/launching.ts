import { realpath, stat } from 'node:fs/promises';
import type { LeaseHeld } from '@tenure/client/gen/tenure/lease/v1/lease_service';
import type { Clock } from '../../os/clock.js';
import { errnoOf, messageOf } from '../../os/errno.js';
import { actorOf } from '../../rpc/actor.js';
import type { Peer } from '../../rpc/context.js';
import { Refusal } from '../../rpc/refusal.js';
import { invalid } from '../../rpc/request_checks.js';
import type { EventSink } from '../../telemetry/events.js';
import type { SessionAdapter } from '../adapter.js';
import type { LaunchPlan } from '../agents/agent_program.js';
import { agentFacts } from '../configured_agents/agent_facts_rules.js';
import type { SessionLeases } from '../session_leases.js';
import { type StartedShim, startShim } from '../shim/shim.js';
import { SESSION_VARIABLE } from '../stopping/marked_processes.js';
import type { LaunchOrder } from './launch_order.js';
import type { PreparedContainer } from './prepared_container.js';
import type { AgentRecord, HookRecord, LaunchRecord, WorktreeRecord } from './record.js';
import type { SessionFolders } from './session_folders.js';

const SHOWN_PROMPT = 200;

/** Where a session works, and what has been made for it. */
interface Place {
  readonly directory: string;
  readonly worktree: WorktreeRecord | undefined;
}

export interface LaunchingParts {
  readonly folders: SessionFolders;
  readonly leases: SessionLeases;
  readonly clock: Clock;
  readonly bootId: string;
  readonly newId: () => string;
  /** What sessions get of the daemon's own environment. */
  readonly environment: NodeJS.ProcessEnv;
  /** Variables by which the session goes on with the trace of its launch. */
  readonly childTrace: () => NodeJS.ProcessEnv;
  /** The resource that stands for a directory. */
  readonly directoryResource: (path: string) => string;
  /** Resources of limited capacity that a session of an adapter, or of a configured agent, needs. */
  readonly limitedResources: (name: string) => readonly string[];
  readonly makeWorktree: (wish: {
    readonly directory: string;
    readonly branch: string;
    readonly base: string;
    readonly sessionId: string;
  }) => Promise<WorktreeRecord>;
  /** Takes back a worktree that no session came to use. */
  readonly dropWorktree: (worktree: WorktreeRecord) => Promise<void>;
  /** Runs before the session. */
  readonly onCreate: (
    command: string,
    facts: Readonly<Record<string, string>>,
    directory: string,
  ) => Promise<HookRecord>;
  /** Called with a record that is on the disk, before the program may run. */
  readonly admit: (record: LaunchRecord) => void;
  readonly events: EventSink;
}

export type LaunchOutcome =
  | { readonly kind: 'launched'; readonly record: LaunchRecord }
  | { readonly kind: 'held'; readonly resource: string; readonly held: LeaseHeld };

/** What came to a launch on its way. */
interface Found {
  readonly shim: StartedShim;
  readonly leaseIds: readonly string[];
  readonly hooks: readonly HookRecord[];
  readonly agent: AgentRecord | undefined;
  readonly peer: Peer;
}

/** What is to be launched: an order, and how its adapter would have it. */
export interface Launch {
  readonly order: LaunchOrder;
  readonly adapter: SessionAdapter;
  /** What its process is, or the container that it is to run in. */
  readonly program: LaunchPlan | PreparedContainer;
  /** Known where a session is resumed. */
  readonly nativeId: string;
}

/** Brings sessions into being: worktree, shim, leases, hook, container, and only then the program. What fails leaves nothing behind. */
export class Launching {
  readonly #parts: LaunchingParts;

  constructor(parts: LaunchingParts) {
    this.#parts = parts;
  }

  async launch(launch: Launch, peer: Peer): Promise<LaunchOutcome> {
    const sessionId = this.#parts.newId();
    const place = isContainer(launch.program) ? undefined : await this.#prepare(launch.order, sessionId);
    let outcome: LaunchOutcome | undefined;
    try {
      outcome = await this.#inFolder(launch, sessionId, place, peer);
      return outcome;
    } finally {
      const worktree = outcome?.kind === 'launched' ? undefined : place?.worktree;
      if (worktree !== undefined) await this.#parts.dropWorktree(worktree);
    }
  }

  async #prepare(order: LaunchOrder, sessionId: string): Promise<Place> {
    const directory = await realDirectory(order.directory);
    if (order.worktree === undefined) return { directory, worktree: undefined };
    const worktree = await this.#parts.makeWorktree({ directory, ...order.worktree, sessionId });
    return { directory: worktree.path, worktree };
  }

  async #inFolder(launch: Launch, sessionId: string, elsewhere: Place | undefined, peer: Peer): Promise<LaunchOutcome> {
    const { program } = launch;
    const folder = this.#parts.folders.make(sessionId);
    let outcome: LaunchOutcome | undefined;
    let shim: StartedShim | undefined;
    try {
      const place = elsewhere ?? {
        directory: isContainer(program) ? program.furnish(folder) : folder,
        worktree: undefined,
      };
      const plan = isContainer(program) ? program.plan(sessionId, folder) : program;
      shim = await this.#startShim(folder, launch, plan, sessionId, place.directory);
      outcome = await this.#underLeases(launch, sessionId, place, shim, peer);
      return outcome;
    } finally {
      if (outcome?.kind !== 'launched') {
        shim?.abandon();
        if (isContainer(program)) await program.discard(sessionId);
        await this.#parts.folders.remove(sessionId);
      }
    }
  }

  async #underLeases(
    launch: Launch,
    sessionId: string,
    place: Place,
    shim: StartedShim,
    peer: Peer,
  ): Promise<LaunchOutcome> {
    const { order, adapter, program } = launch;
    const container = isContainer(program) ? program : undefined;
    const taken = await this.#parts.leases.take(
      {
        directory: order.force || container !== undefined ? undefined : this.#parts.directoryResource(place.directory),
        limits: this.#parts.limitedResources(container?.agent ?? adapter.name),
        sessionId,
        pids: [shim.main.pid, shim.shim.pid],
        inheritTokens: order.inheritTokens,
        // Not the prompt: a lease's reason goes to the audit log, and wherever events go.
        reason: `session ${sessionId}`,
      },
      peer,
    );
    if (taken.kind === 'held') return taken;
    try {
      // Not before: it may change the directory, in which nobody else may be at work.
      const hooks = await this.#runOnCreate(order, sessionId, adapter.name, place.directory);
      const agent = await container?.create(sessionId, this.#parts.folders.folderOf(sessionId));
      const found = { shim, leaseIds: taken.leaseIds, hooks, agent, peer };
      const record = this.#recordOf(launch, sessionId, place, found);
      this.#parts.folders.write(record);
      this.#parts.admit(record);
      shim.open(taken.inheritTokens.join(','));
      const { directory, command } = record;
      this.#parts.events.emit({
        action: 'session.launched',
        level: 'info',
        success: true,
        actor: actorOf(peer),
        metadata: { sessionId, adapter: adapter.name, directory, command, ...agentFacts(agent) },
      });
      return { kind: 'launched', record };
    } catch (error) {
      // Else they would end a moment later, with the processes; a failure to release them changes nothing but that.
      await taken.release().catch(() => undefined);
      throw error;
    }
  }

  async #runOnCreate(
    order: LaunchOrder,
    sessionId: string,
    adapter: string,
    directory: string,
  ): Promise<readonly HookRecord[]> {
    if (order.onCreate === '') return [];
    const facts = { ID: sessionId, ADAPTER: adapter, DIRECTORY: directory, GROUP: order.group };
    const hook = await this.#parts.onCreate(order.onCreate, facts, directory);
    if (!hook.success) throw new Refusal('LAUNCH_FAILED', `the on-create command ${hook.detail}; nothing was launched`);
    return [hook];
  }

  #recordOf(
    { order, adapter, program, nativeId }: Launch,
    sessionId: string,
    { directory, worktree }: Place,
    { shim, leaseIds, hooks, agent, peer }: Found,
  ): LaunchRecord {
    const { clock, bootId } = this.#parts;
    return {
      sessionId,
      adapter: adapter.name,
      nativeId,
      command: isContainer(program) ? program.command : program.argv[0],
      directory,
      prompt: shown(order.prompt),
      model: order.model,
      group: order.group,
      labels: order.labels,
      parentSessionId: order.parentSessionId,
      limits: order.limits,
      keepStdin: order.keepStdin,
      launchUid: peer.uid,
      requestId: order.requestId,
      requestDigest: order.requestDigest,
      startWallMs: clock.wallMs(),
      startBoottimeMs: clock.boottimeMs(),
      bootId,
      shim: shim.shim,
      main: shim.main,
      leaseIds,
      worktree,
      agent,
      onComplete: order.onComplete,
      webhook: order.webhook,
      hooks,
      stop: undefined,
      usage: undefined,
      end: undefined,
    };
  }

  async #startShim(
    folder: string,
    { order, program }: Launch,
    plan: LaunchPlan,
    sessionId: string,
    directory: string,
  ): Promise<StartedShim> {
    const { childTrace } = this.#parts;
    // What starts a container is none of ours to change: nothing of what it is given reaches the program in it.
    const environment = isContainer(program)
      ? {}
      : { ...this.#parts.environment, ...order.environment, ...childTrace() };
    try {
      return await startShim({
        folder,
        argv: plan.argv,
        environment: {
          ...environment,
          ...plan.environment,
          [SESSION_VARIABLE]: sessionId,
          TENURE_SESSION_ID: sessionId,
          TENURE_SESSION_DIRECTORY: directory,
        },
        directory,
        input: plan.input,
        secretInput: plan.secretInput,
        keepStdin: order.keepStdin,
        outputBytes: order.limits.outputBytes,
      });
    } catch (error) {
      if (error instanceof Refusal) throw error;
      throw new Refusal('LAUNCH_FAILED', `the session could not be started: ${messageOf(error)}`);
    }
  }
}

/** The directory itself, whatever links lead there: two names of one are one. */
async function realDirectory(path: string): Promise<string> {
  let real: string;
  let isDirectory: boolean;
  try {
    real = await realpath(path);
    isDirectory = (await stat(real)).isDirectory();
  } catch (error) {
    const isAbsent = errnoOf(error) === 'ENOENT';
    throw invalid('directory', isAbsent ? `${path} is not there` : `${path} cannot be used: ${messageOf(error)}`);
  }
  if (!isDirectory) throw invalid('directory', `${path} is no directory`);
  return real;
}

function isContainer(program: Launch['program']): program is PreparedContainer {
  return 'furnish' in program;
}

function shown(prompt: string): string {
  return prompt.replaceAll(/\s+/g, ' ').trim().slice(0, SHOWN_PROMPT);
}

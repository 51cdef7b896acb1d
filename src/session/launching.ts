import { realpathSync, statSync } from 'node:fs';
import type { LeaseHeld } from '@tenure/client/gen/tenure/lease/v1/lease_service';
import type { Clock } from '../os/clock.js';
import { messageOf } from '../os/errno.js';
import { actorOf } from '../rpc/actor.js';
import type { Peer } from '../rpc/context.js';
import { Refusal } from '../rpc/refusal.js';
import { invalid } from '../rpc/request_checks.js';
import type { EventSink } from '../telemetry/events.js';
import type { SessionAdapter } from './adapter.js';
import type { LaunchPlan } from './agent_program.js';
import type { LaunchOrder } from './launch_order.js';
import { SESSION_VARIABLE } from './marked_processes.js';
import type { HookRecord, LaunchRecord, WorktreeRecord } from './record.js';
import type { SessionFolders } from './session_folders.js';
import type { SessionLeases } from './session_leases.js';
import { type StartedShim, startShim } from './shim.js';

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
  /** The resource that stands for a directory. */
  readonly directoryResource: (path: string) => string;
  /** Resources of limited capacity that a session of an adapter needs. */
  readonly limitedResources: (adapter: string) => readonly string[];
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

/** What is to be launched: an order, and how its adapter would have it. */
export interface Launch {
  readonly order: LaunchOrder;
  readonly adapter: SessionAdapter;
  readonly plan: LaunchPlan;
  /** Known where a session is resumed. */
  readonly nativeId: string;
}

/** Brings sessions into being: worktree, hook, shim, leases, and only then the program. What fails leaves nothing behind. */
export class Launching {
  readonly #parts: LaunchingParts;

  constructor(parts: LaunchingParts) {
    this.#parts = parts;
  }

  async launch({ order, adapter, plan, nativeId }: Launch, peer: Peer): Promise<LaunchOutcome> {
    const sessionId = this.#parts.newId();
    const place = await this.#prepare(order, sessionId);
    let outcome: LaunchOutcome | undefined;
    try {
      const hooks = await this.#runOnCreate(order, sessionId, adapter.name, place.directory);
      outcome = await this.#start({ order, adapter, plan, nativeId }, sessionId, place, hooks, peer);
      return outcome;
    } finally {
      if (outcome?.kind !== 'launched') {
        this.#parts.folders.remove(sessionId);
        if (place.worktree !== undefined) await this.#parts.dropWorktree(place.worktree);
      }
    }
  }

  async #prepare(order: LaunchOrder, sessionId: string): Promise<Place> {
    const directory = realDirectory(order.directory);
    if (order.worktree === undefined) return { directory, worktree: undefined };
    const worktree = await this.#parts.makeWorktree({ directory, ...order.worktree, sessionId });
    return { directory: worktree.path, worktree };
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

  async #start(
    { order, adapter, plan, nativeId }: Launch,
    sessionId: string,
    { directory, worktree }: Place,
    hooks: readonly HookRecord[],
    peer: Peer,
  ): Promise<LaunchOutcome> {
    const { folders, leases, clock, bootId } = this.#parts;
    const folder = folders.make(sessionId);
    const shim = await this.#startShim(folder, order, plan, sessionId, directory);
    try {
      const taken = await leases.take(
        {
          directory: order.force ? undefined : this.#parts.directoryResource(directory),
          limits: this.#parts.limitedResources(adapter.name),
          sessionId,
          pids: [shim.main.pid, shim.shim.pid],
          inheritTokens: order.inheritTokens,
          reason: order.prompt === '' ? `session ${sessionId}` : shown(order.prompt),
        },
        peer,
      );
      if (taken.kind === 'held') {
        shim.abandon();
        return taken;
      }
      const [command] = plan.argv;
      const record: LaunchRecord = {
        sessionId,
        adapter: adapter.name,
        nativeId,
        command,
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
        startWallMs: clock.wallMs(),
        startBoottimeMs: clock.boottimeMs(),
        bootId,
        shim: shim.shim,
        main: shim.main,
        leaseIds: taken.leaseIds,
        worktree,
        onComplete: order.onComplete,
        webhook: order.webhook,
        hooks,
        stop: undefined,
        usage: undefined,
        end: undefined,
      };
      folders.write(record);
      this.#parts.admit(record);
      shim.open(taken.inheritTokens.join(','));
      this.#parts.events.emit({
        action: 'session.launched',
        level: 'info',
        success: true,
        actor: actorOf(peer),
        metadata: { sessionId, adapter: adapter.name, directory, command },
      });
      return { kind: 'launched', record };
    } catch (error) {
      shim.abandon();
      throw error;
    }
  }

  async #startShim(
    folder: string,
    order: LaunchOrder,
    plan: LaunchPlan,
    sessionId: string,
    directory: string,
  ): Promise<StartedShim> {
    const { environment } = this.#parts;
    try {
      return await startShim({
        folder,
        argv: plan.argv,
        environment: {
          ...environment,
          ...order.environment,
          ...plan.environment,
          [SESSION_VARIABLE]: sessionId,
          TENURE_SESSION_ID: sessionId,
          TENURE_SESSION_DIRECTORY: directory,
        },
        directory,
        input: plan.input,
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
function realDirectory(path: string): string {
  let real: string;
  try {
    real = realpathSync(path);
  } catch (error) {
    throw invalid('directory', `${path} cannot be used: ${messageOf(error)}`);
  }
  if (!statSync(real).isDirectory()) throw invalid('directory', `${path} is no directory`);
  return real;
}

function shown(prompt: string): string {
  return prompt.replaceAll(/\s+/g, ' ').trim().slice(0, SHOWN_PROMPT);
}

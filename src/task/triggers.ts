import { createHash, randomBytes } from 'node:crypto';
import type {
  Trigger,
  TriggerTaskRequest,
  WatchTriggersResponse,
} from '@tenure/client/gen/tenure/task/v1/task_service';
import { TriggerUntakenCause } from '@tenure/client/gen/tenure/task/v1/task_service';
import { actorOf } from '../rpc/actor.js';
import type { Peer } from '../rpc/context.js';
import { durationToMs, timestampOfMs } from '../rpc/durations.js';
import { Refusal } from '../rpc/refusal.js';
import { checkText, invalid } from '../rpc/request_checks.js';
import type { EventSink } from '../telemetry/events.js';
import type { OrchestratorConnection, Orchestrators } from './orchestrators.js';
import type { TaskRunRecord } from './run_record.js';
import { triggeredEvent } from './task_events.js';

const DEFAULT_TAKE_MS = 10_000;
const MAX_TAKE_MS = 300_000;
const MAX_REASON_BYTES = 1_024;
const MAX_REQUEST_ID_BYTES = 128;
const MOST_PENDING = 1_000;

/** A trigger stream. */
export interface TriggerConnection extends OrchestratorConnection {
  send(response: WatchTriggersResponse): void;
}

export type TriggerOutcome =
  | { readonly kind: 'taken'; readonly triggerId: string; readonly run: TaskRunRecord }
  | { readonly kind: 'untaken'; readonly triggerId: string; readonly cause: TriggerUntakenCause };

export interface TriggersParts {
  readonly orchestrators: Orchestrators<TriggerConnection>;
  readonly runOfTrigger: (triggerId: string) => TaskRunRecord | undefined;
  readonly wallMs: () => number;
  readonly events: EventSink;
}

interface PendingTrigger {
  readonly trigger: Trigger;
  /** Who has it. */
  connection: TriggerConnection;
  readonly settle: ((outcome: TriggerOutcome) => void)[];
}

/** Passes triggers on to connected orchestrators, and waits until one records a run for it. */
export class Triggers {
  readonly #parts: TriggersParts;
  readonly #pending = new Map<string, PendingTrigger>();

  constructor(parts: TriggersParts) {
    this.#parts = parts;
  }

  async ask(request: TriggerTaskRequest, peer: Peer, signal: AbortSignal): Promise<TriggerOutcome> {
    checkText('reason', request.reason, MAX_REASON_BYTES);
    checkText('request_id', request.requestId, MAX_REQUEST_ID_BYTES);
    const takeMs = takeTime(request);
    const triggerId = triggerIdOf(request.requestId, peer.uid);
    const run = this.#parts.runOfTrigger(triggerId);
    if (run !== undefined) return taken(triggerId, run, request.task);
    const pending = this.#pending.get(triggerId) ?? this.#send(triggerId, request, peer);
    if (pending === undefined) {
      return { kind: 'untaken', triggerId, cause: TriggerUntakenCause.NO_ORCHESTRATOR };
    }
    if (pending.trigger.task !== request.task) throw reused(request.requestId);
    return await this.#outcome(pending, takeMs, signal);
  }

  /** A run was recorded: it may be the answer to a trigger. */
  recorded(run: TaskRunRecord): void {
    const { triggerId } = run.trigger;
    const pending = this.#pending.get(triggerId);
    if (pending === undefined || pending.trigger.task !== run.task) return;
    this.#settle(pending, { kind: 'taken', triggerId, run });
  }

  /** A stream is gone: what it had not taken goes to another one, or is told to whoever asked. */
  disconnected(connection: TriggerConnection): void {
    for (const pending of [...this.#pending.values()]) {
      if (pending.connection !== connection) continue;
      const [next] = this.#parts.orchestrators.listeningFor(pending.trigger.task);
      if (next !== undefined) {
        pending.connection = next;
        next.send({ trigger: pending.trigger });
      } else {
        const { triggerId } = pending.trigger;
        this.#settle(pending, { kind: 'untaken', triggerId, cause: TriggerUntakenCause.ORCHESTRATOR_GONE });
      }
    }
  }

  #send(triggerId: string, { task, reason }: TriggerTaskRequest, peer: Peer): PendingTrigger | undefined {
    const { orchestrators, wallMs, events } = this.#parts;
    const [connection] = orchestrators.listeningFor(task);
    if (connection === undefined) return undefined;
    if (this.#pending.size >= MOST_PENDING) {
      throw new Refusal('TOO_MANY', `${MOST_PENDING} triggers wait for their orchestrators; try again in a moment`);
    }
    const time = timestampOfMs(wallMs());
    const trigger = { triggerId, task, reason, uid: peer.uid, pid: peer.process?.pid ?? 0, time };
    const pending: PendingTrigger = { trigger, connection, settle: [] };
    this.#pending.set(triggerId, pending);
    events.emit(triggeredEvent(task, triggerId, reason, actorOf(peer)));
    connection.send({ trigger });
    return pending;
  }

  #outcome(pending: PendingTrigger, takeMs: number, signal: AbortSignal): Promise<TriggerOutcome> {
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', aborted);
        const index = pending.settle.indexOf(settle);
        if (index >= 0) pending.settle.splice(index, 1);
        // Nobody waits for it any more. A run that still comes of it is found by its trigger's id.
        if (pending.settle.length === 0) this.#pending.delete(pending.trigger.triggerId);
      };
      const settle = (outcome: TriggerOutcome): void => {
        leave();
        resolve(outcome);
      };
      const aborted = (): void => {
        leave();
        reject(signal.reason);
      };
      const timer = setTimeout(() => {
        const { triggerId } = pending.trigger;
        settle({ kind: 'untaken', triggerId, cause: TriggerUntakenCause.TIMEOUT });
      }, takeMs);
      pending.settle.push(settle);
      if (signal.aborted) aborted();
      else signal.addEventListener('abort', aborted, { once: true });
    });
  }

  #settle(pending: PendingTrigger, outcome: TriggerOutcome): void {
    for (const settle of [...pending.settle]) settle(outcome);
  }
}

function taken(triggerId: string, run: TaskRunRecord, task: string): TriggerOutcome {
  if (run.task !== task) throw reused(triggerId);
  return { kind: 'taken', triggerId, run };
}

function reused(id: string): Refusal {
  return new Refusal('REQUEST_ID_REUSED', `request ${id} has triggered another task; make a new id for each trigger`);
}

function takeTime({ timeout }: TriggerTaskRequest): number {
  if (timeout === undefined) return DEFAULT_TAKE_MS;
  const ms = durationToMs(timeout);
  if (ms === undefined || ms > MAX_TAKE_MS) throw invalid('timeout', 'must be from 0 s to 5 min');
  return ms;
}

/** The same for a request that is repeated, also by a daemon that was started in between. */
function triggerIdOf(requestId: string, uid: number): string {
  const bytes =
    requestId === '' ? randomBytes(9) : createHash('sha256').update(`${uid} ${requestId}`).digest().subarray(0, 9);
  return `t${bytes.toString('hex')}`;
}

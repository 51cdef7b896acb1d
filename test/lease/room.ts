import { randomBytes } from 'node:crypto';
import type { TestContext } from 'node:test';
import { Handover } from '@tenure/client/gen/tenure/lease/v1/lease';
import {
  AcquireLeaseRequest,
  type AcquireLeaseResponse,
  type AcquireResult,
  type ExplainResourceResponse,
  type HoldLeasesRequest,
  type HoldLeasesResponse,
  type HoldOperation,
  type HoldResult,
  type LeaseGranted,
  type LeaseHeld,
  type LeaseInherited,
  ListLeasesRequest,
  type ReleaseLeaseResponse,
  type RenewLeaseResponse,
} from '@tenure/client/gen/tenure/lease/v1/lease_service';
import { createLeases, type Leases, type LeasesOptions } from '../../src/lease/create_leases.js';
import { type LeasePolicy, PolicyTable } from '../../src/lease/policy.js';
import type { Clock } from '../../src/os/clock.js';
import { systemClock } from '../../src/os/clock.js';
import { readProcessFacts, readStartTicks } from '../../src/os/process_facts.js';
import { ProcessWatch } from '../../src/os/process_watch.js';
import type { CallContext, Peer, Role } from '../../src/rpc/context.js';
import { Refusal } from '../../src/rpc/refusal.js';
import type { TenureEvent } from '../../src/telemetry/events.js';
import { MemoryStore } from './memory_store.js';

type Fields<T> = { [Key in keyof T]?: T[Key] };

export const POLICY: LeasePolicy = {
  pattern: '',
  defaultTtlMs: 60_000,
  maxTtlMs: 86_400_000,
  capacity: undefined,
  handover: Handover.GRANT,
  maxHoldMs: undefined,
  allow: undefined,
};

export interface RoomOptions {
  readonly store?: MemoryStore;
  readonly key?: Uint8Array;
  readonly clock?: Clock;
  readonly policies?: readonly LeasePolicy[];
  readonly terminateGraceMs?: number;
  readonly bootId?: string;
  readonly onStoreFailed?: () => void;
  readonly heirsOf?: LeasesOptions['heirsOf'];
}

/** The lease room with everything real but its store, asked without a network. */
export class Room {
  readonly store: MemoryStore;
  readonly events: TenureEvent[];
  readonly leases: Leases;

  private constructor(store: MemoryStore, events: TenureEvent[], leases: Leases) {
    this.store = store;
    this.events = events;
    this.leases = leases;
  }

  static async open(test: TestContext, options: RoomOptions = {}): Promise<Room> {
    const store = options.store ?? new MemoryStore();
    const events: TenureEvent[] = [];
    const processWatch = new ProcessWatch();
    const leases = await createLeases({
      store,
      contents: await store.load(),
      processWatch,
      clock: options.clock ?? systemClock,
      key: options.key ?? randomBytes(32),
      bootId: options.bootId ?? 'this-boot',
      policies: new PolicyTable(options.policies ?? [], POLICY),
      limits: { maxLeases: 10_000, maxWaiters: 1_000, maxWatchers: 10 },
      history: { maxEvents: 10_000, maxBytes: 8 * 1024 * 1024 },
      terminateGraceMs: options.terminateGraceMs ?? 200,
      events: { emit: (event) => void events.push(event) },
      heirsOf: options.heirsOf ?? (() => undefined),
      internal: (error) => {
        throw error;
      },
      onStoreFailed: options.onStoreFailed ?? (() => undefined),
    });
    const room = new Room(store, events, leases);
    test.after(async () => {
      await room.close();
      processWatch.close();
    });
    return room;
  }

  async close(): Promise<void> {
    this.leases.stop();
    await this.leases.close();
  }

  async acquire(
    fields: Fields<AcquireLeaseRequest>,
    context: CallContext = contextOf(process.pid),
  ): Promise<AcquireLeaseResponse> {
    return this.leases.handlers.acquireLease.run(
      { ...AcquireLeaseRequest.decode(new Uint8Array()), ...fields },
      context,
    );
  }

  async release(ownerToken: string): Promise<ReleaseLeaseResponse> {
    return this.leases.handlers.releaseLease.run({ ownerToken }, contextOf(process.pid));
  }

  async renew(ownerToken: string): Promise<RenewLeaseResponse> {
    return this.leases.handlers.renewLease.run({ ownerToken, ttl: undefined }, contextOf(process.pid));
  }

  async list(): Promise<readonly { leaseId: string; resource: string; state: number; clientId: string }[]> {
    const answer = await this.leases.handlers.listLeases.run(
      { ...ListLeasesRequest.decode(new Uint8Array()), pageSize: 1000 },
      contextOf(process.pid),
    );
    return answer.leases;
  }

  async explain(resource: string): Promise<ExplainResourceResponse> {
    return this.leases.handlers.explainResource.run({ resource }, contextOf(process.pid));
  }

  /** A standing connection of this process. */
  hold(context: CallContext = contextOf(process.pid)): HoldWire {
    return new HoldWire(this.leases, context);
  }
}

/** Both ends of a HoldLeases stream, without the network between. */
export class HoldWire {
  readonly received: NonNullable<HoldLeasesResponse['events'][number]['event']>[] = [];
  readonly #waiting: (() => void)[] = [];
  readonly #end = new AbortController();
  readonly done: Promise<void>;
  #listener: ((message: HoldLeasesRequest) => undefined | Promise<void>) | undefined;
  #endOfStream: () => void = () => undefined;

  constructor(leases: Leases, context: CallContext) {
    const ended = new Promise<void>((resolve) => {
      this.#endOfStream = resolve;
    });
    this.done = leases.handlers.holdLeases.run(
      {
        eachMessage: (listener) => {
          this.#listener = listener;
          return ended;
        },
        [Symbol.asyncIterator]: () => {
          throw new Error('not read that way');
        },
      },
      context,
      {
        write: (message) => {
          if (Buffer.isBuffer(message)) throw new Error('a hold stream sends messages');
          for (const { event } of message.events) if (event !== undefined) this.received.push(event);
          for (const wake of this.#waiting.splice(0)) wake();
          return true;
        },
        drained: () => Promise.resolve(),
        buffered: 0,
        closed: this.#end.signal,
      },
    );
  }

  send(...operations: Omit<HoldOperation, 'traceContext'>[]): void {
    void this.#listener?.({ operations: operations.map((each) => ({ ...each, traceContext: undefined })) });
  }

  /** Closes the client's side alone. */
  sayNoMore(): void {
    this.#endOfStream();
  }

  /** Breaks the stream. */
  end(): void {
    this.#end.abort();
    this.#endOfStream();
  }

  /** The first event that `pick` takes, now or later. */
  async next<T>(pick: (event: HoldWire['received'][number]) => T | undefined): Promise<T> {
    for (let index = 0; ; index += 1) {
      while (index >= this.received.length) await new Promise<void>((resolve) => this.#waiting.push(resolve));
      const event = this.received[index];
      const picked = event === undefined ? undefined : pick(event);
      if (picked !== undefined) return picked;
    }
  }

  result(operationId: bigint): Promise<HoldResult['result']> {
    return this.next((event) =>
      event.$case === 'result' && event.value.operationId === operationId ? event.value.result : undefined,
    );
  }
}

/** The kernel's word on a process, as the daemon would have it of a peer. */
export function contextOf(pid: number, role: Role = 'operator', signal = new AbortController().signal): CallContext {
  return { peer: peerOf(pid, role), signal };
}

export function peerOf(pid: number, role: Role = 'operator'): Peer {
  const startTicks = readStartTicks(pid);
  const facts = readProcessFacts(pid);
  if (startTicks === undefined || facts === undefined) throw new Error(`no process ${pid}`);
  const { uid, executable, script, cwd } = facts;
  const process = { pid, startTicks };
  return {
    connectionId: `c${pid}`,
    uid,
    gid: uid,
    role,
    process,
    host: 'here',
    bootId: 'this-boot',
    executable,
    script,
    cwd,
  };
}

export function granted(response: AcquireLeaseResponse, index = 0): LeaseGranted {
  const outcome = response.results[index]?.outcome;
  if (outcome?.$case !== 'granted') throw new Error(`not granted but ${outcome?.$case}`);
  return outcome.value;
}

export function inherited(response: AcquireLeaseResponse, index = 0): LeaseInherited {
  const outcome = response.results[index]?.outcome;
  if (outcome?.$case !== 'inherited') throw new Error(`not inherited but ${outcome?.$case}`);
  return outcome.value;
}

export function held(response: AcquireLeaseResponse, index = 0): LeaseHeld {
  const outcome = response.results[index]?.outcome;
  if (outcome?.$case !== 'held') throw new Error(`not held but ${outcome?.$case}`);
  return outcome.value;
}

export function outcomes(response: AcquireLeaseResponse): (string | undefined)[] {
  return response.results.map(({ outcome }: AcquireResult) => outcome?.$case);
}

export function isRefusal(reason: string): (error: unknown) => boolean {
  return (error) => error instanceof Refusal && error.reason === reason;
}

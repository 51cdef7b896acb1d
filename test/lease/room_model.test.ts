import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { LeaseMode } from '@tenure/client/gen/tenure/lease/v1/lease';
import type { AcquireLeaseResponse } from '@tenure/client/gen/tenure/lease/v1/lease_service';
import fc from 'fast-check';
import { decodeLease } from '../../src/lease/ledger/record_codec.js';
import { contextOf, Room } from './room.js';

/** Whatever clients do and whenever the store is full, exclusion holds and nobody is forgotten. */

const RESOURCES = ['a', 'b', 'c'];

type Step =
  | {
      readonly do: 'acquire';
      readonly on: string[];
      readonly shared: boolean;
      readonly wait: boolean;
      readonly client: string;
      readonly priority: number;
      readonly under: number;
    }
  | { readonly do: 'release'; readonly which: number }
  | { readonly do: 'cancel'; readonly which: number }
  | { readonly do: 'revoke'; readonly on: string }
  | { readonly do: 'fill' }
  | { readonly do: 'makeRoom' };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('acquire' as const),
      on: fc.uniqueArray(fc.constantFrom(...RESOURCES), { minLength: 1, maxLength: 3 }),
      shared: fc.boolean(),
      wait: fc.boolean(),
      client: fc.constantFrom('x', 'y', 'z'),
      priority: fc.integer({ min: -2, max: 2 }),
      under: fc.nat(8),
    }),
  },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('release' as const), which: fc.nat(8) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('cancel' as const), which: fc.nat(8) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('revoke' as const), on: fc.constantFrom(...RESOURCES) }) },
  { weight: 1, arbitrary: fc.constant({ do: 'fill' as const }) },
  { weight: 2, arbitrary: fc.constant({ do: 'makeRoom' as const }) },
);

interface Waiting {
  readonly call: AbortController;
  settled: boolean;
}

class Driver {
  readonly room: Room;
  readonly grants: { ownerToken: string; inheritToken: string; fencingToken: bigint }[] = [];
  readonly waits: Waiting[] = [];

  constructor(room: Room) {
    this.room = room;
  }

  async run(step: Step): Promise<void> {
    switch (step.do) {
      case 'acquire':
        return this.#acquire(step);
      case 'release': {
        const grant = this.grants[step.which % Math.max(1, this.grants.length)];
        if (grant !== undefined) await this.room.release(grant.ownerToken).catch(() => undefined);
        return;
      }
      case 'cancel':
        this.waits.filter(({ settled }) => !settled)[step.which]?.call.abort();
        return;
      case 'revoke': {
        const target = { $case: 'resourcePrefix', value: step.on } as const;
        const revoke = this.room.leases.handlers.revokeLeases.run(
          { target, force: true, reason: '' },
          contextOf(process.pid),
        );
        await Promise.resolve(revoke).catch(() => undefined);
        return;
      }
      case 'fill':
        this.room.store.fault = 'full';
        return;
      case 'makeRoom':
        this.room.store.fault = undefined;
        return;
    }
  }

  async #acquire({ on, shared, wait, client, priority, under }: Step & { do: 'acquire' }): Promise<void> {
    const call = new AbortController();
    const waiting: Waiting = { call, settled: false };
    const inheritToken = this.grants[under]?.inheritToken;
    const answered = this.room
      .acquire(
        {
          wishes: on.map((resource) => ({
            resource,
            mode: shared ? LeaseMode.SHARED : LeaseMode.EXCLUSIVE,
            capacity: undefined,
          })),
          clientId: client,
          priority,
          ...(wait ? { wait: { $case: 'waitForever', value: true } as const } : {}),
          ...(inheritToken === undefined ? {} : { inheritTokens: [inheritToken] }),
        },
        contextOf(process.pid, 'operator', call.signal),
      )
      .then(
        (response) => this.#answered(response),
        () => undefined,
      )
      .finally(() => {
        waiting.settled = true;
      });
    if (wait) this.waits.push(waiting);
    else await answered;
  }

  #answered({ results }: AcquireLeaseResponse): void {
    for (const { outcome } of results) {
      if (outcome?.$case !== 'granted') continue;
      const { lease, ownerToken, inheritToken } = outcome.value;
      this.grants.push({ ownerToken, inheritToken, fencingToken: lease?.fencingToken ?? 0n });
    }
  }
}

async function check(driver: Driver): Promise<void> {
  // What is on its way to the store arrives within a few turns.
  for (let turn = 0; turn < 4; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  const { room } = driver;
  const stored = [...room.store.records.values()].map(({ value }) => decodeLease(value).lease.leaseId).sort();
  assert.deepEqual((await room.list()).map(({ leaseId }) => leaseId).sort(), stored);
  for (const resource of RESOURCES) {
    const { holders, queue } = await room.explain(resource);
    const exclusive = holders.filter(({ mode }) => mode === LeaseMode.EXCLUSIVE).length;
    assert.ok(exclusive <= 1 && (exclusive === 0 || holders.length === 1), `${resource} is held by ${holders.length}`);
    const clients = holders.map(({ clientId }) => clientId);
    assert.equal(new Set(clients).size, clients.length, 'one shared lease a client');
    const first = queue[0];
    const alone = first !== undefined && (await waitsNowhereElse(room, first.waiterId, resource));
    if (room.store.fault === undefined && alone)
      assert.notEqual(holders.length, 0, `nobody holds ${resource}, yet one waits`);
  }
  const tokens = driver.grants.map(({ fencingToken }) => fencingToken);
  assert.equal(new Set(tokens).size, tokens.length, 'a fencing token was given out twice');
}

async function waitsNowhereElse(room: Room, waiterId: string, resource: string): Promise<boolean> {
  for (const other of RESOURCES) {
    if (other !== resource && (await room.explain(other)).queue.some((waiter) => waiter.waiterId === waiterId))
      return false;
  }
  return true;
}

async function drain(driver: Driver): Promise<void> {
  driver.room.store.fault = undefined;
  // Releasing all that was ever granted, again and again, lets everybody in.
  for (let round = 0; round < 60 && driver.waits.some(({ settled }) => !settled); round += 1) {
    for (const { ownerToken } of [...driver.grants]) await driver.room.release(ownerToken);
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.equal(driver.waits.filter(({ settled }) => !settled).length, 0, 'somebody waits for nothing');
}

test('exclusion holds and every waiter is served, through any mix of calls and full disks', async (t: TestContext) => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
      const driver = new Driver(await Room.open(t));
      for (const next of steps) {
        await driver.run(next);
        await check(driver);
      }
      await drain(driver);
      await driver.room.close();
    }),
    { numRuns: 60 },
  );
});

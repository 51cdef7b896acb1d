import { credentials } from '@grpc/grpc-js';
import type { Client as TenureClient } from '@tenure/client';
import { LeaseLiveness, LeaseMode } from '@tenure/client/gen/tenure/lease/v1/lease';
import { SecretServiceClient } from '@tenure/client/gen/tenure/secret/v1/secret_service';
import { acquireRequest, ownerTokenOf } from './requests.js';
import { type Contender, describe, inRounds, ratioByCpu } from './rounds.js';
import { median, quantile, rangeOf, ratios } from './statistics.js';
import { CHANNEL_OPTIONS, type Daemon, type Workshop } from './workshop.js';

const LIST_TARGET = { bound: 'at most', value: 50 } as const;
const LEASE_TARGET = { bound: 'at least', value: 0.5 } as const;
const SECRETS = 1_000;
const CLIENTS = 10;
const IN_FLIGHT = 64;
/** Calls of one kind, one after the other. */
const REPEATS = 50;
const TTL_SECONDS = 3_600;
const VALUE = Buffer.from('a token of the length that many have');

/** A vault of 1,000 secrets with 10,000 leases: listed, added to, and lent beside plain leases. */
export async function secrets(workshop: Workshop): Promise<void> {
  const daemon = await workshop.startDaemon();
  const client = await workshop.connect(daemon.socketPath);
  await client.secrets.initVault();
  const names = Array.from({ length: SECRETS }, (_, index) => `team/${index % 20}/${index}`);
  const begin = performance.now();
  await eachOf(names, (name) => put(client, name));
  const fillMs = performance.now() - begin;
  const wishes = names.flatMap((name) =>
    Array.from({ length: CLIENTS }, (_, index) => ({ name, clientId: `c${index}` })),
  );
  await eachOf(wishes, (wish) => client.secrets.leaseSecret(wish));

  const listed = await timed(REPEATS, async () => {
    const page = await client.secrets.listSecrets({ pageSize: 1_000 });
    const leases = page.secrets.reduce((sum, { activeLeases }) => sum + activeLeases, 0);
    if (page.secrets.length !== SECRETS || leases !== SECRETS * CLIENTS) throw new Error('the list is not whole');
  });
  workshop.report({
    name: 'secrets/list',
    value: median(listed),
    range: rangeOf(listed),
    unit: 'ms',
    of: `all ${SECRETS} with ${SECRETS * CLIENTS} leases, a page`,
    target: LIST_TARGET,
    detail: `${spread(listed)}; RSS ${daemon.child.memory('VmRSS').toFixed(0)} MB`,
  });

  const added = await timed(REPEATS, (index) => put(client, `new/${index}`));
  workshop.report({
    name: 'secrets/put 1',
    value: median(added),
    range: rangeOf(added),
    unit: 'ms',
    of: `one more secret in a vault of ${SECRETS}, synced to the disk`,
    detail: `${spread(added)}; the first ${SECRETS}, ${IN_FLIGHT} in flight: ${fillMs.toFixed(0)} ms`,
  });

  for (const inFlight of [64, 1]) await lending(workshop, daemon, inFlight);
}

/** Leases of clients that have none, and of clients that come again and have theirs replaced. */
async function lending(workshop: Workshop, daemon: Daemon, inFlight: number): Promise<void> {
  const pairs = (['lease', 'again'] as const).map((kind) => ({
    kind,
    plain: plainAcquires(workshop, daemon, kind, inFlight),
    lent: secretLeases(workshop, daemon, kind, inFlight),
  }));
  const measured = await inRounds(pairs.flatMap(({ plain, lent }) => [plain, lent]));
  for (const { kind, plain, lent } of pairs) {
    const [baseline, result] = [measured.get(plain.name), measured.get(lent.name)];
    if (baseline === undefined || result === undefined) throw new Error('a contender was not measured');
    const relative = ratios(result.rates, baseline.rates);
    workshop.report({
      name: `secrets/${kind} ${inFlight}`,
      value: median(relative),
      range: rangeOf(relative),
      unit: '×',
      of: `RPCs/s of a plain acquire, SHARED, TTL${kind === 'again' ? ', both replace the older lease' : ''}`,
      ...(kind === 'lease' ? { target: LEASE_TARGET } : {}),
      detail: `${ratioByCpu(result, baseline)}; ${describe(result)}; plain ${describe(baseline)}`,
    });
  }
}

/** A client's name: a new one each time, or each chain's own. */
function clientNames(kind: 'lease' | 'again'): (chain: number) => string {
  let turns = 0;
  return (chain) => {
    turns += 1;
    return kind === 'again' ? `again-${chain}` : `new-${turns}`;
  };
}

function plainAcquires(
  workshop: Workshop,
  { child, socketPath }: Daemon,
  kind: 'lease' | 'again',
  inFlight: number,
): Contender {
  const stub = workshop.leaseStub(socketPath);
  const nameOf = clientNames(kind);
  return {
    name: `plain ${kind}`,
    inFlight,
    perTurn: 1,
    serverCpu: () => child.cpu(),
    turn: (chain, done, failed) => {
      const resource = `bench/${kind}/${chain}`;
      const request = acquireRequest(resource, LeaseLiveness.TTL, TTL_SECONDS);
      const wishes = [{ resource, mode: LeaseMode.SHARED, capacity: undefined }];
      stub.acquireLease({ ...request, wishes, clientId: nameOf(chain) }, (refused, acquired) => {
        if (refused !== null) return failed(refused);
        ownerTokenOf(acquired);
        done();
      });
    },
  };
}

function secretLeases(
  workshop: Workshop,
  { child, socketPath }: Daemon,
  kind: 'lease' | 'again',
  inFlight: number,
): Contender {
  const address = `unix:${socketPath}`;
  const stub = workshop.closing(new SecretServiceClient(address, credentials.createInsecure(), CHANNEL_OPTIONS));
  const nameOf = clientNames(kind);
  const ttl = { seconds: BigInt(TTL_SECONDS), nanos: 0 };
  return {
    name: `secret ${kind}`,
    inFlight,
    perTurn: 1,
    serverCpu: () => child.cpu(),
    turn: (chain, done, failed) => {
      const name = `team/${chain % 20}/${chain}`;
      const request = { name, clientId: nameOf(chain), ttl, reason: '', requestId: '', refuseInUse: false };
      stub.leaseSecret(request, (refused, leased) => {
        if (refused !== null) return failed(refused);
        if (leased.value.equals(VALUE)) done();
        else failed(new Error('another value'));
      });
    },
  };
}

async function put({ secrets: calls }: TenureClient, name: string): Promise<void> {
  await calls.putSecret({ name, content: { $case: 'value', value: VALUE } });
}

/** All of them, so many at a time. */
async function eachOf<T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<void> {
  const left = items.values();
  const chain = async (): Promise<void> => {
    for (const item of left) await work(item);
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, chain));
}

/** Milliseconds of each. */
async function timed(count: number, work: (index: number) => Promise<void>): Promise<number[]> {
  const times: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const begin = performance.now();
    await work(index);
    times.push(performance.now() - begin);
  }
  return times;
}

function spread(times: readonly number[]): string {
  return `p50 ${median(times).toFixed(1)} p99 ${quantile(times, 0.99).toFixed(1)} ms`;
}

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { systemClock } from '../../../src/os/clock.js';
import { readStartTicks, TICK_MS } from '../../../src/os/process_facts.js';
import type { ProcessIdentity } from '../../../src/os/process_identity.js';
import { ContainerLife } from '../../../src/session/containers/container_life.js';
import { Leftovers } from '../../../src/session/containers/leftovers.js';
import { Places } from '../../../src/session/containers/places.js';
import { Podman } from '../../../src/session/containers/podman.js';
import { temporaryFolder } from '../../daemon/temporary_folder.js';
import { launchRecord } from '../launched/launch_records.js';

interface Followed {
  readonly life: ContainerLife;
  /** Stands for the container's main process. */
  readonly main: ProcessIdentity;
  readonly places: Places;
  /** Whom the session takes for it. */
  readonly taken: ProcessIdentity | undefined;
  /** Ends the container, or what waits for it. */
  readonly end: (one: ProcessIdentity) => void;
}

interface Circumstances {
  readonly marker?: string;
  /** The wall clock was set since the pid was written down. */
  readonly clockSetByMs?: number;
  /** When it is. */
  readonly boottimeMs?: () => number;
}

/** A session in a container, whose main process is one that was started here. */
async function followed(
  t: TestContext,
  { marker = launchRecord().sessionId, clockSetByMs = 0, boottimeMs = systemClock.boottimeMs }: Circumstances,
): Promise<Followed> {
  const child = spawn('sleep', ['600'], { env: { PATH: process.env['PATH'], TENURE_IN_SESSION: marker } });
  t.after(() => child.kill('SIGKILL'));
  await once(child, 'spawn');
  const pid = child.pid ?? 0;
  const container = { id: 'c', name: 'tenure-x', image: 'i' };
  const record = launchRecord({ agent: { name: 'a', repo: '', workUnit: '', container, dueWallMs: undefined } });
  const places = new Places(temporaryFolder(t));
  writeFileSync(places.pidFile, String(pid));
  writeFileSync(places.idFile, 'c');
  const leftovers = new Leftovers({
    podman: new Podman({}, new AbortController().signal),
    instance: '',
    standingOf: () => 'living',
    hasStarted: () => true,
    monotonicMs: () => 0,
    events: { emit: () => undefined },
    onFault: (error) => assert.fail(String(error)),
  });
  const seen: ProcessIdentity[] = [];
  const listeners = new Map<number, () => void>();
  const ended = new Set<number>();
  const life = new ContainerLife(record, {
    places,
    leftovers,
    processWatch: {
      isAlive: ({ pid }) => !ended.has(pid),
      onExit: (identity, listener) => {
        seen.push(identity);
        listeners.set(identity.pid, listener);
        return () => undefined;
      },
    },
    clock: { ...systemClock, boottimeMs, wallMs: () => systemClock.wallMs() + clockSetByMs },
    limits: { startMs: 1_000, lostMs: 1_000 },
    isMemoryLimited: () => false,
    errorTail: () => Promise.resolve(Buffer.alloc(0)),
    removePlaces: () => Promise.resolve(),
    onFault: (error) => assert.fail(String(error)),
  });
  life.follow(() => assert.fail('it was given up'));
  t.after(() => life.close());
  t.after(() => leftovers.close());
  const end = (one: ProcessIdentity): void => {
    ended.add(one.pid);
    listeners.get(one.pid)?.();
  };
  return { life, main: { pid, startTicks: readStartTicks(pid) ?? 0 }, places, taken: seen[0], end };
}

test('a container is known again after the wall clock was set, by its mark', async (t) => {
  const { main, taken } = await followed(t, { clockSetByMs: 3_600_000 });
  assert.deepEqual(taken, main);
});

test('a process that was given the pid of a container later is not taken for it', async (t) => {
  const { taken } = await followed(t, { marker: 'another', clockSetByMs: 3_600_000 });
  assert.equal(taken?.pid, 0);
});

test('of a container’s session process 1 alone is asked to end, and not before it hears that', async (t) => {
  let { boottimeMs } = systemClock;
  const { life, main, places } = await followed(t, { boottimeMs: () => boottimeMs() });
  boottimeMs = () => main.startTicks * TICK_MS + 500;
  const podman = { pid: process.pid, startTicks: readStartTicks(process.pid) ?? 0 };
  // It has not blocked TERM, as an init does once it waits for it.
  assert.deepEqual([life.hearsTerm(main), life.hearsTerm(podman)], [false, false]);
  boottimeMs = () => main.startTicks * TICK_MS + 1_500;
  assert.deepEqual([life.hearsTerm(main), life.hearsTerm(podman)], [true, false]);
  rmSync(places.pidFile);
  assert.equal(life.hearsTerm(podman), false, 'podman, which is just about to start it');
});

test('a container that outlives what waited for it has not ended as that has', async (t) => {
  const { life } = await followed(t, {});
  const end = await life.settle({ kind: 'code', code: 0 });
  assert.equal(end.kind, 'broken');
});

test('which of the two ended first is known, though both are gone when the end is read', async (t) => {
  const waiting = launchRecord().main;
  const outlived = await followed(t, {});
  outlived.end(waiting);
  outlived.end(outlived.main);
  assert.equal((await outlived.life.settle({ kind: 'code', code: 0 })).kind, 'broken');
  const well = await followed(t, {});
  well.end(well.main);
  well.end(waiting);
  assert.deepEqual(await well.life.settle({ kind: 'code', code: 0 }), { kind: 'code', code: 0 });
});

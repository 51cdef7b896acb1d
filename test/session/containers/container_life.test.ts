import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { systemClock } from '../../../src/os/clock.js';
import type { ProcessIdentity } from '../../../src/os/process_identity.js';
import { ContainerLife } from '../../../src/session/containers/container_life.js';
import { Leftovers } from '../../../src/session/containers/leftovers.js';
import { Places } from '../../../src/session/containers/places.js';
import { Podman } from '../../../src/session/containers/podman.js';
import { temporaryFolder } from '../../daemon/temporary_folder.js';
import { launchRecord } from '../launch_records.js';

/** Whom a session takes for its container's main process, with the wall clock set since the pid was written down. */
async function followed(t: TestContext, marker: string, clockSetByMs: number): Promise<{ pid: number; is: number }> {
  const child = spawn('sleep', ['600'], { env: { PATH: process.env['PATH'], TENURE_IN_SESSION: marker } });
  t.after(() => child.kill('SIGKILL'));
  await once(child, 'spawn');
  const pid = child.pid ?? 0;
  const record = launchRecord();
  const places = new Places(temporaryFolder(t));
  writeFileSync(places.pidFile, String(pid));
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
  const life = new ContainerLife(record, {
    places,
    leftovers,
    processWatch: {
      isAlive: () => true,
      onExit: (identity) => {
        seen.push(identity);
        return () => undefined;
      },
    },
    clock: { ...systemClock, wallMs: () => systemClock.wallMs() + clockSetByMs },
    limits: { startMs: 1_000, lostMs: 1_000 },
    isMemoryLimited: () => false,
    errorTail: () => Promise.resolve(Buffer.alloc(0)),
    removePlaces: () => Promise.resolve(),
    onFault: (error) => assert.fail(String(error)),
  });
  life.follow(() => assert.fail('it was given up'));
  t.after(() => life.close());
  return { pid, is: seen[0]?.pid ?? -1 };
}

test('a container is known again after the wall clock was set, by its mark', async (t) => {
  const { pid, is } = await followed(t, launchRecord().sessionId, 3_600_000);
  assert.equal(is, pid);
});

test('a process that was given the pid of a container later is not taken for it', async (t) => {
  const { is } = await followed(t, 'another', 3_600_000);
  assert.equal(is, 0);
});

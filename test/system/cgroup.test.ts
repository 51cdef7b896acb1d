// needs: root
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Handover, LeaseMode } from '@tenure/client/gen/tenure/lease/v1/lease';
import { cgroupMembers, cgroupMountPoint, cgroupOf } from '../../src/os/cgroup.js';
import { isRunning, readStartTicks } from '../../src/os/process_facts.js';
import type { ProcessIdentity } from '../../src/os/process_identity.js';
import { ProcessWatch } from '../../src/os/process_watch.js';
import { contextOf, granted, Room } from '../lease/room.js';

async function sleeper(t: TestContext) {
  const child = spawn('sleep', ['60'], { env: {} });
  t.after(() => child.kill('SIGKILL'));
  await once(child, 'spawn');
  return child;
}

/** A process that nobody here has started: its parent is gone. */
function orphan(t: TestContext): ProcessIdentity {
  const pid = Number(execFileSync('sh', ['-c', 'sleep 60 >/dev/null 2>&1 & echo $!'], { env: {} }));
  const startTicks = readStartTicks(pid) ?? 0;
  t.after(() => {
    if (isRunning(pid, startTicks)) process.kill(pid, 'SIGKILL');
  });
  return { pid, startTicks };
}

/** A cgroup of the test's own, with these processes in it. */
function cgroupWith(t: TestContext, pids: readonly (number | undefined)[]): string {
  const name = `tenure-test-${process.pid}`;
  const folder = join(cgroupMountPoint(), name);
  mkdirSync(folder);
  t.after(() => rmdirSync(folder));
  for (const pid of pids) writeFileSync(join(folder, 'cgroup.procs'), String(pid));
  return `/${name}`;
}

const unable =
  process.getuid?.() !== 0 || cgroupMountPoint() === '' ? 'needs root and a unified cgroup hierarchy' : false;

test('a lease that terminates ends all of the cgroup that its process has for itself', { skip: unable }, async (t) => {
  const room = await Room.open(t);
  const holder = await sleeper(t);
  const command = await sleeper(t);
  const stranger = orphan(t);
  const cgroup = cgroupWith(t, [command.pid, stranger.pid]);
  assert.equal(cgroupOf(command.pid ?? 0), cgroup);
  assert.deepEqual(cgroupMembers(cgroup).sort(), [command.pid, stranger.pid].sort());
  const wishes = [{ resource: 'a', mode: LeaseMode.EXCLUSIVE, capacity: undefined }];
  const attachPids = [holder.pid ?? 0, command.pid ?? 0];
  granted(await room.acquire({ wishes, attachPids, handover: Handover.TERMINATE }));
  const strays = (await room.explain('a')).strays.map(({ pid }) => pid);
  assert.deepEqual(strays, [stranger.pid]);
  const exits = [holder, command].map((child) => once(child, 'exit'));
  const watch = new ProcessWatch();
  t.after(() => watch.close());
  const strangerGone = new Promise<void>((resolve) => watch.onExit(stranger, resolve));
  const all = { $case: 'all', value: true } as const;
  await room.leases.handlers.revokeLeases.run({ target: all, force: false, reason: '' }, contextOf(process.pid));
  await Promise.all([...exits, strangerGone]);
});

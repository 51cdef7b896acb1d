import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { Handover, LeaseLiveness, LeaseMode, LeaseState } from '@tenure/client/gen/tenure/lease/v1/lease';
import { contextOf, granted, held, inherited, Room } from '../room.js';

const wish = (resource: string) => ({ resource, mode: LeaseMode.EXCLUSIVE, capacity: undefined });
const forever = { $case: 'waitForever', value: true } as const;

for (const { handover, waits } of [
  { handover: Handover.GRANT, waits: false },
  { handover: Handover.WAIT, waits: true },
  { handover: Handover.TERMINATE, waits: false },
]) {
  test(`a revoked lease hands over as it says: ${handover}`, async (t) => {
    const room = await Room.open(t);
    const child = spawn('sleep', ['60']);
    t.after(() => child.kill('SIGKILL'));
    await once(child, 'spawn');
    const first = granted(await room.acquire({ wishes: [wish('a')], attachPids: [child.pid ?? 0], handover }));
    const context = contextOf(process.pid);
    const target = { $case: 'leaseId', value: first.lease?.leaseId ?? '' } as const;
    const { revoked } = await room.leases.handlers.revokeLeases.run({ target, force: false, reason: '' }, context);
    assert.equal(revoked[0]?.state, LeaseState.DRAINING);
    if (waits) {
      held(await room.acquire({ wishes: [wish('a')] }));
      await room.leases.handlers.revokeLeases.run({ target, force: true, reason: '' }, context);
    }
    granted(await room.acquire({ wishes: [wish('a')], wait: forever }));
    const ended = child.exitCode !== null || child.signalCode !== null;
    if (handover === Handover.TERMINATE && !ended) await once(child, 'exit');
    assert.equal(child.signalCode, handover === Handover.TERMINATE ? 'SIGTERM' : null);
  });
}

test("an owner's release waits for inheritors under every handover", async (t) => {
  const room = await Room.open(t);
  const child = spawn('sleep', ['60']);
  t.after(() => child.kill('SIGKILL'));
  await once(child, 'spawn');
  const first = granted(await room.acquire({ wishes: [wish('a')], liveness: LeaseLiveness.PROCESS }));
  inherited(
    await room.acquire({ wishes: [wish('a')], inheritTokens: [first.inheritToken] }, contextOf(child.pid ?? 0)),
  );
  const answer = await room.release(first.ownerToken);
  assert.equal(answer.outcome?.$case === 'released' ? answer.outcome.value.state : undefined, LeaseState.DRAINING);
  const next = room.acquire({ wishes: [wish('a')], clientId: 'next', wait: forever });
  assert.equal((await room.explain('a')).draining.length, 1);
  child.kill('SIGKILL');
  granted(await next);
});

test('a terminated lease hands over though the store was full when its last process went', async (t) => {
  const room = await Room.open(t);
  const child = spawn('sleep', ['60']);
  t.after(() => child.kill('SIGKILL'));
  await once(child, 'spawn');
  const handover = Handover.TERMINATE;
  granted(await room.acquire({ wishes: [wish('a')], attachPids: [child.pid ?? 0], handover }));
  const all = { $case: 'all', value: true } as const;
  const exited = once(child, 'exit');
  await room.leases.handlers.revokeLeases.run({ target: all, force: false, reason: '' }, contextOf(process.pid));
  room.store.fault = 'full';
  await exited;
  const next = room.acquire({ wishes: [wish('a')], clientId: 'next', wait: forever }).catch(() => undefined);
  await until(() => room.store.refused > 1);
  room.store.fault = undefined;
  await next;
  granted(await room.acquire({ wishes: [wish('a')], wait: forever }));
});

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bootId, hostName, machineId } from '../../src/os/boot.js';
import { systemClock } from '../../src/os/clock.js';
import { readStartTicks } from '../../src/os/process_facts.js';

test('boot and machine have ids that stay', () => {
  assert.match(bootId(), /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  assert.equal(bootId(), bootId());
  assert.match(machineId(), /^[0-9a-f]{32}$/);
  assert.notEqual(hostName(), '');
});

test('the boot-time clock counts from the boot, in milliseconds', () => {
  const before = systemClock.boottimeMs();
  // This process started at most ten minutes ago by the kernel's own count, of 100 ticks a second.
  const startedMs = (readStartTicks(process.pid) ?? 0) * 10;
  assert.ok(before > startedMs && before - startedMs < 600_000, `${before} is not soon after ${startedMs}`);
  assert.ok(systemClock.boottimeMs() >= before);
});

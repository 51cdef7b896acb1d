import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AttachRole } from '@tenure/client/gen/tenure/lease/v1/lease';
import { CommandNames } from '../../src/lease/command_names.js';
import { identityOf, start, until } from '../os/child_process.js';

test('a command is known by its own name once it is itself, and keeps it when it is gone', async (t) => {
  const child = start(t, 'sleep', ['1000']);
  const command = { ...identityOf(child.pid), role: AttachRole.COMMAND, command: 'sh' };
  const holder = { pid: process.pid, startTicks: 1, role: AttachRole.HOLDER, command: 'node' };
  const lease = { leaseId: 'l1', attached: [holder, command] };
  const learned: string[] = [];
  const names = new CommandNames((leaseId) => learned.push(leaseId));
  names.learn(lease.leaseId, holder);
  names.learn(lease.leaseId, command);
  assert.deepEqual(names.attachedOf(lease), lease.attached);
  await until(() => learned.length > 0, 'its name is learned');
  assert.deepEqual(learned, ['l1']);
  child.kill('SIGKILL');
  assert.deepEqual(names.attachedOf(lease), [holder, { ...command, command: 'sleep' }]);
  assert.deepEqual(names.of(lease.leaseId), { pid: command.pid, name: 'sleep' });
});

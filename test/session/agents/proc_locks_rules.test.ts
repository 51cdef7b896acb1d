import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isDevice, parseHeldLocks } from '../../../src/session/agents/proc_locks_rules.js';

test('held locks are read, those that wait, and those of others, are not', () => {
  const table = `1: POSIX  ADVISORY  READ 29176 fe:00:2173367 128 128
2: FLOCK  ADVISORY  WRITE 29176 fe:00:2173363 0 EOF
2: -> FLOCK  ADVISORY  WRITE 29177 fe:00:2173363 0 EOF
3: FLOCK  ADVISORY  READ 300 fe:00:5 0 EOF
4: FLOCK  ADVISORY  WRITE -1 fe:00:6 0 EOF
5: FLOCK  ADVISORY  WRITE 0 fe:00:7 0 EOF
6: OFDLCK ADVISORY  WRITE 400 fe:00:8 0 EOF
7: FLOCK  ADVISORY  WRITE 500 00:1f:4242 0 EOF
`;
  assert.deepEqual(
    parseHeldLocks(table).map(({ pid, major, minor, inode }) => [pid, major, minor, inode]),
    [
      [29176, 0xfe, 0, 2173363],
      [500, 0, 0x1f, 4242],
    ],
  );
  assert.deepEqual(parseHeldLocks(''), []);
});

test('a device is split as the C library does', () => {
  const lock = { pid: 1, inode: 1 };
  assert.ok(isDevice(65024, { ...lock, major: 254, minor: 0 }));
  assert.ok(isDevice(0x123456_78, { ...lock, major: 0x456, minor: 0x12378 }));
  assert.ok(!isDevice(65024, { ...lock, major: 254, minor: 1 }));
  assert.ok(!isDevice(65024, { ...lock, major: 253, minor: 0 }));
});

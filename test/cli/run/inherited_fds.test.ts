import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type OpenFd, selectInherited } from '../../../src/cli/run/inherited_fds.js';

const CLOEXEC = 0o2000000;
const NONBLOCK = 0o4000;

/** What Node 20 opens before the first line of a program, from the lowest free numbers on. */
const NODES_OWN: readonly (readonly [string, number])[] = [
  ['anon_inode:[eventpoll]', CLOEXEC],
  ['pipe:[100]', CLOEXEC],
  ['pipe:[100]', CLOEXEC],
  ['pipe:[101]', CLOEXEC | NONBLOCK],
  ['pipe:[101]', CLOEXEC | NONBLOCK],
  ['anon_inode:[eventfd]', CLOEXEC],
];

function openBeside(inherited: ReadonlyMap<number, readonly [string, number]>): OpenFd[] {
  const open: OpenFd[] = [0, 1, 2].map((fd) => ({ fd, target: '/dev/null', flags: 0 }));
  for (const [fd, [target, flags]] of inherited) open.push({ fd, target, flags });
  let next = 3;
  for (const [target, flags] of NODES_OWN) {
    while (inherited.has(next)) next += 1;
    open.push({ fd: next, target, flags });
    next += 1;
  }
  return open.sort((a, b) => a.fd - b.fd);
}

test("Node's own descriptors are not taken for the caller's", () => {
  assert.deepEqual(selectInherited(openBeside(new Map())), []);
});

test('files, sockets and pipes of the caller are found, although Node marked them close-on-exec', () => {
  const inherited = new Map([
    [3, ['/var/log/app', CLOEXEC]],
    [5, ['socket:[7]', CLOEXEC]],
    [7, ['pipe:[8]', CLOEXEC]],
  ] as const);
  assert.deepEqual(selectInherited(openBeside(inherited)), [3, 5, 7]);
});

test("both ends of a make jobserver's pipe are found", () => {
  const inherited = new Map([
    [3, ['pipe:[55]', CLOEXEC]],
    [4, ['pipe:[55]', CLOEXEC]],
  ] as const);
  assert.deepEqual(selectInherited(openBeside(inherited)), [3, 4]);
});

test('a high descriptor that is not close-on-exec is found, whatever it is', () => {
  const inherited = new Map([
    [63, ['pipe:[9]', 0]],
    [64, ['anon_inode:[eventfd]', 0]],
  ] as const);
  assert.deepEqual(selectInherited(openBeside(inherited)), [63, 64]);
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { bootSeconds, clockSetMs } from '../../../src/cli/doctor/checks/clock_rules.js';
import { lockHolder } from '../../../src/cli/doctor/checks/lock_rules.js';
import { recentFaults } from '../../../src/cli/doctor/checks/log_rules.js';
import {
  type PathFacts,
  privateFault,
  socketFault,
  socketFolderFault,
} from '../../../src/cli/doctor/checks/path_rules.js';
import { stateFolderNote } from '../../../src/cli/doctor/checks/state_folder.js';

const OWN = 1000;

function folder(mode: number, uid = OWN): PathFacts {
  return { kind: 'folder', uid, mode };
}

describe('modes and owners', () => {
  test('a folder in which others could replace the socket is none for it', () => {
    assert.equal(socketFolderFault(folder(0o700), OWN), undefined);
    assert.equal(socketFolderFault(folder(0o755, 0), OWN), undefined, "root's is as good");
    assert.equal(socketFolderFault(folder(0o1777, 0), OWN), undefined, 'like /tmp');
    assert.match(socketFolderFault(folder(0o775), OWN) ?? '', /written by others \(mode 0775\)/);
    assert.match(socketFolderFault(folder(0o700, 1001), OWN) ?? '', /uid 1001/);
    assert.match(socketFolderFault({ ...folder(0o700), kind: 'link' }, OWN) ?? '', /link/);
  });

  test("a socket is the user's or root's, and one", () => {
    assert.equal(socketFault({ kind: 'socket', uid: OWN, mode: 0o600 }, OWN), undefined);
    assert.equal(socketFault({ kind: 'socket', uid: 0, mode: 0o666 }, OWN), undefined);
    assert.match(socketFault({ kind: 'socket', uid: 7, mode: 0o600 }, OWN) ?? '', /uid 7/);
    assert.match(socketFault({ kind: 'file', uid: OWN, mode: 0o600 }, OWN) ?? '', /no socket/);
  });

  test("what is private is its owner's alone", () => {
    assert.equal(privateFault(folder(0o700), 'folder', OWN), undefined);
    assert.match(privateFault(folder(0o750), 'folder', OWN) ?? '', /0750/);
    assert.match(privateFault(folder(0o700, 0), 'folder', OWN) ?? '', /uid 0/);
    assert.match(privateFault(folder(0o700), 'file', OWN) ?? '', /no file/);
  });
});

describe('the lock', () => {
  const locks = [
    '1: POSIX  ADVISORY  WRITE 77 08:01:4711 0 EOF',
    '2: FLOCK  ADVISORY  READ  78 08:01:4711 0 EOF',
    '3: FLOCK  ADVISORY  WRITE 812 00:2f:4711 0 EOF',
    '3: -> FLOCK  ADVISORY  WRITE 813 00:2f:4711 0 EOF',
    '4: FLOCK  ADVISORY  WRITE -1 00:2f:4712 0 EOF',
  ].join('\n');

  test('is held by the pid that has flocked the file', () => {
    assert.equal(lockHolder(locks, 4711n), 812);
    assert.equal(lockHolder(locks, 4710n), undefined);
    assert.equal(lockHolder(locks, 4712n), undefined, 'by nobody that can be seen from here');
    assert.equal(lockHolder('', 1n), undefined);
  });
});

describe('the clock', () => {
  test('was set by as much as the start is elsewhere now than it was noted', () => {
    const boot = bootSeconds('cpu 1 2 3\nbtime 1700000000\nprocesses 9\n');
    assert.equal(boot, 1_700_000_000);
    const start = { ticks: 12_345, bootSeconds: 1_700_000_000, notedMs: 1_700_000_123_450 };
    assert.equal(clockSetMs(start), 0);
    assert.equal(clockSetMs({ ...start, bootSeconds: start.bootSeconds + 3_600 }), 3_600_000);
    assert.equal(clockSetMs({ ...start, bootSeconds: start.bootSeconds - 60 }), -60_000);
    assert.equal(bootSeconds(''), undefined);
  });
});

describe('the log', () => {
  test('has the errors since a time, whatever else stands in it', () => {
    const line = (level: string, time: number, msg: string) => JSON.stringify({ level, time, msg });
    const lines = [
      line('error', 1_000, 'too old'),
      line('error', 5_000, 'first'),
      line('warn', 6_000, 'no error'),
      '{"level":"error","time":',
      'null',
      line('fatal', 7_000, 'second'),
      JSON.stringify({ level: 'error', time: 8_000, msg: 'daemon.reloaded', success: false }),
    ];
    assert.deepEqual(
      recentFaults(lines, 5_000).map(({ message, time }) => [message, time]),
      [
        ['first', '1970-01-01T00:00:05.000Z'],
        ['second', '1970-01-01T00:00:07.000Z'],
        ['daemon.reloaded failed', '1970-01-01T00:00:08.000Z'],
      ],
    );
  });

  test('has no error of a reload that a later one, or a start, has mended', () => {
    const reload = (level: string, time: number, success: boolean, msg = 'daemon.reloaded') =>
      JSON.stringify({ level, time, success, msg });
    const failed = (time: number) => reload('error', time, false);
    const other = JSON.stringify({ level: 'error', time: 2_000, msg: 'another' });
    const faults = (...lines: readonly string[]) =>
      recentFaults(lines, 0).map(({ message, time }) => `${message} ${Date.parse(time)}`);
    assert.deepEqual(faults(failed(1_000), other, reload('info', 3_000, true)), ['another 2000']);
    assert.deepEqual(faults(failed(1_000), other, reload('info', 3_000, true, 'daemon.started')), ['another 2000']);
    assert.deepEqual(faults(failed(1_000), reload('info', 3_000, true), failed(4_000)), [
      'daemon.reloaded failed 4000',
    ]);
    assert.deepEqual(faults(failed(1_000), reload('info', 3_000, true, 'lease.acquired')), [
      'daemon.reloaded failed 1000',
    ]);
  });
});

describe('the state folder', () => {
  const XDG_STATE_HOME = '/xdg';

  test('is said to be elsewhere than XDG_STATE_HOME says, and how to choose another', () => {
    const said = stateFolderNote({ XDG_STATE_HOME }, '/home/me/.local/state/tenure/0123') ?? '';
    assert.match(said, /state folder is \/home\/me\/\.local\/state\/tenure\/0123: the pointer .*TENURE_STATE_DIR/);
  });

  test('is nothing to speak of where it is as the environment says', () => {
    assert.equal(stateFolderNote({ XDG_STATE_HOME }, '/xdg/tenure/0123'), undefined);
    assert.equal(stateFolderNote({ XDG_STATE_HOME: '/xdg/' }, '/xdg/tenure/0123'), undefined);
    assert.equal(stateFolderNote({ XDG_STATE_HOME, TENURE_STATE_DIR: '/mine' }, '/mine'), undefined);
    assert.equal(stateFolderNote({}, '/anywhere'), undefined);
    assert.equal(stateFolderNote({ XDG_STATE_HOME: 'relative' }, '/anywhere'), undefined);
  });
});

import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  chooseConfig,
  chooseSockets,
  chooseState,
  type Environment,
  folderOwner,
  type PathInputs,
  settleStateDir,
} from '../../src/daemon/paths.js';
import { StartFailure } from '../../src/daemon/start_failure.js';
import { temporaryFolder } from './temporary_folder.js';

const MACHINE = '0123456789abcdef0123456789abcdef';
const OWN_UID = 1_000;
const STANDARD = '/home/me/.local/state/tenure/0123456789ab';

function inputs(environment: Environment, folders: Readonly<Record<string, number>> = {}): PathInputs {
  return { environment, home: '/home/me', machineId: MACHINE, uid: OWN_UID, folderOwner: (path) => folders[path] };
}

function given(path: string) {
  return { path, ownFolder: false };
}

function own(path: string) {
  return { path, ownFolder: true };
}

describe('state folder', () => {
  test('is in the home of the user database, split by machine, whatever HOME says', () => {
    const choice = chooseState(inputs({ HOME: '/elsewhere' }));
    assert.deepEqual(choice, { kind: 'sticky', pointerPath: `${STANDARD}/daemon.json`, proposal: STANDARD });
  });

  test('follows XDG_STATE_HOME, but is found through the pointer in the home', () => {
    const choice = chooseState(inputs({ XDG_STATE_HOME: '/data' }));
    assert.deepEqual(choice, {
      kind: 'sticky',
      pointerPath: `${STANDARD}/daemon.json`,
      proposal: '/data/tenure/0123456789ab',
    });
  });

  test('ignores an XDG_STATE_HOME that is relative, empty, or left behind by sudo', () => {
    for (const environment of [{ XDG_STATE_HOME: 'data' }, { XDG_STATE_HOME: '' }, { XDG_STATE_HOME: '/others' }]) {
      const choice = chooseState(inputs(environment, { '/others': OWN_UID + 1 }));
      assert.equal(choice.kind === 'sticky' && choice.proposal, STANDARD);
    }
  });

  test('TENURE_STATE_DIR comes first, and must be absolute', () => {
    const choice = chooseState(inputs({ TENURE_STATE_DIR: '/srv/t', XDG_STATE_HOME: '/data' }));
    assert.deepEqual(choice, { kind: 'given', stateDir: '/srv/t' });
    assert.throws(() => chooseState(inputs({ TENURE_STATE_DIR: 'here' })), /TENURE_STATE_DIR is "here".*absolute/);
  });

  test('a user without a home is told what to set', () => {
    assert.throws(() => chooseState({ ...inputs({}), home: undefined }), /set TENURE_STATE_DIR/);
  });

  test('the first start decides: any later environment gets its answer', (context) => {
    const folder = temporaryFolder(context);
    const bare = (environment: Environment) =>
      chooseState({ environment, home: folder, machineId: MACHINE, uid: process.getuid?.() ?? 0, folderOwner });
    const login = settleStateDir(bare({ XDG_STATE_HOME: join(folder, 'xdg') }));
    assert.equal(login, join(folder, 'xdg/tenure/0123456789ab'));
    assert.equal(settleStateDir(bare({})), login);
    assert.equal(settleStateDir(bare({ XDG_STATE_HOME: join(folder, 'other') })), login);
    assert.ok(!existsSync(join(folder, 'other')));
  });

  test('a pointer to a folder that is gone, or a torn one, is decided anew', (context) => {
    const folder = temporaryFolder(context);
    const uid = process.getuid?.() ?? 0;
    const choice = (environment: Environment) =>
      chooseState({ environment, home: folder, machineId: MACHINE, uid, folderOwner });
    const first = settleStateDir(choice({ XDG_STATE_HOME: join(folder, 'xdg') }));
    rmSync(first, { recursive: true });
    const second = settleStateDir(choice({}));
    const pointer = join(folder, '.local/state/tenure/0123456789ab/daemon.json');
    assert.equal(second, join(folder, '.local/state/tenure/0123456789ab'));
    assert.deepEqual(JSON.parse(readFileSync(pointer, 'utf8')), { stateDir: second });
    writeFileSync(pointer, '{"stateDir": "/tm');
    assert.equal(settleStateDir(choice({})), second);
  });

  test('a home that cannot be written is named', (context) => {
    const folder = temporaryFolder(context);
    writeFileSync(join(folder, '.local'), 'a file');
    const choice = chooseState({ ...inputs({}), home: folder });
    assert.throws(
      () => settleStateDir(choice),
      (error: unknown) =>
        error instanceof StartFailure && error.exitCode === 73 && /TENURE_STATE_DIR/.test(error.message),
    );
  });
});

describe('socket', () => {
  test('is in the runtime folder where there is one, and in the state folder when that vanishes', () => {
    const places = chooseSockets(inputs({ XDG_RUNTIME_DIR: '/run/me' }, { '/run/me': OWN_UID }), '/state', undefined);
    assert.deepEqual(places, [own('/run/me/tenure/tenure.sock'), own('/state/tenure.sock')]);
  });

  test('is in the state folder where the runtime folder is missing or another user’s', () => {
    for (const folders of [{}, { '/run/me': OWN_UID + 1 }]) {
      const places = chooseSockets(inputs({ XDG_RUNTIME_DIR: '/run/me' }, folders), '/state', undefined);
      assert.deepEqual(places, [own('/state/tenure.sock')]);
    }
  });

  test('a state folder of one’s own keeps its socket to itself', () => {
    const environment = { TENURE_STATE_DIR: '/state', XDG_RUNTIME_DIR: '/run/me' };
    const places = chooseSockets(inputs(environment, { '/run/me': OWN_UID }), '/state', undefined);
    assert.deepEqual(places, [own('/state/tenure.sock')]);
  });

  test('TENURE_SOCKET comes before the configuration, and that before all else', () => {
    const environment = { TENURE_STATE_DIR: '/state', TENURE_SOCKET: '/a.sock' };
    assert.deepEqual(chooseSockets(inputs(environment), '/state', '/b.sock'), [given('/a.sock')]);
    assert.deepEqual(chooseSockets(inputs({}), '/state', '/b.sock'), [given('/b.sock')]);
  });
});

describe('configuration file', () => {
  test('is where TENURE_CONFIG, else XDG_CONFIG_HOME, else the home says', () => {
    const environment = { TENURE_CONFIG: '/c.yaml', XDG_CONFIG_HOME: '/xdg' };
    assert.deepEqual(chooseConfig(inputs(environment)), { path: '/c.yaml', explicit: true });
    const xdg = chooseConfig(inputs({ XDG_CONFIG_HOME: '/xdg' }));
    assert.deepEqual(xdg, { path: '/xdg/tenure/config.yaml', explicit: false });
    assert.deepEqual(chooseConfig(inputs({})), { path: '/home/me/.config/tenure/config.yaml', explicit: false });
  });
});

test('no environment makes a relative place', () => {
  const text = fc.oneof(fc.string(), fc.constantFrom('/abs', 'rel', '', '/'));
  const environment = fc.record({ XDG_STATE_HOME: text, XDG_CONFIG_HOME: text, XDG_RUNTIME_DIR: text, HOME: text });
  fc.assert(
    fc.property(environment, (variables) => {
      const given = inputs(variables, { [variables.XDG_RUNTIME_DIR]: OWN_UID });
      const choice = chooseState(given);
      assert.ok(choice.kind === 'sticky' && choice.proposal.startsWith('/'));
      assert.ok(chooseSockets(given, choice.proposal, undefined).every(({ path }) => path.startsWith('/')));
      assert.ok(chooseConfig(given).path?.startsWith('/'));
    }),
  );
});

test('a folder that cannot be looked into has no owner', (context) => {
  const folder = temporaryFolder(context);
  writeFileSync(join(folder, 'file'), '');
  mkdirSync(join(folder, 'sub'));
  assert.equal(folderOwner(join(folder, 'sub')), process.getuid?.());
  assert.equal(folderOwner(join(folder, 'file')), undefined);
  assert.equal(folderOwner(join(folder, 'file/below')), undefined);
  assert.equal(folderOwner(join(folder, 'missing')), undefined);
});

import assert from 'node:assert/strict';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { SessionFolders } from '../../../src/session/launched/session_folders.js';
import { temporaryFolder } from '../../daemon/temporary_folder.js';
import { launchRecord } from './launch_records.js';

/** The files of another user, whom a test that root runs can't be hindered by. */
class HinderedFolders extends SessionFolders {
  override remove(): Promise<void> {
    return Promise.reject(new Error('EACCES: permission denied'));
  }
}

test('what is left of a launch and cannot be removed keeps no other session from being taken up', async (t) => {
  const root = temporaryFolder(t);
  const folders = new HinderedFolders(root);
  const record = launchRecord();
  folders.make(record.sessionId);
  folders.write(record);
  const left = join(root, 'saaaaaaaaaaaa');
  mkdirSync(left);
  const found = await folders.readAll();
  assert.deepEqual(
    found.records.map(({ sessionId }) => sessionId),
    [record.sessionId],
  );
  assert.deepEqual(found.unreadable, [{ folder: left, fault: 'it cannot be removed: EACCES: permission denied' }]);
});

test('a folder goes, though what is just ending makes a file there meanwhile', async (t) => {
  const folders = new SessionFolders(temporaryFolder(t));
  const { sessionId } = launchRecord();
  const folder = folders.make(sessionId);
  const first = join(folder, '0');
  writeFileSync(first, '');
  const removed = folders.remove(sessionId);
  // The last one comes after the folder was read, and before it can go.
  for (let count = 1; existsSync(first); count += 1) {
    await turn();
    writeFileSync(join(folder, String(count)), '');
  }
  await removed;
  assert.equal(existsSync(folder), false);
});

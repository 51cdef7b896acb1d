import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { SessionFolders } from '../../src/session/session_folders.js';
import { temporaryFolder } from '../daemon/temporary_folder.js';
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

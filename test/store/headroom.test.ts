import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { DATA_FILE } from '../../src/store/contents.js';
import { Headroom } from '../../src/store/headroom.js';
import { EmbeddedHome } from './embedded_home.js';

const MEGABYTE = 1 << 20;
const SMALL = { writes: 2, smallBytes: 800, largePages: 0 };

test('where every write needs new room, little of it is kept for what adds no record, and the last is kept free', async (t) => {
  const home = new EmbeddedHome(t);
  await (await home.open()).close();
  let spare = 0;
  const headroom = new Headroom(join(home.stateDir, 'durable', DATA_FILE), () => spare);
  t.after(() => headroom.close());
  const grants = (megabytes: number): string[] => {
    spare = megabytes * MEGABYTE;
    return [true, false].map((adds) => headroom.grant(SMALL, () => adds));
  };
  assert.deepEqual(grants(3), ['none', 'none']);
  assert.deepEqual(grants(8), ['none', 'reserve']);
  assert.deepEqual(grants(17), ['free', 'free']);
  assert.equal(headroom.hasRoom(), false);
  spare = 40 * MEGABYTE;
  assert.equal(headroom.hasRoom(), true);
});

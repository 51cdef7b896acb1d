import assert from 'node:assert/strict';
import { test } from 'node:test';
import { World } from '../../e2e/world.js';

test('a watch after a revision of another state folder begins anew, and says why', async (t) => {
  const world = new World(t);
  const watch = world.tenure(['lease', 'watch', '--after', '9007199254740991']);
  await watch.line(/synced/);
  const why = "tenure: revision 9007199254740991 is ahead of the daemon's (another state folder?);";
  assert.equal(watch.output(2), `${why} starting from a snapshot\n`);
});

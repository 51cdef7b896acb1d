import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { World } from '../../e2e/world.js';

// In two parts, so that no scanner takes this file for a leak.
const TOKEN = ['ghp', 'b1946ac92492d2347c6235b4d2611184aaaa'].join('_');

test('says where, what and how it begins, sums up, and ends with 1', async (t) => {
  const world = new World(t, { env: { TENURE_AUTOSTART: '0' } });
  writeFileSync(join(world.folder, 'a.sh'), `#!/bin/sh\nexport X=${TOKEN}\n`);
  writeFileSync(join(world.folder, '-b.sh'), `${TOKEN} ${TOKEN} # tenure:ignore\n`);
  const found = await world.run(['secret', 'scan']);
  assert.equal(found.code, 1);
  assert.match(found.stdout, /^a\.sh:2 {2}github-token {2}ghp_…\n1 credential in 1 file of \d files\n$/);
  assert.equal(found.stdout.includes(TOKEN), false);
  const json = await world.run(['secret', 'scan', 'a.sh', '--json']);
  assert.deepEqual(JSON.parse(json.stdout), {
    findings: [{ path: 'a.sh', line: 2, kind: 'github-token', start: 'ghp_' }],
    files: 1,
    skipped: { binary: 0, large: 0, link: 0, unreadable: 0 },
  });
  const clean = await world.run(['secret', 'scan', '--', '-b.sh']);
  assert.equal(clean.code, 0);
  assert.equal(clean.stdout, 'nothing found in 1 file\n');
  assert.equal((await world.run(['secret', 'scan', 'absent'])).code, 66);
});

test('bears more credentials in a file than a call has arguments, and in a line than anybody reads', async (t) => {
  const world = new World(t, { env: { TENURE_AUTOSTART: '0' } });
  const key = ['AKIA', 'QWERTYUIOPASDFGH'].join('');
  writeFileSync(join(world.folder, 'lines'), `${key}\n`.repeat(200_000));
  writeFileSync(join(world.folder, 'line'), `${key} `.repeat(200_000));
  const { code, stdout } = await world.run(['secret', 'scan', 'lines', 'line', '--json']);
  assert.equal(code, 1);
  assert.equal(JSON.parse(stdout).findings.length, 200_100);
});

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { CLIENT_VERSION, understandEachOther } from '@tenure/client';

test('versions of one major number understand each other', () => {
  assert.ok(understandEachOther('1.2.3', '1.99.0-rc.1'));
  assert.ok(understandEachOther('0.1.0', '0.2.0'));
  assert.ok(!understandEachOther('1.9.9', '2.0.0'));
  assert.ok(!understandEachOther('12.0.0', '1.0.0'));
  assert.ok(understandEachOther('1.0.0', 'unknown'), 'a version that says nothing is no reason to complain');
});

test('all versions come from the one in package.json', () => {
  const manifest = (...path: string[]) =>
    JSON.parse(readFileSync(join(import.meta.dirname, '..', '..', ...path), 'utf8'));
  const { version, dependencies } = manifest('package.json');
  assert.equal(manifest('clients', 'typescript', 'package.json').version, version);
  assert.equal(dependencies['@tenure/client'], version);
  assert.equal(CLIENT_VERSION, version, 'run `npm run generate`');
});

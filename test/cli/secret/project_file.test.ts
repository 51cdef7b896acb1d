import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { Failure } from '../../../src/cli/failure.js';
import { readProject } from '../../../src/cli/secret/project_file.js';
import { removeFolder } from '../../removed_folder.js';

function folderWith(t: { after(end: () => Promise<void>): void }, contents: unknown): string {
  const folder = mkdtempSync(join(tmpdir(), 'tnr-'));
  t.after(() => removeFolder(folder));
  const text = typeof contents === 'string' ? contents : JSON.stringify(contents);
  writeFileSync(join(folder, '.secrets.json'), text);
  return folder;
}

function failureOf(read: () => unknown): Failure {
  try {
    read();
  } catch (error) {
    assert.ok(error instanceof Failure, String(error));
    return error;
  }
  assert.fail('it was accepted');
}

const MINIMAL = { secrets: [{ name: 'a', env_var: 'A' }] };

describe('the project file', () => {
  test('is found from a folder below, and its paths are its own folder’s', (t) => {
    const folder = folderWith(t, {
      secrets: [
        { name: 'team/token', env_var: 'TOKEN', ttl: '90s' },
        { name: 'b', env_var: '_B2', ttl: 5 },
        { name: 'c', env_var: 'C' },
      ],
      ttl: '1h30m',
      client_id: 'shop',
      env_file: 'config/.env',
    });
    const below = join(folder, 'x/y');
    mkdirSync(below, { recursive: true });
    assert.deepEqual(readProject(undefined, below), {
      path: join(folder, '.secrets.json'),
      secrets: [
        { name: 'team/token', envVar: 'TOKEN', ttlMs: 90_000 },
        { name: 'b', envVar: '_B2', ttlMs: 5_000 },
        { name: 'c', envVar: 'C', ttlMs: 5_400_000 },
      ],
      clientId: 'shop',
      envFile: join(folder, 'config/.env'),
    });
  });

  test('the nearest one counts, a folder of that name does not, and a named one comes first', (t) => {
    const folder = folderWith(t, MINIMAL);
    const inner = join(folder, 'inner');
    mkdirSync(join(inner, '.secrets.json'), { recursive: true });
    assert.equal(readProject(undefined, inner).envFile, join(folder, '.env'));
    writeFileSync(join(inner, 'other.json'), JSON.stringify({ secrets: [{ name: 'o', env_var: 'O' }] }));
    assert.equal(readProject('other.json', inner).secrets[0]?.name, 'o');
  });

  test('all faults are told at once, each with its key, and end with 78', (t) => {
    const folder = folderWith(t, {
      secrets: [
        { name: 'a//b', env_var: '1A', ttl: 'soon' },
        { name: 7, env_var: 'X', value: 'v' },
        { env_var: 'X' },
        { name: 'd', env_var: 'TENURE_LEASES', ttl: 0 },
        'e',
      ],
      clientid: 'c',
      client_id: '',
      ttl: -1,
      env_file: 3,
    });
    const { message, exitCode } = failureOf(() => readProject(undefined, folder));
    assert.equal(exitCode, 78);
    const keys = message
      .split('\n')
      .slice(1)
      .map((line) => line.trim().split(' ')[0]);
    assert.deepEqual(keys.sort(), [
      'client_id',
      'clientid',
      'env_file',
      'secrets[0].env_var',
      'secrets[0].name',
      'secrets[0].ttl',
      'secrets[1].name',
      'secrets[1].value',
      'secrets[2].env_var',
      'secrets[2].name',
      'secrets[3].env_var',
      'secrets[3].ttl',
      'secrets[4]',
      'ttl',
    ]);
    assert.match(message, /has 14 faults/);
    assert.match(message, /secrets\[2\]\.name is missing/);
    assert.match(message, /secrets\[2\]\.env_var is X, as secrets\[1\]\.env_var is/);
  });

  test('an empty list, a list, and no JSON are refused; a part of the text is never shown', (t) => {
    assert.match(failureOf(() => readProject(undefined, folderWith(t, { secrets: [] }))).message, /secrets is empty/);
    assert.match(failureOf(() => readProject(undefined, folderWith(t, '[]'))).message, /the file must be an object/);
    const { message, exitCode } = failureOf(() => readProject(undefined, folderWith(t, '{"secrets":\n [hunter2]}')));
    assert.equal(exitCode, 78);
    assert.match(message, /is no JSON/);
    assert.doesNotMatch(message, /hunter/);
    assert.match(
      failureOf(() => readProject(undefined, folderWith(t, '{"a": 1,\n "b" 2}'))).message,
      /line 2, column 6/,
    );
  });

  test('without one the folder is named, and the code says that an input is missing', (t) => {
    const folder = folderWith(t, MINIMAL);
    rmSync(join(folder, '.secrets.json'));
    const none = failureOf(() => readProject(undefined, folder));
    assert.equal(none.exitCode, 66);
    assert.ok(none.message.includes(folder));
    assert.equal(failureOf(() => readProject('absent.json', folder)).exitCode, 66);
  });
});

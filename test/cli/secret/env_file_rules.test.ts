import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseEnv } from 'node:util';
import { envFileText, isMarker, markerLine, quote } from '../../../src/cli/secret/env_file_rules.js';
import { removeFolder } from '../../removed_folder.js';

const VALUES = [
  'ghp_plain0123',
  'base64+/==',
  '=leading',
  '~/home',
  'two words',
  ' blanks around ',
  '-----BEGIN X-----\nabc\n-----END X-----\n',
  '\n',
  "it's",
  "it's # here\nand there",
  '"quoted"',
  '$HOME \u0024{HOME} $(id) `id`',
  'back\\slash \\n \\',
  '{"json":"-----BEGIN\\nabc\\n"}',
  '# no comment',
  'a#b',
  '!history!',
  '*?[a]{b,c}&|;<>()',
  '\u0001\u001b[31m\u007f',
  'é✓😀Á\u0081\u2028',
  '\uFEFFmark',
];

test('sh, bash and Node read the same from an env file', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'tnr-'));
  t.after(() => removeFolder(folder));
  const path = join(folder, '.env');
  const marker = markerLine('0123');
  const made = envFileText(
    marker,
    VALUES.map((value, index) => ({ envVar: `V${index}`, name: 's', value })),
  );
  assert.ok('text' in made);
  assert.ok(made.text.startsWith(`${marker}\n`) && isMarker(marker));
  writeFileSync(path, made.text);
  const expected = Object.fromEntries(VALUES.map((value, index) => [`V${index}`, value]));
  assert.deepEqual({ ...parseEnv(made.text) }, expected);

  const print = `process.stdout.write(JSON.stringify(Object.fromEntries(Object.entries(process.env).filter(([k]) => /^V\\d/.test(k)))))`;
  const script = `set -a; . '${path}'; exec "$0" -e "$1"`;
  for (const shell of ['sh', 'bash']) {
    for (const locale of ['C', 'C.UTF-8']) {
      const env = { PATH: process.env['PATH'], LC_ALL: locale };
      const read: unknown = JSON.parse(
        execFileSync(shell, ['-c', script, process.execPath, print], { env, encoding: 'utf8' }),
      );
      assert.deepEqual(read, expected, `${shell} in ${locale}`);
    }
  }
  const load = `process.loadEnvFile(${JSON.stringify(path)}); ${print}`;
  const loaded: unknown = JSON.parse(execFileSync(process.execPath, ['-e', load], { env: {}, encoding: 'utf8' }));
  assert.deepEqual(loaded, expected);
});

test('a value that no quoting serves is refused by its secret’s name', () => {
  for (const value of ['a\rb', 'a\0b', `it's "both"`, "it's $HOME", "it's `id`", "it's \\"]) {
    assert.equal(quote(value), undefined, JSON.stringify(value));
  }
  const variables = [
    { envVar: 'A', name: 'good', value: 'x' },
    { envVar: 'B', name: 'bad', value: `'"` },
  ];
  const made = envFileText('#', variables);
  assert.ok('unwritable' in made);
  assert.deepEqual(
    made.unwritable.map(({ name }) => name),
    ['bad'],
  );
});

test('a value without a special character stands without quotes, as docker --env-file wants it', () => {
  assert.equal(quote('sk-ant-api03_abc/+=='), 'sk-ant-api03_abc/+==');
});

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import { isLikelySecret } from '../../../src/cli/secret/likely_secret_rules.js';
import { findCredentials, styleOf } from '../../../src/cli/secret/scan_rules.js';

/** Random-looking characters, the same each time; put together here, so that no scanner takes this file for a leak. */
function noise(length: number, alphabet = 'A-Za-z0-9'): string {
  let text = '';
  for (let round = 0; text.length < length; round += 1) {
    const digest = createHash('sha512').update(`noise ${round}`).digest('base64');
    text += digest.replace(new RegExp(`[^${alphabet}]`, 'g'), '');
  }
  return text.slice(0, length);
}

const SAMPLES: readonly (readonly [kind: string, value: string])[] = [
  ['private-key', ['-----BEGIN', 'OPENSSH', 'PRIVATE', 'KEY-----'].join(' ')],
  ['private-key', ['-----BEGIN', 'PRIVATE', 'KEY-----'].join(' ')],
  ['private-key', ['-----BEGIN', 'PGP', 'PRIVATE', 'KEY', 'BLOCK-----'].join(' ')],
  ['aws-access-key-id', `AKIA${noise(16, 'A-Z')}`],
  ['github-token', `ghp_${noise(36)}`],
  ['github-token', `github_pat_${noise(22)}_${noise(59)}`],
  ['gitlab-token', `glpat-${noise(20)}`],
  ['slack-token', `xoxb-${noise(12, '0-9')}-${noise(24)}`],
  ['slack-webhook', `https://hooks.slack.com/services/T${noise(8)}/B${noise(8)}/${noise(24)}`],
  ['stripe-key', `sk_live_${noise(24)}`],
  ['stripe-key', `whsec_${noise(32)}`],
  ['anthropic-key', `sk-ant-api03-${noise(93)}`],
  ['openai-key', `sk-proj-${noise(48)}`],
  ['openai-key', `sk-${noise(48)}`],
  ['google-api-key', `AIza${noise(35)}`],
  ['google-oauth-secret', `GOCSPX-${noise(28)}`],
  ['npm-token', `npm_${noise(36)}`],
  ['jwt', `eyJ${noise(20)}.eyJ${noise(40)}.${noise(43)}`],
  ['age-identity', `AGE-SECRET-KEY-1${noise(58, '02-9AC-HJ-NP-Z')}`],
  ['tenure-token', `tno_${noise(43)}`],
];

describe('credentials by their shape', () => {
  for (const [kind, value] of SAMPLES) {
    test(`${kind} ${value.slice(0, 12)}…`, () => {
      for (const line of [
        value,
        `x = "${value}";`,
        `curl -H 'Authorization: Bearer ${value}'`,
        `\tTOKEN=${value} # why`,
      ]) {
        assert.deepEqual(
          findCredentials(line, 'settings'),
          [{ kind, name: undefined, start: value.slice(0, 4) }],
          line,
        );
      }
      assert.deepEqual(findCredentials(`${value} # tenure:ignore`, 'settings'), []);
    });
  }

  test('several in a line, from left to right, each once', () => {
    const line = `a=ghp_${noise(36)} url=postgres://app:${noise(16)}@db/x key=AIza${noise(35)}`;
    assert.deepEqual(
      findCredentials(line, 'settings').map(({ kind }) => kind),
      ['github-token', 'url-password', 'google-api-key'],
    );
  });
});

describe('values that look random, given to telling names', () => {
  const random = noise(24);

  test('in settings with and without quotes, in programs with quotes alone', () => {
    const lines = [
      `DB_PASSWORD=${random}`,
      `export API_KEY="${random}"`,
      `  client-secret: ${random}`,
      `"apiKey": "${random}",`,
      `auth.accessToken = '${random}'`,
      `headers['x-api-key'] = '${random}'`,
    ];
    for (const line of lines) {
      const found = findCredentials(line, 'settings');
      assert.equal(found.length, 1, line);
      assert.equal(found[0]?.kind, 'assigned-value');
      assert.equal(found[0]?.start, random.slice(0, 4));
    }
    for (const line of [
      `const password = "${random}";`,
      `const token: string = '${random}'`,
      `secret := \`${random}\``,
    ]) {
      assert.equal(findCredentials(line, 'program').length, 1, line);
    }
    assert.deepEqual(findCredentials(`token = ${random}`, 'program'), []);
  });

  test('names that say nothing, references, samples and words are left alone', () => {
    const innocent = [
      `checksum=${random}`,
      `tokenCount = "${random}"`,
      'PASSWORD=',
      'PASSWORD=changeme-please-1234',
      'API_KEY=<your-key-1234567890>',
      'API_KEY=\u0024{API_KEY_FROM_VAULT_2}',
      'TOKEN=$(tenure secret lease npm-token)',
      'token: {{ .Values.token123456 }}',
      'secret: vault:team/github-token-2',
      'password: op://dev/db/password1',
      'tls_secret: app-production-tls-secret-v2',
      'password: process.env.DB_PASSWORD_2',
      'secret: /run/secrets/db-password-1',
      'token: mySpecialTokenName',
      'password = "Enter the password 2 times"',
      'access_key: 12345678',
      'credentials=include-same-origin',
    ];
    for (const line of innocent) assert.deepEqual(findCredentials(line, 'settings'), [], line);
  });

  test('a short password counts where it mixes enough', () => {
    assert.equal(isLikelySecret('Tr0ub4dor&3'), true);
    assert.equal(isLikelySecret('password1'), false);
    assert.equal(isLikelySecret('aaaaaaaaaaaa1'), false);
    assert.equal(isLikelySecret(noise(32, 'a-z')), true);
    assert.equal(isLikelySecret('2024-01-31'), false);
  });
});

test('a file’s name tells settings from programs', () => {
  for (const path of [
    '.env',
    'a/.env.local',
    'x.yaml',
    'b.yml',
    'Cargo.toml',
    '.npmrc',
    'app.config',
    'home/.aws/credentials',
  ]) {
    assert.equal(styleOf(path), 'settings', path);
  }
  for (const path of ['a.ts', 'main.go', 'environment.py', 'README.md']) assert.equal(styleOf(path), 'program', path);
});

test('megabytes in one line take no more than moments', () => {
  const fillers = [
    'a',
    'eyJ',
    'token="',
    "token=' ",
    '://a:',
    'a.b-',
    '-----BEGIN A ',
    'x: ',
    'a:a=',
    'sk-ant-api03-',
    'AGE-SECRET-KEY-1',
  ];
  const started = performance.now();
  for (const filler of fillers) findCredentials(filler.repeat(Math.ceil(300_000 / filler.length)), 'settings');
  const took = performance.now() - started;
  assert.ok(took < 10_000, `${took} ms`);
});

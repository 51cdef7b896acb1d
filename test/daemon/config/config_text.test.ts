import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { DEFAULT_CONFIG } from '../../../src/daemon/config/config.js';
import { ConfigInvalid } from '../../../src/daemon/config/config_faults.js';
import { loadConfig } from '../../../src/daemon/config/config_file.js';
import { patternFault } from '../../../src/daemon/config/config_lease_keys.js';
import { configReference } from '../../../src/daemon/config/config_schema.js';
import { parseConfig } from '../../../src/daemon/config/config_text.js';
import type { UserDatabase } from '../../../src/daemon/user_database.js';
import { temporaryFolder } from '../temporary_folder.js';

const users: UserDatabase = {
  uidOf: async (name) => new Map([['alice', 1_001]]).get(name),
  gidOf: async (name) => new Map([['staff', 50]]).get(name),
};

async function faultsOf(text: string): Promise<string[]> {
  const parsed = await parseConfig(text, users);
  assert.equal(parsed.kind, 'faults');
  return parsed.kind === 'faults' ? parsed.faults.map(({ line, message }) => `${line}: ${message}`).toSorted() : [];
}

async function configOf(text: string) {
  const parsed = await parseConfig(text, users);
  assert.equal(parsed.kind, 'config', JSON.stringify(parsed));
  return parsed.kind === 'config' ? parsed.config : DEFAULT_CONFIG;
}

describe('a wrong configuration', () => {
  test('has all its faults told at once, each with its line and a hint', async () => {
    const text = `# daemon
logging:
  level: warning
leases:
  defualtTtl: 60s
  maxTtl: 5 minutes
  policies:
    - pattern: gpu
      capacity: 0
peers:
  - user: mallory
    role: client
`;
    assert.deepEqual(await faultsOf(text), [
      '11: peers[0].user is "mallory", whom this machine does not know',
      '3: logging.level is "warning", expected one of debug, info, warn, error; did you mean warn?',
      '5: leases.defualtTtl is unknown; did you mean defaultTtl?',
      '6: leases.maxTtl is "5 minutes", expected a duration such as 90s, 5m, 24h, 1d, or a number of seconds',
      '9: leases.policies[0].capacity is 0, expected at least 1',
    ]);
  });

  test('finds what no single key shows', async () => {
    const text = `leases:
  defaultTtl: 2h
  maxTtl: 1h
  policies:
    - pattern: a/*
    - pattern: a/*
peers:
  - uid: 5
    gid: 6
    role: viewer
  - role: viewer
`;
    assert.deepEqual(await faultsOf(text), [
      '11: peers[1] has 0 of uid, user, gid and group; expected exactly one',
      '2: leases.defaultTtl is longer than maxTtl beside it; expected at most that',
      '6: leases.policies[1].pattern is the pattern of policies[0] too, which comes first and decides; keep one of them',
      '8: peers[0] has 2 of uid, user, gid and group; expected exactly one',
    ]);
  });

  test('a heartbeat without an address or without an action is no guard', async () => {
    assert.deepEqual(await faultsOf('secrets:\n  heartbeat:\n    revokeAll: false\n'), [
      '2: secrets.heartbeat.url is missing',
      '3: secrets.heartbeat sets none of revokeAll, rotateAll and wipeVault to true; expected at least one',
    ]);
    assert.deepEqual(await faultsOf('secrets: {heartbeat: {url: "https://a", wipeVault: yes please}}\n'), [
      '1: secrets.heartbeat.wipeVault is "yes please", expected true or false',
    ]);
  });

  test('what may hold credentials is not shown', async () => {
    for (const url of [
      'ftp://joe:hunter2@a/',
      'http:joe:hunter2@a/',
      'joe:hunter2@a/ping',
      'a/ping?key=hunter2',
      '[hunter2]',
    ]) {
      const faults = await faultsOf(`secrets: {heartbeat: {revokeAll: true, url: ${JSON.stringify(url)}}}`);
      assert.match(faults.join(), /^1: secrets.heartbeat.url is no URL such as https:/, url);
      assert.doesNotMatch(faults.join(), /hunter2/);
    }
    for (const misplaced of [
      'heartbeat: https://a/?key=hunter2',
      'heartbeat: joe:hunter2@a',
      'envFile: ssh://hunter2',
    ]) {
      const faults = await faultsOf(`secrets:\n  ${misplaced}\n`);
      assert.match(faults.join(), /^2: secrets\.\w+ is a text that is not shown/, misplaced);
      assert.doesNotMatch(faults.join(), /hunter2/);
    }
  });

  test('broken syntax is told with its line, and so are the faults before it', async () => {
    const faults = await faultsOf('sockt: /a\nleases:\n\tdefaultTtl: 5\n');
    assert.ok(faults.includes('1: sockt is unknown; did you mean socket?'), faults.join('\n'));
    assert.ok(
      faults.some((fault) => fault.startsWith('3: not YAML: Tabs')),
      faults.join('\n'),
    );
  });

  test('a key given twice is a fault, not the last one’s victory', async () => {
    const faults = await faultsOf('socket: /a\nsocket: /b\n');
    assert.deepEqual(faults, ['2: socket stands there already, in the same group of keys']);
  });

  test('a file that is no group of keys, or the keys of another program, is refused', async () => {
    const [fault = ''] = await faultsOf('- a\n');
    assert.match(fault, /^1: is a list, expected a group of keys: logging, socket, /);
    assert.deepEqual(await faultsOf('server: 1\n'), [
      '1: server is unknown; known here: logging, socket, peers, leases, secrets, sessions, agents, tasks, audit, events, telemetry, metrics',
    ]);
  });

  test('a key that takes an address says so, whatever is there instead', async () => {
    assert.deepEqual(await faultsOf('events: {webhook: 5}\nmetrics: {listen: 9464}\n'), [
      '1: events.webhook is 5, expected an http or https URL such as https://example.org/ping',
      '2: metrics.listen is 9464, expected a port of this machine alone such as 127.0.0.1:9464, or the absolute path of a socket; other machines reach it through a proxy that asks who they are',
    ]);
  });

  test('an alias bomb is refused', async () => {
    const bomb = ['a: &a [x, x, x, x, x, x, x, x, x, x]'];
    for (let level = 1; level < 8; level += 1) {
      const [before, name] = [String.fromCharCode(96 + level), String.fromCharCode(97 + level)];
      bomb.push(`${name}: &${name} [${Array(10).fill(`*${before}`).join(', ')}]`);
    }
    const faults = await faultsOf(bomb.join('\n'));
    assert.ok(
      faults.some((fault) => /alias/.test(fault)),
      faults.join('\n'),
    );
  });
});

describe('a right configuration', () => {
  test('an empty file is the default', async () => {
    assert.deepEqual(await configOf(''), DEFAULT_CONFIG);
    assert.deepEqual(await configOf('# nothing yet\n'), DEFAULT_CONFIG);
  });

  test('names become ids, durations milliseconds, and policies keep their order', async () => {
    const config = await configOf(`
leases:
  defaultTtl: 90
  policies:
    - {pattern: gpu/*, capacity: 2, handover: wait, allow: [alice, 7]}
    - {pattern: '**', maxHold: 1h30m}
peers:
  - {group: staff, role: viewer}
  - {user: alice, role: client}
`);
    assert.equal(config.leases.defaultTtlMs, 90_000);
    assert.deepEqual(
      config.leases.policies.map(({ pattern }) => pattern),
      ['gpu/*', '**', 'secret/**'],
    );
    assert.deepEqual(config.leases.policies[0]?.allow, [1_001, 7]);
    assert.equal(config.leases.policies[1]?.maxHoldMs, 5_400_000);
    assert.deepEqual(config.peers, [
      { match: { kind: 'gid', id: 50 }, role: 'viewer' },
      { match: { kind: 'uid', id: 1_001 }, role: 'client' },
    ]);
  });

  test('secrets: an own file of variables, time limits, a heartbeat with its defaults', async () => {
    const { secrets, audit } = await configOf(`
secrets:
  envFile: /home/me/env
  sourceTimeout: 3s
  heartbeat: {url: 'https://joe:hunter2@a/ping?key=1', rotateAll: true, failures: 1}
audit: {maxBytes: 65536, maxAge: 7d, leases: none}
`);
    assert.deepEqual(secrets, {
      envFile: '/home/me/env',
      sourceTimeoutMs: 3_000,
      commandTimeoutMs: 30_000,
      heartbeat: {
        url: 'https://joe:hunter2@a/ping?key=1',
        intervalMs: 60_000,
        timeoutMs: 10_000,
        failures: 1,
        revokeAll: false,
        rotateAll: true,
        wipeVault: false,
      },
    });
    assert.deepEqual(audit, { maxBytes: 65_536, maxAgeMs: 604_800_000, leasesFromMs: Number.POSITIVE_INFINITY });
    assert.equal((await configOf('audit: {leases: all}\n')).audit.leasesFromMs, 0);
  });

  test('no time limit is beyond what a timer can count', async () => {
    const keys = [
      'sourceTimeout: 30d',
      'commandTimeout: 30d',
      'heartbeat: {url: "http://a", revokeAll: true, interval: 30d}',
    ];
    for (const key of keys) {
      assert.match(
        (await faultsOf(`secrets: {${key}}`)).join(),
        /is "30d", expected a duration from 100ms to (1h|60m|24h)$/,
      );
    }
  });

  test('a maximum below the default TTL lowers it, where nobody wrote the default', async () => {
    const { leases } = await configOf('leases: {maxTtl: 30s, policies: [{pattern: a, maxTtl: 10s}]}');
    assert.deepEqual([leases.defaultTtlMs, leases.maxTtlMs], [30_000, 30_000]);
    assert.deepEqual([leases.policies[0]?.defaultTtlMs, leases.policies[0]?.maxTtlMs], [10_000, 10_000]);
  });

  test('secrets keep their own bounds unless a policy of theirs says otherwise', async () => {
    const { leases } = await configOf('leases: {maxTtl: 10m, policies: [{pattern: secret/db, capacity: 1}]}');
    const bounds = leases.policies.map(({ defaultTtlMs, maxTtlMs }) => [defaultTtlMs, maxTtlMs]);
    assert.deepEqual(bounds, [
      [3_600_000, 86_400_000],
      [3_600_000, 86_400_000],
    ]);
  });
});

test('no text at all makes the reader throw', async () => {
  const yaml = fc.oneof(
    fc.string(),
    fc.json(),
    fc
      .array(
        fc.constantFrom(
          'leases:',
          '  policies:',
          '    - pattern: a',
          ' x: &a 1',
          '*a',
          '\t',
          '- ',
          '? {a: b}: c',
          '!!set {a}',
          '<<: 5',
        ),
        { maxLength: 6 },
      )
      .map((lines) => lines.join('\n')),
  );
  await fc.assert(
    fc.asyncProperty(yaml, async (text) => {
      const parsed = await parseConfig(text, users);
      assert.ok(parsed.kind === 'config' || parsed.faults.length > 0);
    }),
    { numRuns: 300 },
  );
});

describe('the file', () => {
  const uid = process.getuid?.() ?? 0;

  test('missing: the defaults, unless somebody named it', async (context) => {
    const path = join(temporaryFolder(context), 'config.yaml');
    assert.deepEqual(await loadConfig({ path, explicit: false }, uid), { config: DEFAULT_CONFIG, path: undefined });
    await assert.rejects(
      loadConfig({ path, explicit: true }, uid),
      /config\.yaml has a fault:\n {2}there is no such file/,
    );
  });

  test('a folder, writable by all, not UTF-8, too large: refused in words', async (context) => {
    const folder = temporaryFolder(context);
    const refused = async (name: string, words: RegExp) => {
      const path = join(folder, name);
      const refusal = (error: unknown): boolean =>
        error instanceof ConfigInvalid && error.exitCode === 78 && words.test(error.message);
      await assert.rejects(loadConfig({ path, explicit: false }, uid), refusal);
    };
    mkdirSync(join(folder, 'dir'));
    await refused('dir', /is not a file/);
    writeFileSync(join(folder, 'open'), '');
    chmodSync(join(folder, 'open'), 0o666);
    await refused('open', /chmod o-w/);
    writeFileSync(join(folder, 'latin'), Buffer.from([0x61, 0xe4]));
    await refused('latin', /not UTF-8/);
    writeFileSync(join(folder, 'large'), `# ${'x'.repeat(1024 * 1024)}`);
    await refused('large', /bytes; expected at most/);
  });
});

describe('the reference for the documentation', () => {
  test('has words, a type and a place for every key', () => {
    const reference = configReference();
    assert.ok(reference.length >= 20);
    for (const { key, type, text } of reference) assert.ok(type !== '' && text.endsWith('.'), key);
  });

  test('its defaults are those of the code', async () => {
    const defaults = new Map(configReference().map((entry) => [entry.key, entry.default]));
    const group = (name: string, keys: readonly string[]) =>
      `${name}: {${keys.map((key) => `${key}: ${defaults.get(`${name}.${key}`)}`).join(', ')}}\n`;
    const text = [
      group('leases', ['defaultTtl', 'maxTtl', 'terminateGrace']),
      group('secrets', ['sourceTimeout', 'commandTimeout']),
      group('audit', ['maxBytes', 'maxAge', 'leases']),
    ];
    assert.deepEqual(await configOf(text.join('')), DEFAULT_CONFIG);
    const heartbeat = ['interval', 'timeout', 'failures', 'rotateAll', 'wipeVault']
      .map((key) => `${key}: ${defaults.get(`secrets.heartbeat.${key}`)}`)
      .join(', ');
    const short = await configOf('secrets: {heartbeat: {url: http://a, revokeAll: true}}');
    assert.deepEqual(await configOf(`secrets: {heartbeat: {url: http://a, revokeAll: true, ${heartbeat}}}`), short);
  });
});

test('patterns: a star is a whole segment, two stars end it', () => {
  for (const good of ['a', 'a/*', '*', '**', 'a/*/b/**']) assert.equal(patternFault(good), undefined, good);
  for (const bad of ['', '/a', 'a/', 'a//b', 'a*', '**/a', 'a/b**', 'x'.repeat(1_025)]) {
    assert.notEqual(patternFault(bad), undefined, bad);
  }
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { Config } from '../../../src/daemon/config/config.js';
import { parseConfig } from '../../../src/daemon/config/config_text.js';
import { policyTable } from '../../../src/daemon/lease_policies.js';
import type { UserDatabase } from '../../../src/daemon/user_database.js';
import { repoFault } from '../../../src/session/configured_agents/repo_rules.js';

const users: UserDatabase = { uidOf: async () => undefined, gidOf: async () => undefined };

async function faultsOf(text: string): Promise<string[]> {
  const parsed = await parseConfig(text, users);
  if (parsed.kind === 'config') return [];
  return parsed.faults
    .toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0))
    .map(({ line, message }) => `${line}: ${message}`);
}

async function configOf(text: string): Promise<Config> {
  const parsed = await parseConfig(text, users);
  assert.ok(parsed.kind === 'config', JSON.stringify(parsed));
  return parsed.config;
}

describe('wrong agents', () => {
  test('have all their faults told at once, each with its line and a hint', async () => {
    const text = `agents:
  Night Shift:
    image: localhost/agent
    command: work
  codex:
    image: localhost/agent
    command: [work]
    comand: [work]
  nightly:
    image: --privileged
    command: []
    schedule:
      cron: 0 25 * * *
      timezone: Mars/Olympus
      overlap: skipp
    mounts:
      - source: data
        target: /data
      - source: /srv
        target: /data/in
        readonly: true
      - source: /srv
        target: /run
    credentials:
      API-KEY: env:KEY
      TENURE_X: env:KEY
      OTHER:
        source: envv:KEY
        as: variable
        form: file
    repoToken: hunter2
    limits:
      memory: 2 gigs
      cpus: 0
    network: container:other
    concurrency: 0
`;
    assert.deepEqual(await faultsOf(text), [
      "2: agents.'Night Shift' is no name; expected a-z, 0-9, _ and -, at most 32, that begins with a letter",
      '4: agents.\'Night Shift\'.command is "work", expected a list',
      '5: agents.codex is the name of an adapter; take another',
      '8: agents.codex.comand is unknown; did you mean command?',
      '10: agents.nightly.image is "--privileged", expected the name of an image',
      '11: agents.nightly.command is empty, expected at least one entry',
      '12: agents.nightly.schedule needs a repo beside it, on which the agent works',
      '13: agents.nightly.schedule.cron is "0 25 * * *", expected five fields such as \'30 3 * * 1-5\': minute, hour, day, month, day of the week',
      '14: agents.nightly.schedule.timezone is "Mars/Olympus", expected a time zone such as Europe/Berlin',
      '15: agents.nightly.schedule.overlap is "skipp", expected one of skip, queue, allow; did you mean skip?',
      '17: agents.nightly.mounts[0].source is "data", expected an absolute path',
      '20: agents.nightly.mounts[1].target is, or is below or above, that of mounts[0]',
      '21: agents.nightly.mounts[1].readonly is unknown; did you mean readOnly?',
      '23: agents.nightly.mounts[2].target is "/run", expected a place apart from /run/secrets, which is the container\'s own',
      '25: agents.nightly.credentials.API-KEY is no name of a variable; expected letters, digits and underscores, no digit first',
      "26: agents.nightly.credentials.TENURE_X begins with TENURE_, which is the daemon's own",
      '28: agents.nightly.credentials.OTHER.source is of no known kind; give one of env:NAME, file:PATH, file:PATH#KEY, exec:COMMAND or vault:NAME',
      '29: agents.nightly.credentials.OTHER.as is neither file nor environment',
      '30: agents.nightly.credentials.OTHER.form is unknown; known here: source, as',
      '31: agents.nightly.repoToken is of no known kind; give one of env:NAME, file:PATH, file:PATH#KEY, exec:COMMAND or vault:NAME',
      '33: agents.nightly.limits.memory is "2 gigs", expected at least 4MiB, as in 512MiB or 2GiB, or a number of bytes',
      '34: agents.nightly.limits.cpus is 0, expected at least 0.01',
      '35: agents.nightly.network is "container:other", expected none, or the name of a network',
      '36: agents.nightly.concurrency is 0, expected at least 1',
    ]);
  });

  test('a name given twice, an agent without keys, agents that are a list: refused', async () => {
    const agent = '{image: a, command: [b]}';
    assert.deepEqual(await faultsOf(`agents:\n  a: ${agent}\n  a: ${agent}\n`), [
      '3: a stands there already, in the same group of keys',
    ]);
    assert.deepEqual(await faultsOf('agents:\n  a:\n'), [
      '2: agents.a is empty, expected a group of keys: image, command, repo, repoToken, schedule, methodology, mounts, credentials, timeout, limits, network, readOnlyRoot, concurrency',
    ]);
    const cron = 'agents:\n  a: {image: i, command: [x], repo: "https://example.org/a.git", schedule: "0 3 * * *"}\n';
    assert.deepEqual(await faultsOf(cron), [
      '2: agents.a.schedule is "0 3 * * *", expected a group of keys: cron, timezone, overlap',
    ]);
    assert.deepEqual(await faultsOf(`agents: [${agent}]\n`), ['1: agents is a list, expected a group of keys']);
  });

  test('an agent must not have the name of an external adapter, whose leases it would share', async () => {
    const text = `sessions: {external: [{name: mine, command: [a]}]}\nagents: {mine: {image: a, command: [b]}}\n`;
    assert.deepEqual(await faultsOf(text), ['2: agents.mine is the name of an adapter; take another']);
  });

  test('an address with credentials is refused, and not repeated', async () => {
    for (const repo of [
      'https://user:hunter2@example.org/a.git',
      'https://hunter2@example.org/a.git',
      'https://example.org/a.git?token=hunter2',
      'ssh://example.org/a.git',
      '/home/me/hunter2',
      'git@example.org:hunter2.git',
      '--upload-pack=hunter2',
      'https://example.org/a b hunter2',
    ]) {
      const [fault, ...others] = await faultsOf(`agents: {a: {image: a, command: [b], repo: "${repo}"}}\n`);
      assert.match(fault ?? '', /^1: agents\.a\.repo (is|has) /);
      assert.doesNotMatch(fault ?? '', /hunter2/);
      assert.deepEqual(others, []);
    }
  });
});

describe('agents', () => {
  test('are complete: what is written, and the defaults of the rest', async () => {
    const { agents } = await configOf(`agents:
  tidy:
    image: localhost/agent:1
    command: [work, --fast]
    repo: https://example.org/site.git
    repoToken: vault:git
    schedule: {cron: '30 3 * * mon-fri', timezone: Europe/Berlin, overlap: queue}
    methodology: /home/me/how
    mounts: [{source: /srv/data, target: /data}, {source: /srv/out, target: /out, readOnly: false}]
    credentials: {API_KEY: 'env:KEY', TOKEN: {source: 'exec:pass show x', as: environment}}
    timeout: 30m
    limits: {memory: 512MiB, cpus: 1.5, pids: 100}
    network: none
    readOnlyRoot: true
    concurrency: 2
  bare: {image: localhost/agent, command: [work]}
`);
    assert.deepEqual(agents, [
      {
        name: 'bare',
        image: 'localhost/agent',
        command: ['work'],
        repo: undefined,
        schedule: undefined,
        methodologyDir: undefined,
        mounts: [],
        credentials: [],
        repoToken: undefined,
        timeoutMs: undefined,
        limits: { memoryBytes: undefined, cpus: undefined, pids: undefined },
        network: undefined,
        readOnlyRoot: false,
        concurrency: undefined,
      },
      {
        name: 'tidy',
        image: 'localhost/agent:1',
        command: ['work', '--fast'],
        repo: 'https://example.org/site.git',
        schedule: { cron: '30 3 * * mon-fri', timezone: 'Europe/Berlin', overlap: 'queue' },
        methodologyDir: '/home/me/how',
        mounts: [
          { source: '/srv/data', target: '/data', readOnly: true },
          { source: '/srv/out', target: '/out', readOnly: false },
        ],
        credentials: [
          { name: 'API_KEY', source: 'env:KEY', as: 'file' },
          { name: 'TOKEN', source: 'exec:pass show x', as: 'environment' },
        ],
        repoToken: 'vault:git',
        timeoutMs: 1_800_000,
        limits: { memoryBytes: 536_870_912, cpus: 1.5, pids: 100 },
        network: 'none',
        readOnlyRoot: true,
        concurrency: 2,
      },
    ]);
  });

  test('their concurrency is the capacity of their lease, which no wider pattern takes away', async () => {
    const config = await configOf(`leases: {policies: [{pattern: 'agent/**', capacity: 9}]}
agents: {a: {image: i, command: [c], concurrency: 2}, b: {image: i, command: [c]}}
`);
    const policies = policyTable(config);
    assert.equal(policies.of('agent/a').capacity, 2);
    assert.equal(policies.of('agent/b').capacity, 9);
  });
});

test('an address of a repository that passes has no user, no password and no blank, whatever is tried', () => {
  const piece = fc.constantFrom(
    'https://',
    'http://',
    'git://',
    'ssh://',
    'a',
    '@',
    ':',
    '/',
    '.org',
    '?',
    '#',
    ' ',
    '\t',
    '-',
    '\\',
    'é',
    '%40',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const text = pieces.join('');
      if (repoFault(text) !== undefined) return;
      const { username, password, hostname } = new URL(text);
      assert.equal(`${username}${password}`, '');
      assert.notEqual(hostname, '');
      assert.match(text, /^(https?|git):\/\/[^\s\\@]+/);
    }),
    { numRuns: 2_000 },
  );
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type OrchestratorConfig, parseConfig } from '../../../src/orchestrator/config/config_text.js';

function configOf(text: string): OrchestratorConfig {
  const parsed = parseConfig(text, '/home/me/repo/orchestrator.yaml');
  assert.ok('config' in parsed, JSON.stringify(parsed));
  return parsed.config;
}

function faultsOf(text: string): readonly string[] {
  const parsed = parseConfig(text, '/home/me/repo/orchestrator.yaml');
  assert.ok('faults' in parsed, 'the file was taken');
  return parsed.faults.map(({ line, message }) => `${line}: ${message}`);
}

const COMPLETE = `
id: nightly
tasks:
  kb-sync:
    description: brings the knowledge base up to date
    command: [npm, run, sync-kb]
    cwd: kb
    env: {LEVEL: 3, QUIET: true}
    every: 10m
    lease: heavy-maintenance
    wait: 90s
    priority: 10
    timeout: 1h30m
    killAfter: 5s
    retries: {max: 3, delay: 10s, maxDelay: 5m}
    overlap: queue
    onSuccess: [./report.sh]
    yieldSignal: SIGUSR1
    starveAfter: 2h
    enabled: false
  backup:
    command: [./backup.sh]
    cron: 0 3 * * *
    timeZone: Europe/Berlin
    catchUp: true
    lease: [heavy-maintenance, disk]
    wait: forever
    retries: 2
  index:
    command: [./index.sh]
    after: [kb-sync, backup]
  web:
    command: [node, server.js]
    service: true
    restart: {cooldown: 2s, maxCooldown: 1m, stable: 30s}
    liveness: {http: 'http://127.0.0.1:8080/healthz', every: 5s, timeout: 1s, failures: 2}
`;

test('each key arrives, durations as milliseconds, relative folders below the file', () => {
  const { id, tasks } = configOf(COMPLETE);
  assert.equal(id, 'nightly');
  const [kbSync, backup, index, web] = tasks;
  assert.deepEqual(
    { ...kbSync },
    {
      name: 'kb-sync',
      description: 'brings the knowledge base up to date',
      command: ['npm', 'run', 'sync-kb'],
      cwd: '/home/me/repo/kb',
      env: { LEVEL: '3', QUIET: 'true' },
      everyMs: 600_000,
      lease: ['heavy-maintenance'],
      wait: 90_000,
      priority: 10,
      timeoutMs: 5_400_000,
      killAfterMs: 5_000,
      retries: { max: 3, delayMs: 10_000, maxDelayMs: 300_000 },
      restart: undefined,
      liveness: undefined,
      overlap: 'queue',
      onSuccess: ['./report.sh'],
      yieldSignal: 'SIGUSR1',
      starveAfterMs: 7_200_000,
      enabled: false,
    },
  );
  assert.equal(backup?.cron, '0 3 * * *');
  assert.equal(backup?.wait, 'forever');
  assert.deepEqual(backup?.retries, { max: 2 });
  assert.equal(backup?.cwd, '/home/me/repo');
  assert.deepEqual(index?.after, ['kb-sync', 'backup']);
  assert.deepEqual(web?.liveness?.failures, 2);
});

describe('faults', () => {
  test('all of a kind are told at once, each with its line', () => {
    const faults = faultsOf(`tasks:
  a:
    comand: [x]
    every: soon
  b:
    command: []
    priority: 101
  c:
    command: [x]
    wait: forver
    liveness: {http: nowhere}
`);
    assert.equal(faults.length, 7, faults.join('\n'));
    assert.match(faults.join('\n'), /^3: tasks\.a\.comand is unknown; known here: description, command/m);
    assert.match(faults.join('\n'), /^2: tasks\.a\.command is missing/m);
    assert.match(faults.join('\n'), /^4: tasks\.a\.every must be a duration/m);
    assert.match(faults.join('\n'), /^6: tasks\.b\.command names no command/m);
    assert.match(faults.join('\n'), /^7: tasks\.b\.priority must be -100 to 100/m);
    assert.match(faults.join('\n'), /^10: tasks\.c\.wait must be a duration such as 10m, .*or forever/m);
    assert.match(faults.join('\n'), /^11: tasks\.c\.liveness\.http must be an address/m);
  });

  test('so are those between keys', () => {
    const faults = faultsOf(`tasks:
  a:
    command: [x]
    every: 1m
    cron: '61 * * * *'
  b:
    command: [x]
    wait: 5m
    after: [c, nobody]
  c:
    command: [x]
    after: b
  d:
    command: [x]
    env: {TENURE_LEASES: stolen}
  e:
    command: [x]
    service: true
    timeout: 1m
    liveness: {}
`);
    const all = faults.join('\n');
    assert.match(all, /^5: tasks\.a\.cron is one schedule too many/m);
    assert.match(all, /^5: tasks\.a\.cron is no cron pattern/m);
    assert.match(all, /^8: tasks\.b\.wait belongs to a lease/m);
    assert.match(all, /^9: tasks\.b\.after names nobody, which is no task/m);
    assert.match(all, /after leads back to itself: b after c after b/m);
    assert.match(all, /^15: tasks\.d\.env must not set TENURE_LEASES/m);
    assert.match(all, /^19: tasks\.e\.timeout has no meaning for a service/m);
    assert.match(all, /^20: tasks\.e\.liveness needs a command or an http address/m);
    assert.equal(faults.length, 8, all);
  });

  test('a wrong form hides no other fault, in the same task or in another; each line in its turn', () => {
    const faults = faultsOf(`tasks:
  a:
    command: ls
    timeZone: Europe/Berlinn
    cron: 0 3 * * *
    wait: 5m
    lease: []
  b:
    command: [x]
    cron: 61 3 * * *
  c:
    command: [x]
    after: nope
    retries: many
  d: 5
  e:
    command: [x]
    after: [a, d]
`);
    const at = faults.map((fault) => fault.split(' ').slice(0, 2).join(' '));
    assert.deepEqual(at, [
      '3: tasks.a.command',
      '4: tasks.a.timeZone',
      '7: tasks.a.lease',
      '10: tasks.b.cron',
      '13: tasks.c.after',
      '14: tasks.c.retries',
      '15: tasks.d',
    ]);
    assert.match(faults[1] ?? '', /is no time zone \(Europe\/Berlinn\)/);
  });

  test('a fault within a key, or an unknown key, hides none of the others', () => {
    const faults = faultsOf(`tasks:
  a:
    command: [x]
    every: 1m
    cron: '* * * * *'
    retries: {max: 2, delai: 3s}
    unknown: 1
    env: {TENURE_LEASES: stolen}
    overlap: maybe
    wait: 5m
`);
    assert.deepEqual(
      faults.map((fault) => fault.split(' ').slice(0, 2).join(' ')),
      [
        '5: tasks.a.cron',
        '6: tasks.a.retries.delai',
        '7: tasks.a.unknown',
        '8: tasks.a.env',
        '9: tasks.a.overlap',
        '10: tasks.a.wait',
      ],
    );
  });

  test('a duration has a bound, and so has a text: what is beyond would be refused by the daemon, or by no clock', () => {
    const faults = faultsOf(`tasks:
  a:
    command: [x]
    every: 3651d
    wait: 99999999d
    lease: ${'r'.repeat(1_025)}
    retries: {max: 1, delay: 3651d}
    description: ${'ä'.repeat(129)}
`);
    const all = faults.join('\n');
    assert.match(all, /^4: tasks\.a\.every must be at most 10 years/m);
    assert.match(all, /^5: tasks\.a\.wait must be a duration such as 10m, of at most 10 years, or forever/m);
    assert.match(all, /^6: tasks\.a\.lease must be 1 to 1024 bytes/m);
    assert.match(all, /^7: tasks\.a\.retries\.delay must be at most 10 years/m);
    assert.match(all, /^8: tasks\.a\.description has more than 256 bytes/m);
    assert.equal(faults.length, 5, all);
    assert.equal(configOf('tasks:\n  a: {command: [x], every: 3650d}').tasks[0]?.everyMs, 315_360_000_000);
  });

  test('a name that would make a strange folder, and a file without tasks, are faults', () => {
    const task = 'tasks:\n  a:\n    command: [x]\n';
    for (const id of ['bad id!', '../../evil', '..', '']) {
      assert.match(faultsOf(`id: "${id}"\n${task}`).join('\n'), /^1: id must be 1 to 128 letters, digits/);
    }
    assert.equal(configOf(`id: team/nightly\n${task}`).id, 'team/nightly');
    assert.deepEqual(faultsOf('tasks: {}'), ['1: tasks has no task']);
  });

  test('what is no YAML, or none of ours, is told with its line', () => {
    assert.match(faultsOf('tasks:\n  a: [').join('\n'), /^[23]: not YAML/);
    assert.deepEqual(faultsOf(''), ['undefined: tasks is missing']);
    assert.deepEqual(faultsOf('tasks:\n  "-x":\n    command: [x]\n'), [
      '2: tasks.-x must be 1 to 128 letters, digits and . _ - : /, a letter or digit first',
    ]);
  });
});

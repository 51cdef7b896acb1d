import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { Client } from '@tenure/client';
import { DEFAULT_CONFIG } from '../../src/daemon/config/config.js';
import { keysForRestart, LiveConfig } from '../../src/daemon/config/live_config.js';
import { WarningRegistry } from '../../src/health/warning_registry.js';
import { until } from '../e2e/until.js';
import { World } from '../e2e/world.js';
import { temporaryFolder } from './temporary_folder.js';

async function warningsOf(client: Client): Promise<string[]> {
  const { status } = await client.health.getStatus();
  return status?.warnings.map(({ code }) => code) ?? [];
}

/** The TTL that a lease gets which asks for none, in seconds. */
async function grantedTtl(client: Client, resource: string): Promise<number> {
  const { results } = await client.leases.acquireLease({ wishes: [{ resource }] });
  const outcome = results[0]?.outcome;
  assert.equal(outcome?.$case, 'granted', JSON.stringify(outcome?.$case));
  const lease = outcome?.$case === 'granted' ? outcome.value.lease : undefined;
  return Number(lease?.ttl?.seconds);
}

test('SIGHUP takes a new configuration, and keeps the old one where the new is wrong', async (t) => {
  const world = new World(t, { config: 'leases: {defaultTtl: 40s}\n' });
  const path = join(world.folder, 'config/tenure/config.yaml');
  const daemon = await world.startDaemon();
  const client = await world.connect();
  const reload = async (text: string, warnings: readonly string[]) => {
    writeFileSync(path, text);
    daemon.kill('SIGHUP');
    await until(`the warnings ${warnings}`, async () => (await warningsOf(client)).join() === warnings.join());
  };
  assert.equal(await grantedTtl(client, 'a'), 40);
  await reload('leases: {defaultTtl: nonsense}\n', ['config-invalid']);
  assert.equal(await grantedTtl(client, 'b'), 40);
  await reload('leases: {defaultTtl: 50s}\n', []);
  assert.equal(await grantedTtl(client, 'c'), 50);
  await reload('leases: {limits: {leases: 7}}\n', ['config-needs-restart']);
  assert.equal(await grantedTtl(client, 'd'), 60);
  assert.match(
    readFileSync(join(world.stateDir, 'tenured.log'), 'utf8'),
    /line 1: leases.defaultTtl is \\"nonsense\\"/,
  );
  assert.deepEqual(world.processes(), [daemon.pid]);
});

test('a reload that failed half-way is no hindrance to the next one', async (context) => {
  const path = join(temporaryFolder(context), 'config.yaml');
  writeFileSync(path, 'leases: {defaultTtl: 40s}\n');
  let failures = 1;
  const live = new LiveConfig(
    { config: DEFAULT_CONFIG, path },
    {
      choice: { path, explicit: true },
      ownUid: process.getuid?.() ?? -1,
      warnings: new WarningRegistry(Date.now),
      onReloaded: () => {
        failures -= 1;
        if (failures >= 0) throw new Error('a part did not take it');
      },
      onRefused: assert.fail,
    },
  );
  await assert.rejects(live.reload(), /did not take it/);
  assert.equal((await live.reload()).kind, 'reloaded');
});

describe('what a changed configuration needs a restart for', () => {
  test('is told by key; the rest is in force at once', () => {
    const { leases, ...rest } = DEFAULT_CONFIG;
    const changed = {
      ...rest,
      logging: { level: 'warn' },
      leases: { ...leases, maxTtlMs: 1 },
      secrets: { ...rest.secrets, envFile: '/env', commandTimeoutMs: 1 },
      audit: { maxBytes: 1, maxAgeMs: 1, leasesFromMs: 1 },
    } as const;
    assert.deepEqual(keysForRestart(DEFAULT_CONFIG, changed), []);
    const more = { ...changed, socket: '/a', leases: { ...leases, terminateGraceMs: 1 } } as const;
    assert.deepEqual(keysForRestart(DEFAULT_CONFIG, more), ['socket', 'leases.terminateGrace']);
  });
});

import assert from 'node:assert/strict';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { durationFromMillis, Lease } from '@tenure/client';
import { leased, SecretDesk } from './secret_desk.js';

const LEASE: Lease = {
  ...Lease.decode(new Uint8Array()),
  leaseId: 'l1',
  clientId: 'c',
  ttl: durationFromMillis(60_000),
};

async function openDesk(t: Parameters<typeof SecretDesk.open>[0]): Promise<SecretDesk> {
  const desk = await SecretDesk.open(t);
  const project = { secrets: [{ name: 'a', env_var: 'A' }] };
  writeFileSync(join(desk.world.folder, '.secrets.json'), JSON.stringify(project));
  desk.answers['leaseSecret'] = leased(Buffer.from('hunter2'), LEASE);
  return desk;
}

test('a file that can’t be bound to its leases does not stay', async (t) => {
  const desk = await openDesk(t);
  desk.answers['bindEnvFile'] = 'VAULT_NOT_WRITTEN';
  const ended = await desk.run(['env']);
  assert.notEqual(ended.code, 0);
  assert.deepEqual(desk.called, ['leaseSecret', 'bindEnvFile']);
  const left = readdirSync(desk.world.folder).filter((name) => name.includes('env'));
  assert.deepEqual(left, []);
});

test('a file that the daemon removed for leases that were replaced is written again', async (t) => {
  const desk = await openDesk(t);
  const path = join(desk.world.folder, '.env');
  let binds = 0;
  desk.answers['bindEnvFile'] = () => {
    binds += 1;
    if (binds > 1) return { envFile: undefined };
    rmSync(path);
    return 'ENV_FILE_INVALID';
  };
  const ended = await desk.run(['env']);
  assert.equal(ended.code, 0, ended.stderr);
  assert.match(readFileSync(path, 'utf8'), /\nA=hunter2\n$/);
  assert.doesNotMatch(`${ended.stdout}${ended.stderr}`, /hunter2/);
});

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { type Client, TenureError } from '@tenure/client';
import { auditOf } from './audit_views.js';
import { allLeases } from './lease_views.js';
import { worldWithSecrets } from './secret_world.js';
import { until } from './until.js';

const CLIENTS = ['one', 'two', 'three', 'four'];

/** Gives a secret that is there a rotate command, and one to run after a revocation. */
async function command(client: Client, name: string, rotate: string, onRevoke = ''): Promise<void> {
  const commands = { rotate, onRotate: '', onRevoke, onDelete: '' };
  await client.secrets.updateSecret({ name, commands });
}

async function leaseAll(client: Client, names: readonly string[], clientIds = CLIENTS): Promise<void> {
  for (const clientId of clientIds) {
    for (const name of names) await client.secrets.leaseSecret({ name, clientId });
  }
}

async function assertSealed(client: Client, name: string): Promise<void> {
  await assert.rejects(client.secrets.leaseSecret({ name, clientId: 'late' }), (error: unknown) => {
    return error instanceof TenureError && error.reason === 'SECRETS_SEALED';
  });
}

describe('tenure secret killswitch', () => {
  test('with rotations that fail it does all the rest, says what failed, ends with 1, and all of it is audited', async (t) => {
    const names = ['bad', 'good', 'hangs', 'long', 'plain'];
    const values = Object.fromEntries(names.map((name) => [name, 'old']));
    const world = await worldWithSecrets(t, values, { config: 'secrets: { commandTimeout: 5s }' });
    const client = await world.connect();
    const [rotating, revoked] = [join(world.folder, 'rotating'), join(world.folder, 'revoked')];
    await command(client, 'bad', 'exit 3');
    await command(client, 'good', 'echo new', `echo "$TENURE_CLIENT_ID" >> ${revoked}`);
    await command(client, 'hangs', `echo > ${rotating}; sleep 1000`);
    await command(client, 'long', 'yes');
    await leaseAll(client, names);
    await client.leases.acquireLease({ wishes: [{ resource: 'other' }], clientId: 'one', attachPids: [process.pid] });

    const before = (await auditOf(world)).at(-1)?.sequence ?? '0';
    const args = ['--revoke', '--rotate', '--wipe', '--reason', 'laptop stolen', '--yes', '--json'];
    const pulling = world.tenure(['secret', 'killswitch', ...args]);
    // By then all leases are gone, and none comes back.
    await until('the rotations', () => existsSync(rotating));
    const left = (await allLeases(client)).map(({ resource }) => resource);
    assert.deepEqual(left, ['other']);
    await assertSealed(client, 'plain');
    assert.equal((await client.health.getStatus()).status?.secrets?.sealed, 'the kill switch is at work');

    const ended = await pulling.ended;
    assert.equal(ended.code, 1);
    const result = JSON.parse(ended.stdout);
    assert.deepEqual([result.revokedLeases, result.vaultWiped], [names.length * CLIENTS.length, true]);
    assert.deepEqual(
      result.rotations.map(({ name, outcome }: { name: string; outcome: string }) => `${name} ${outcome}`),
      ['bad failed', 'good rotated', 'hangs failed', 'long failed', 'plain not-configured'],
    );
    const failures: { step: string; name: string; message: string }[] = result.failures;
    assert.deepEqual(
      failures.map(({ step, name }) => `${step} ${name}`),
      ['rotate bad', 'rotate hangs', 'rotate long'],
    );
    for (const [index, how] of [/exit code 3/, /longer than secrets\.commandTimeout/, /printed too much/].entries()) {
      assert.match(failures[index]?.message ?? '', how);
    }
    assert.equal(existsSync(join(world.stateDir, 'vault')), false);
    assert.equal((await world.run(['secret', 'lease', 'plain'])).code, 66);
    assert.equal((await client.health.getStatus()).status?.secrets?.sealed, '');
    const hooks = () => (existsSync(revoked) ? readFileSync(revoked, 'utf8').split('\n').slice(0, -1) : []);
    await until('the hooks of the revoked leases', () => hooks().length === CLIENTS.length);
    assert.deepEqual(hooks().toSorted(), CLIENTS.toSorted());

    const audit = (await auditOf(world)).filter(({ sequence }) => Number(sequence) > Number(before));
    const told = (action: string) => audit.filter((entry) => entry.action === action);
    const [pulled] = told('secret.kill_switch_pulled');
    assert.equal(pulled?.reason, 'laptop stolen');
    assert.deepEqual(pulled.details, { revokeAll: 'true', rotateAll: 'true', wipeVault: 'true' });
    const ends = told('lease.revoked');
    assert.deepEqual(
      ends.map(({ resource, clientId }) => `${resource} ${clientId}`).toSorted(),
      names.flatMap((name) => CLIENTS.map((clientId) => `secret/${name} ${clientId}`)).toSorted(),
    );
    assert.ok(ends.every(({ reason, leaseId }) => reason === 'laptop stolen' && leaseId !== ''));
    assert.deepEqual(
      told('secret.rotated')
        .map(({ resource, success, reason }) => `${resource} ${success} ${reason}`)
        .toSorted(),
      [
        'secret/bad false ROTATION_FAILED',
        'secret/good true ',
        'secret/hangs false ROTATION_FAILED',
        'secret/long false ROTATION_FAILED',
      ],
    );
    const [finished] = told('secret.kill_switch_finished');
    assert.equal(finished?.success, false);
    const { revokedLeases, rotated, vaultWiped, failures: count } = finished.details;
    assert.deepEqual([revokedLeases, rotated, vaultWiped, count], ['20', '1', 'true', '3']);
    const refused = told('secret.leased').find(({ reason }) => reason === 'SECRETS_SEALED');
    assert.deepEqual([refused?.success, refused?.clientId, refused?.resource], [false, 'late', 'secret/plain']);
    const order = ['kill_switch_pulled', 'rotated', 'vault_wiped', 'kill_switch_finished'].map((action) =>
      audit.findLastIndex((entry) => entry.action === `secret.${action}`),
    );
    order.splice(1, 0, audit.indexOf(ends.at(-1) ?? pulled));
    assert.deepEqual(
      order,
      order.toSorted((one, other) => one - other),
    );
    const own = [pulled, ...ends, ...told('secret.rotated'), ...told('secret.vault_wiped'), finished];
    assert.ok(own.every(({ actor }) => actor?.pid === pulling.pid && actor.uid === process.getuid?.()));
  });

  test('where all goes well it ends with 0', async (t) => {
    const world = await worldWithSecrets(t, { a: 'old' });
    const client = await world.connect();
    await command(client, 'a', 'echo new');
    await leaseAll(client, ['a']);
    const { code, stdout, stderr } = await world.run(['secret', 'killswitch', '--revoke', '--rotate', '--yes']);
    assert.deepEqual([code, stderr], [0, '']);
    assert.match(stdout, /^4 leases revoked\n/);
    assert.equal((await world.run(['secret', 'lease', 'a'])).stdout, 'new\n');
  });
});

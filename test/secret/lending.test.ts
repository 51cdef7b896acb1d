import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { LeaseEnd } from '@tenure/client/gen/tenure/lease/v1/lease';
import { Refusal } from '../../src/rpc/refusal.js';
import { temporaryFolder } from '../daemon/temporary_folder.js';
import { until } from '../e2e/until.js';
import { contextOf, isRefusal } from '../lease/room.js';
import { identityOf, start } from '../os/child_process.js';
import { SecretRoom } from './secret_room.js';

const HOURS = (hours: number) => ({ seconds: BigInt(hours * 3600), nanos: 0 });

describe('a secret that is lent', () => {
  test('comes with a SHARED TTL lease on secret/NAME, an hour by default, which its owner token releases', async (t) => {
    const room = await SecretRoom.open(t);
    await room.putValue('team/token', 'v4lue');
    const lent = await room.lease('team/token', { clientId: 'c' });
    assert.equal(lent.value.toString(), 'v4lue');
    assert.equal(lent.lease?.resource, 'secret/team/token');
    assert.equal(lent.lease?.ttl?.seconds, 3600n);
    assert.equal(lent.version, 1n);
    await room.leases.release(lent.ownerToken);
    assert.deepEqual(await room.leases.list(), []);
  });

  test('replaces the same client’s older lease, and nobody else’s: n restarts leave one lease', async (t) => {
    const room = await SecretRoom.open(t);
    await room.putValue('a', 'x');
    await room.putValue('b', 'x');
    await room.lease('a', { clientId: 'other' });
    for (let restart = 0; restart < 5; restart += 1) {
      for (const name of ['a', 'b']) {
        const { replaced } = await room.lease(name, { clientId: 'worker' });
        assert.equal(replaced, restart > 0);
      }
    }
    const leases = await room.leases.list();
    assert.deepEqual(leases.map(({ resource, clientId }) => `${resource} ${clientId}`).sort(), [
      'secret/a other',
      'secret/a worker',
      'secret/b worker',
    ]);
    const told = room.told(/^lease\.(replaced|acquired)$/);
    assert.deepEqual(told.slice(3, 5), ['lease.replaced', 'lease.acquired']);
  });

  test('replaces no lease that another living process has, where that is to be refused', async (t) => {
    const room = await SecretRoom.open(t);
    await room.putValue('a', 'x');
    const [holder, other] = [start(t, 'cat', []), start(t, 'cat', [])];
    const lease = (child: ChildProcess, requestId = '') =>
      room.lease('a', { clientId: 'c', refuseInUse: true, requestId }, contextOf(identityOf(child.pid).pid));
    const first = await lease(holder, 'r1');
    await assert.rejects(lease(other), isRefusal('CLIENT_ID_IN_USE'));
    // Its own, once more and anew.
    assert.equal((await lease(holder, 'r1')).lease?.leaseId, first.lease?.leaseId);
    const again = await lease(holder);
    assert.equal(again.replaced, true);
    await assert.rejects(lease(other), isRefusal('CLIENT_ID_IN_USE'));
    assert.deepEqual(
      (await room.leases.list()).map(({ leaseId }) => leaseId),
      [again.lease?.leaseId],
    );
    holder.kill('SIGKILL');
    await once(holder, 'exit');
    assert.equal((await lease(other)).replaced, true);
  });

  test('goes to one of those who are to be refused where it is in use, though all asked before it was', async (t) => {
    const room = await SecretRoom.open(t);
    const gate = join(temporaryFolder(t), 'open');
    await room.put('a', { $case: 'source', value: `exec:while ! test -e ${gate}; do sleep 0.01; done; echo x` });
    const askers = [1, 2, 3].map(() => contextOf(identityOf(start(t, 'cat', []).pid).pid));
    const asked = askers.map((context) => room.lease('a', { clientId: 'c', refuseInUse: true }, context));
    writeFileSync(gate, '');
    const answers = await Promise.allSettled(asked);
    assert.equal(answers.filter(({ status }) => status === 'fulfilled').length, 1);
    for (const answer of answers) {
      if (answer.status === 'rejected') assert.ok(isRefusal('CLIENT_ID_IN_USE')(answer.reason));
    }
    assert.deepEqual(room.told(/^lease\./), ['lease.acquired']);
  });

  test('after an end by revocation the next lease replaces nothing', async (t) => {
    const room = await SecretRoom.open(t);
    await room.putValue('a', 'x');
    const { lease } = await room.lease('a', { clientId: 'c' });
    const target = { target: { $case: 'leaseId', value: lease?.leaseId ?? '' } } as const;
    const context = contextOf(process.pid);
    const { revoked } = await room.secrets.handlers.revokeSecretLeases.run({ target, reason: 'test' }, context);
    assert.deepEqual(
      revoked.map(({ end }) => end),
      [LeaseEnd.REVOKED],
    );
    assert.equal((await room.lease('a', { clientId: 'c' })).replaced, false);
  });

  test('beyond 24 h is refused, told as failed, and leaves neither lease nor a run of the source', async (t) => {
    const room = await SecretRoom.open(t);
    const ran = join(temporaryFolder(t), 'ran');
    await room.put('a', { $case: 'source', value: `exec:touch ${ran}; echo x` });
    await assert.rejects(room.lease('a', { ttl: HOURS(25) }), isRefusal('TTL_OUT_OF_RANGE'));
    assert.deepEqual(await room.leases.list(), []);
    assert.throws(() => readFileSync(ran));
    const failed = room.events.find(({ action, success }) => action === 'secret.leased' && !success);
    assert.equal(failed?.metadata['reason'], 'TTL_OUT_OF_RANGE');
    assert.equal(failed?.actor?.pid, process.pid);
  });

  test('is not lent under a name that nobody put, nor without a vault', async (t) => {
    const room = await SecretRoom.open(t);
    await assert.rejects(room.lease('nothing'), isRefusal('SECRET_NOT_FOUND'));
    await room.vault.wipe();
    await assert.rejects(room.lease('nothing'), isRefusal('VAULT_NOT_INITIALIZED'));
  });

  test('of which the source fails leaves no lease, and the message has no value', async (t) => {
    const room = await SecretRoom.open(t);
    await room.put('a', { $case: 'source', value: 'exec:echo m4rker; echo m4rker >&2; exit 3' });
    await assert.rejects(room.lease('a'), (error: unknown) => {
      assert.ok(isRefusal('SOURCE_FAILED')(error));
      assert.doesNotMatch(String(error instanceof Error ? error.message : ''), /^[^:]*m4rker|m4rker$/);
      return true;
    });
    assert.deepEqual(await room.leases.list(), []);
  });

  test('fifty at once run an exec source once, and one that hangs holds up no other', async (t) => {
    const room = await SecretRoom.open(t, { settings: { sourceTimeoutMs: 5_000 } });
    const runs = join(temporaryFolder(t), 'runs');
    await room.put('slow', { $case: 'source', value: `exec:echo run >> ${runs}; sleep 0.3; echo x` });
    await room.put('stuck', { $case: 'source', value: 'exec:trap "" TERM; sleep 600' });
    await room.putValue('plain', 'p');
    const stuck = assert.rejects(room.lease('stuck'), isRefusal('SOURCE_FAILED'));
    const lent = await Promise.all(
      Array.from({ length: 50 }, (_, index) => room.lease('slow', { clientId: `c${index}` })),
    );
    assert.ok(lent.every(({ value }) => value.toString() === 'x'));
    assert.equal(readFileSync(runs, 'utf8'), 'run\n');
    assert.equal((await room.lease('plain')).value.toString(), 'p');
    await stuck;
  });

  test('that changed while its lease was taken comes with the newer value', async (t) => {
    const room = await SecretRoom.open(t);
    await room.putValue('a', 'old');
    let open = (): void => undefined;
    room.leases.store.gate = new Promise((resolve) => {
      open = resolve;
    });
    const lent = room.lease('a');
    const content = { $case: 'value', value: Buffer.from('new') } as const;
    await room.secrets.handlers.updateSecret.run({ name: 'a', content, commands: undefined }, contextOf(process.pid));
    open();
    const { value, version } = await lent;
    assert.deepEqual([value.toString(), version], ['new', 2n]);
  });

  test('that is deleted while its lease is taken leaves no lease, whichever came first', async (t) => {
    const room = await SecretRoom.open(t);
    await room.putValue('a', 'old');
    let open = (): void => undefined;
    room.leases.store.gate = new Promise((resolve) => {
      open = resolve;
    });
    const lent = room.lease('a').catch((error: unknown) => assert.ok(isRefusal('SECRET_NOT_FOUND')(error)));
    const deleted = room.secrets.handlers.deleteSecret.run({ name: 'a' }, contextOf(process.pid));
    open();
    await Promise.all([deleted, lent]);
    assert.deepEqual(await room.leases.list(), []);
  });

  test('is lent to nobody while it is deleted: each lease that it had is revoked, and its command runs', async (t) => {
    const room = await SecretRoom.open(t);
    const ran = join(temporaryFolder(t), 'ran');
    await room.putValue('a', 'x', { onRevoke: `echo $TENURE_CLIENT_ID >> ${ran}` });
    await room.lease('a', { clientId: 'early' });
    const writes = room.vault.holdWrites();
    const deleted = room.secrets.handlers.deleteSecret.run({ name: 'a' }, contextOf(process.pid));
    await writes.begun;
    await assert.rejects(room.lease('a', { clientId: 'late' }), isRefusal('SECRET_NOT_FOUND'));
    writes.release();
    assert.equal((await deleted).revokedLeases, 1);
    await until('its command has run', () => existsSync(ran) && readFileSync(ran, 'utf8') !== '');
    assert.equal(readFileSync(ran, 'utf8'), 'early\n');
    await room.putValue('a', 'y');
    assert.equal((await room.lease('a')).value.toString(), 'y');
  });

  test('that could not be deleted is lent again', async (t) => {
    const room = await SecretRoom.open(t);
    await room.putValue('a', 'x');
    room.vault.failWrites(new Refusal('STORE_FULL', 'the disk of the state folder is full'));
    const context = contextOf(process.pid);
    await assert.rejects(
      async () => room.secrets.handlers.deleteSecret.run({ name: 'a' }, context),
      isRefusal('STORE_FULL'),
    );
    assert.equal((await room.lease('a')).value.toString(), 'x');
  });

  test('that was put anew under its name while the old source was asked comes from the new one', async (t) => {
    const room = await SecretRoom.open(t);
    const { source, asked, answer } = heldSource(t, 'old');
    await room.put('a', { $case: 'source', value: source });
    const lent = room.lease('a');
    await asked();
    await room.secrets.handlers.deleteSecret.run({ name: 'a' }, contextOf(process.pid));
    await room.putValue('a', 'new');
    answer();
    const { value, version } = await lent;
    assert.deepEqual([value.toString(), version], ['new', 1n]);
  });

  test('is not given to one whose lease was revoked while the newer value was read', async (t) => {
    const room = await SecretRoom.open(t);
    const { source, asked, answer } = heldSource(t, 'new');
    await room.putValue('a', 'old');
    let open = (): void => undefined;
    room.leases.store.gate = new Promise((resolve) => {
      open = resolve;
    });
    const lent = room.lease('a');
    const content = { $case: 'source', value: source } as const;
    await room.secrets.handlers.updateSecret.run({ name: 'a', content, commands: undefined }, contextOf(process.pid));
    open();
    await asked();
    const target = { target: { $case: 'name', value: 'a' } } as const;
    await room.secrets.handlers.revokeSecretLeases.run({ target, reason: '' }, contextOf(process.pid));
    answer();
    await assert.rejects(lent, isRefusal('LEASE_ENDED'));
    assert.deepEqual(await room.leases.list(), []);
  });
});

/** A source that answers once it is told to. */
function heldSource(t: TestContext, value: string) {
  const folder = temporaryFolder(t);
  const asked = join(folder, 'asked');
  const go = join(folder, 'go');
  const source = `exec:echo > ${asked}; until [ -e ${go} ]; do sleep 0.02; done; echo ${value}`;
  return {
    source,
    asked: () => until('the source is asked', () => existsSync(asked) || undefined),
    answer: () => writeFileSync(go, ''),
  };
}

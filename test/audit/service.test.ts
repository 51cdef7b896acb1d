import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type Client, connect, isTenureError } from '@tenure/client';
import { until } from '../e2e/until.js';
import { AuditWorld, eventOf, range } from '../telemetry/audit_world.js';
import { serveAudit } from './audit_server.js';

async function clientOf(t: TestContext, socketPath: string): Promise<Client> {
  const client = await connect({ socketPath, autostart: false });
  t.after(() => client.close());
  return client;
}

test('a viewer can list the log, and follow it over the socket', async (t) => {
  const log = new AuditWorld(t).open();
  for (const _ of range(1, 2_500)) log.emit(eventOf({ metadata: { resource: 'secret/a' } }));
  const client = await clientOf(t, await serveAudit(t, log, { role: 'viewer' }));
  const page = await client.audit.listAuditEntries({ pageSize: 1_000 });
  assert.deepEqual([page.entries.length, page.nextPageToken], [1_000, '1000']);
  const seen: bigint[] = [];
  const end = new AbortController();
  const following = (async () => {
    const filter = { resourcePrefix: 'secret' };
    for await (const { sequence } of client.watchAuditEntries({ filter, signal: end.signal })) seen.push(sequence);
  })();
  await until('the history', () => seen.length === 2_500);
  log.emit(eventOf({ metadata: { resource: 'secret/b' } }));
  await until('the news', () => seen.length === 2_501);
  end.abort();
  await following;
  assert.deepEqual(seen.map(Number), range(1, 2_501));
});

test('there is a limit to watches, and one that ends makes room', async (t) => {
  const log = new AuditWorld(t).open();
  const client = await clientOf(t, await serveAudit(t, log, { maxWatches: 1 }));
  const end = new AbortController();
  const first = client.watchAuditEntries({ signal: end.signal })[Symbol.asyncIterator]();
  const reading = first.next();
  log.emit(eventOf());
  assert.equal((await reading).value?.sequence, 1n);
  const refused = client.watchAuditEntries()[Symbol.asyncIterator]().next();
  await assert.rejects(refused, (error: unknown) => isTenureError(error, 'TOO_MANY'));
  end.abort();
  await first.next();
  await until('the place is free', async () => {
    const attempt = client.watchAuditEntries()[Symbol.asyncIterator]();
    try {
      return (await attempt.next()).value?.sequence === 1n;
    } catch (error) {
      assert.ok(isTenureError(error, 'TOO_MANY'));
      return false;
    } finally {
      await attempt.return?.();
    }
  });
});

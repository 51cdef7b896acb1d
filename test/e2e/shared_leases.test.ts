import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { LeaseMode } from '@tenure/client';
import { LeaseEventType } from '@tenure/client/gen/tenure/lease/v1/lease_service';
import { allLeases } from './lease_views.js';
import { until } from './until.js';
import { World } from './world.js';

const RESOURCES = 56;
const RESTARTS = 50;

describe('SHARED leases', () => {
  test('56 resources and 50 restarts of one client leave 56 leases and 2,744 replaced events', async (t) => {
    const world = new World(t);
    await world.startDaemon();
    const client = await world.connect();
    const types = new Map<string, number>();
    let isSynced = false;
    const watched = (async () => {
      for await (const event of client.watchLeases()) {
        isSynced ||= event.type === LeaseEventType.SYNCED;
        const name = Object.entries(LeaseEventType).find(([, value]) => value === event.type)?.[0] ?? 'unknown';
        types.set(name, (types.get(name) ?? 0) + 1);
        if (types.get('ACQUIRED') === RESOURCES * RESTARTS) return;
      }
    })();
    await until('the watch', () => isSynced);
    for (let restart = 0; restart < RESTARTS; restart += 1) {
      const program = await world.connect();
      const answers = await Promise.all(
        Array.from({ length: RESOURCES }, (_, index) =>
          program.leases.acquireLease({
            wishes: [{ resource: `kept/${index}`, mode: LeaseMode.SHARED }],
            clientId: 'agent',
          }),
        ),
      );
      assert.ok(answers.every(({ results }) => results[0]?.outcome?.$case === 'granted'));
      await program.close();
    }
    await watched;
    assert.equal(types.get('REPLACED'), RESOURCES * (RESTARTS - 1));
    assert.equal((await allLeases(client)).length, RESOURCES);
  });
});

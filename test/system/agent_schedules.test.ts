// needs: root podman busybox git
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { timestampToDate } from '@tenure/client';
import { auditOf } from '../e2e/audit_views.js';
import { until } from '../e2e/until.js';
import { endOf, outcomeOf, printed } from './agent_sessions.js';
import { agentsWorld } from './podman_world.js';
import { repositoryServer } from './repository_server.js';
import { IMAGE } from './test_podman.js';

test('an agent that is due, and one that was queued before a restart, run on their repository', async (t) => {
  const { url } = await repositoryServer(t);
  const agent = (cron: string, overlap: string) =>
    `{image: ${IMAGE}, command: [cat, README], repo: ${url}, schedule: {cron: '${cron}', timezone: UTC, overlap: ${overlap}}}`;
  const yearly = '0 0 1 1 *';
  const now = Date.now();
  // The minute that has begun last; none that comes while the test runs.
  const dueAt = new Date(now - (now % 60_000));
  const daily = `${dueAt.getUTCMinutes()} ${dueAt.getUTCHours()} * * *`;
  const { world, podman } = agentsWorld(t, `  due: ${agent(daily, 'skip')}\n  waits: ${agent(yearly, 'queue')}\n`);
  // As a daemon leaves it that ran a minute ago.
  const queuedFor = now - 30_000;
  const lastRun = { dueWallMs: queuedFor, result: 'queued', detail: 'a session of it still runs', sessionId: '' };
  const schedules = [
    { agent: 'due', cron: daily, timezone: 'UTC', settledWallMs: now - 61_000 },
    { agent: 'waits', cron: yearly, timezone: 'UTC', settledWallMs: now, lastRun },
  ];
  mkdirSync(world.stateDir, { mode: 0o700 });
  writeFileSync(join(world.stateDir, 'schedules.json'), JSON.stringify({ format: 1, schedules }));
  await world.startDaemon();
  const client = await world.connect();
  const agents = await until('both to be launched', async () => {
    const all = (await client.sessions.listAgents()).agents;
    return all.every(({ lastSession }) => lastSession !== undefined) ? all : undefined;
  });
  for (const { name, lastSession } of agents) {
    const { dueTime, repo, ...session } = await endOf(client, lastSession?.sessionId ?? '');
    assert.equal(outcomeOf({ dueTime, repo, ...session }), 'SUCCESS 0');
    assert.equal(await printed(client, session.sessionId), 'the repository\n');
    assert.equal(repo, url);
    const due = dueTime === undefined ? 0 : timestampToDate(dueTime).getTime();
    assert.equal(due, name === 'waits' ? queuedFor : dueAt.getTime());
  }
  const launched = await auditOf(world, '--action', 'session.launched');
  assert.ok(launched.length >= 2 && launched.every(({ actor }) => actor?.script === 'schedule'));
  await podman.untilEmpty();
});

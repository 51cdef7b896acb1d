import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { z } from 'zod';
import { auditOf } from './audit_views.js';
import { until } from './until.js';
import { World } from './world.js';

const HOUR_MS = 3_600_000;

const agentsJson = z.object({
  agents: z.array(
    z.object({
      name: z.string(),
      ready: z.boolean(),
      schedule: z.object({
        nextTime: z.string(),
        lastRun: z.object({ result: z.string(), detail: z.string() }).optional(),
      }),
    }),
  ),
});

test('what was due while the daemon was away is told, what is due now goes through the door of all launches', async (t) => {
  const agent = (cron: string) =>
    `{image: localhost/agent, command: [work], repo: https://example.org/a.git, schedule: {cron: '${cron}', timezone: UTC}}`;
  // Once an hour each: half an hour from now, and in the minute that has just begun.
  const minute = new Date().getUTCMinutes();
  const crons = { late: `${(minute + 30) % 60} * * * *`, now: `${minute} * * * *` };
  const world = new World(t, { config: `agents:\n  late: ${agent(crons.late)}\n  now: ${agent(crons.now)}\n` });
  // As a daemon leaves it that ran some hours ago, and a minute ago.
  const path = join(world.stateDir, 'schedules.json');
  const state = (name: string, cron: string, agoMs: number) => ({
    agent: name,
    cron,
    timezone: 'UTC',
    settledWallMs: Date.now() - agoMs,
  });
  mkdirSync(dirname(path), { mode: 0o700 });
  const schedules = [state('late', crons.late, 5 * HOUR_MS), state('now', crons.now, 61_000)];
  writeFileSync(path, JSON.stringify({ format: 1, schedules }));
  // No podman on this PATH: every launch is refused for that.
  await world.startDaemon({ env: { PATH: '/nonexistent' } });
  const lastRuns = async () =>
    agentsJson.parse(await world.json(['agent', 'list'])).agents.map(({ schedule }) => schedule);
  const [late, now] = await until('both runs', async () => {
    const runs = await lastRuns();
    const isOver = runs.every(({ lastRun }) => lastRun !== undefined && lastRun.result !== 'launching');
    return isOver && runs;
  });
  assert.equal(late?.lastRun?.result, 'missed');
  assert.match(late.lastRun.detail, /5 times from .* the daemon did not run/);
  assert.equal(now?.lastRun?.result, 'refused');
  assert.match(now.lastRun.detail, /podman/);
  assert.ok(Date.parse(late.nextTime) - Date.now() <= HOUR_MS);
  const entries = await auditOf(world, '--action', 'schedule');
  assert.deepEqual(entries.map(({ action, success, details }) => [action, success, details['agent']]).toSorted(), [
    ['schedule.missed', false, 'late'],
    ['schedule.refused', false, 'now'],
  ]);
  const health = await world.run(['health']);
  assert.match(health.stdout, /agent 'late' was not launched: it was due 5 times/);
  assert.match(health.stdout, /agent 'now' was not launched: .*podman/);
  const table = await world.run(['agent', 'list']);
  assert.match(table.stdout, /late +0 +missed, .* ago +in /);
  assert.match(readFileSync(path, 'utf8'), /"result":"refused"/);
});

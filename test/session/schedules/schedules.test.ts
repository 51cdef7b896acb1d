import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { LeaseHeld } from '@tenure/client';
import { Refusal } from '../../../src/rpc/refusal.js';
import type { AgentDefinition, OverlapName } from '../../../src/session/configured_agents/agent_definition.js';
import type { LaunchedSession } from '../../../src/session/launched/launched_session.js';
import type { LaunchOutcome } from '../../../src/session/launched/launching.js';
import { ScheduleFile } from '../../../src/session/schedules/schedule_file.js';
import { Schedules } from '../../../src/session/schedules/schedules.js';
import { temporaryFolder } from '../../daemon/temporary_folder.js';
import { agentDefinition } from '../agent_definitions.js';
import { launchRecord } from '../launched/launch_records.js';

const HOUR = 3_600_000;
const MIDNIGHT = Date.parse('2026-03-01T00:00:00Z');
const HELD: LaunchOutcome = { kind: 'held', resource: 'agent/a', held: LeaseHeld.decode(new Uint8Array()) };

interface FakeSession {
  readonly record: LaunchedSession['record'];
  phase: LaunchedSession['phase'];
}

/** Schedules over a clock that a test turns, and launches that it answers. */
class ScheduleRoom {
  nowMs = MIDNIGHT;
  agents: AgentDefinition[] = [];
  readonly sessions: FakeSession[] = [];
  readonly launches: [string, number][] = [];
  answer: (agent: string, dueWallMs: number) => Promise<LaunchOutcome> = (agent, due) => this.launched(agent, due);
  readonly told: string[] = [];
  readonly faults: unknown[] = [];
  troubles: readonly string[] = [];
  readonly path: string;
  #schedules: Schedules;

  constructor(context: TestContext) {
    this.path = join(temporaryFolder(context), 'schedules.json');
    this.#schedules = this.#make();
    context.after(() => this.#schedules.close());
  }

  get schedules(): Schedules {
    return this.#schedules;
  }

  /** Ends this run of the daemon, and begins the next one some time later. */
  async restart(awayMs: number): Promise<void> {
    await this.#schedules.close();
    this.nowMs += awayMs;
    this.#schedules = this.#make();
    await this.start();
  }

  async start(): Promise<void> {
    this.#schedules.start();
    await turn();
  }

  /** Time passes, and the clock is looked at. */
  async pass(ms: number): Promise<void> {
    this.nowMs += ms;
    this.#schedules.configured();
    await turn();
  }

  /** What a launch that goes well answers. */
  launched(agent: string, dueWallMs: number): Promise<LaunchOutcome> {
    const name = `s${String(this.sessions.length + 1).padStart(12, 'a')}`;
    const container = { id: '', name, image: '' };
    const record = launchRecord({
      sessionId: name,
      agent: { name: agent, repo: '', workUnit: '', container, dueWallMs },
    });
    this.sessions.push({ record, phase: 'running' });
    return Promise.resolve({ kind: 'launched', record });
  }

  async end(session: FakeSession | undefined): Promise<void> {
    assert.ok(session !== undefined);
    session.phase = 'ended';
    this.#schedules.sessionEnded();
    await turn();
  }

  #make(): Schedules {
    return new Schedules({
      agents: () => this.agents,
      file: new ScheduleFile(this.path),
      launch: (agent, dueWallMs) => {
        this.launches.push([agent, (dueWallMs - MIDNIGHT) / HOUR]);
        return this.answer(agent, dueWallMs);
      },
      sessionsOf: (agent) => this.sessions.filter(({ record }) => record.agent?.name === agent),
      wallMs: () => this.nowMs,
      events: { emit: ({ action, metadata }) => void this.told.push(`${action} ${String(metadata['agent'])}`) },
      onTroubles: (troubles) => {
        this.troubles = [...troubles].map(([agent, text]) => `${agent}: ${text}`);
      },
      onFault: (error) => void this.faults.push(error),
    });
  }
}

function hourly(name: string, overlap: OverlapName = 'skip', cron = '0 * * * *'): AgentDefinition {
  return agentDefinition({ name, repo: 'https://example.org/a.git', schedule: { cron, timezone: 'UTC', overlap } });
}

describe('a schedule', () => {
  test('launches when it is due, once, and tells what became of it', async (context) => {
    const room = new ScheduleRoom(context);
    room.agents = [hourly('a'), agentDefinition({ name: 'b' })];
    await room.start();
    await room.pass(HOUR - 1);
    assert.deepEqual(room.launches, []);
    await room.pass(1);
    await room.pass(1_000);
    assert.deepEqual(room.launches, [['a', 1]]);
    assert.deepEqual(room.told, ['schedule.launched a']);
    assert.deepEqual(room.schedules.lastRunOf('a'), {
      dueWallMs: MIDNIGHT + HOUR,
      result: 'launched',
      detail: '',
      sessionId: room.sessions[0]?.record.sessionId,
    });
    assert.equal(room.schedules.nextWallMs(hourly('a')), MIDNIGHT + 2 * HOUR);
  });

  test('is tried again at once where what all sessions share was held, and one of another agent ends', async (context) => {
    const room = new ScheduleRoom(context);
    room.agents = [hourly('a', 'queue'), agentDefinition({ name: 'b' })];
    await room.launched('b', 0);
    await room.start();
    room.answer = () => Promise.resolve({ ...HELD, resource: 'sessions' });
    await room.pass(HOUR);
    room.answer = (agent, due) => room.launched(agent, due);
    await room.end(room.sessions[0]);
    assert.deepEqual(room.told, ['schedule.queued a', 'schedule.launched a']);
  });

  test('fires by itself: nobody has to look', { timeout: 20_000 }, async (context) => {
    const room = new ScheduleRoom(context);
    room.agents = [hourly('a', 'skip', '* * * * *')];
    room.nowMs = MIDNIGHT - 50;
    const fired = new Promise<void>((resolve) => {
      room.answer = (agent, due) => {
        resolve();
        return room.launched(agent, due);
      };
    });
    await room.start();
    // Not before the start, which must come before midnight, however long it takes.
    const begin = performance.now();
    Object.defineProperty(room, 'nowMs', { get: () => MIDNIGHT - 50 + (performance.now() - begin) });
    await fired;
    assert.deepEqual(room.launches, [['a', 0]]);
  });

  test('leaves out what is due while a session still runs; queues it once; or launches beside it', async (context) => {
    const room = new ScheduleRoom(context);
    room.agents = [hourly('allow', 'allow'), hourly('queue', 'queue'), hourly('skip', 'skip')];
    await room.start();
    await room.pass(HOUR);
    await room.pass(HOUR);
    await room.pass(HOUR);
    assert.deepEqual(
      room.launches.map(([agent]) => agent),
      ['allow', 'queue', 'skip', 'allow', 'allow'],
    );
    assert.match(room.schedules.lastRunOf('skip')?.detail ?? '', /still runs: saaaaaaaaaaa3/);
    await room.end(room.sessions.find(({ record }) => record.agent?.name === 'queue'));
    await room.end(room.sessions.find(({ record }) => record.agent?.name === 'skip'));
    assert.deepEqual(room.launches.slice(5), [['queue', 3]]);
    assert.deepEqual(
      room.told.filter((one) => one.endsWith('skip')),
      ['schedule.launched skip', 'schedule.skipped skip', 'schedule.skipped skip'],
    );
    assert.deepEqual(room.troubles, []);
  });

  test('a place that others have is waited for by queue alone, and told once', async (context) => {
    const room = new ScheduleRoom(context);
    room.agents = [hourly('queue', 'queue'), hourly('skip', 'skip')];
    room.answer = () => Promise.resolve(HELD);
    await room.start();
    for (const ms of [HOUR, 30_000, 30_000]) await room.pass(ms);
    assert.deepEqual(room.told, ['schedule.queued queue', 'schedule.skipped skip']);
    room.answer = (agent, due) => room.launched(agent, due);
    await room.pass(30_000);
    assert.deepEqual(room.told.slice(2), ['schedule.launched queue']);
  });

  test('a refused launch is told, stands in health, and is forgotten with the next that goes well', async (context) => {
    const room = new ScheduleRoom(context);
    room.agents = [hourly('a')];
    room.answer = () => Promise.reject(new Refusal('SOURCE_FAILED', "agent 'a' credential 'C' needs a value"));
    await room.start();
    await room.pass(HOUR);
    assert.deepEqual(room.troubles, ["a: agent 'a' credential 'C' needs a value"]);
    await room.restart(1_000);
    assert.deepEqual(room.troubles, ["a: agent 'a' credential 'C' needs a value"]);
    room.answer = (agent, due) => room.launched(agent, due);
    await room.pass(HOUR);
    assert.deepEqual([room.troubles, room.told], [[], ['schedule.refused a', 'schedule.launched a']]);
  });
});

describe('what was missed', () => {
  test('while the daemon was away, or the machine slept, is told and not made up for', async (context) => {
    const room = new ScheduleRoom(context);
    room.agents = [hourly('a')];
    await room.start();
    await room.restart(5.5 * HOUR);
    assert.deepEqual([room.launches, room.told], [[], ['schedule.missed a']]);
    assert.match(room.troubles.join(), /5 times from 2026-03-01T01.* the daemon did not run/);
    await room.pass(HOUR / 2);
    assert.deepEqual(room.launches, [['a', 6]]);
    assert.deepEqual(room.troubles, []);
    await room.end(room.sessions[0]);
    await room.pass(3.5 * HOUR);
    assert.match(room.troubles.join(), /3 times .* the machine slept, or its clock was set/);
    assert.equal(room.launches.length, 1);
  });

  test('stays told where the next one is due at the very moment that shows it', async (context) => {
    const room = new ScheduleRoom(context);
    room.agents = [hourly('a')];
    await room.start();
    await room.restart(5 * HOUR + 30_000);
    assert.deepEqual([room.launches, room.told], [[['a', 5]], ['schedule.missed a', 'schedule.launched a']]);
    assert.match(room.troubles.join(), /4 times/);
    await room.end(room.sessions[0]);
    await room.pass(HOUR);
    assert.deepEqual(room.troubles, []);
  });

  test('takes nothing from one that waits for its turn', async (context) => {
    const room = new ScheduleRoom(context);
    room.agents = [hourly('a', 'queue')];
    await room.start();
    for (const ms of [HOUR, HOUR]) await room.pass(ms);
    await room.restart(5.5 * HOUR);
    assert.deepEqual(room.told, ['schedule.launched a', 'schedule.queued a', 'schedule.missed a']);
    await room.restart(HOUR / 4);
    await room.end(room.sessions[0]);
    assert.deepEqual(room.launches, [
      ['a', 1],
      ['a', 2],
    ]);
    assert.deepEqual(room.told.slice(3), ['schedule.launched a']);
  });

  test('of a launch in the middle of which the daemon ended: found again, or told', async (context) => {
    const room = new ScheduleRoom(context);
    room.agents = [hourly('found'), hourly('lost')];
    room.answer = async (agent, due) => {
      if (agent === 'found') await room.launched(agent, due);
      return new Promise(() => undefined);
    };
    await room.start();
    await room.pass(HOUR);
    // What a killed daemon leaves: the note that it was about to launch.
    await room.restart(1_000);
    assert.deepEqual(
      ['found', 'lost'].map((agent) => room.schedules.lastRunOf(agent)?.result),
      ['launched', 'missed'],
    );
    assert.equal(room.launches.length, 2);
  });

  test('counts from now on where a schedule is new, changed or was taken away', async (context) => {
    const room = new ScheduleRoom(context);
    await room.start();
    await room.pass(3 * HOUR);
    room.agents = [hourly('a')];
    await room.pass(HOUR / 2);
    room.agents = [hourly('a', 'skip', '15 * * * *')];
    await room.restart(5 * HOUR);
    room.agents = [];
    await room.pass(5 * HOUR);
    room.agents = [hourly('a')];
    await room.pass(HOUR / 4);
    assert.deepEqual([room.launches, room.told, room.troubles], [[], [], []]);
    await room.pass(HOUR / 4);
    assert.equal(room.launches.length, 1);
  });

  test('a file that can’t be read is told, and replaced', async (context) => {
    const room = new ScheduleRoom(context);
    room.agents = [hourly('a')];
    writeFileSync(room.path, '{"format":9}');
    await room.start();
    assert.equal(room.faults.length, 1);
    await room.pass(HOUR);
    assert.equal(new ScheduleFile(room.path).read()[0]?.lastRun?.result, 'launched');
  });
});

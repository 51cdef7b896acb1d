import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Clock } from '../../../src/orchestrator/clock.js';
import { completeTask } from '../../../src/orchestrator/config/complete_task_rules.js';
import type { TaskOptions } from '../../../src/orchestrator/config/task_options.js';
import { Agenda } from '../../../src/orchestrator/schedule/agenda.js';

/** A clock that a test turns. */
class TurnedClock implements Clock {
  #now = 0;
  #timers: { at: number; readonly callback: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  after(milliseconds: number, callback: () => void): () => void {
    const timer = { at: this.#now + milliseconds, callback };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /** Time passes as it does: every timer at its moment. */
  pass(milliseconds: number): void {
    const end = this.#now + milliseconds;
    for (;;) {
      const [next] = this.#timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
      if (next === undefined) break;
      this.#timers = this.#timers.filter((other) => other !== next);
      this.#now = Math.max(this.#now, next.at);
      next.callback();
    }
    this.#now = end;
  }

  /** The machine sleeps: timers are late. */
  jump(milliseconds: number): void {
    this.#now += milliseconds;
  }

  /** Somebody sets the clock: timers come when they would have come. */
  set(milliseconds: number): void {
    this.#now += milliseconds;
    this.#timers = this.#timers.map((timer) => Object.assign(timer, { at: timer.at + milliseconds }));
  }
}

function agenda(tasks: readonly TaskOptions[]) {
  const clock = new TurnedClock();
  const due: string[] = [];
  const specs = tasks.map(completeTask);
  const made = new Agenda(clock, ({ name }) => due.push(`${name}@${clock.now()}`));
  return { clock, due, specs, agenda: made };
}

const task = (name: string, everyMs: number, more: Partial<TaskOptions> = {}): TaskOptions => ({
  name,
  command: ['true'],
  everyMs,
  ...more,
});

test('each task is due in its time, disabled ones and services never', () => {
  const made = agenda([
    task('a', 100),
    task('b', 250),
    task('off', 10, { enabled: false }),
    { name: 'served', command: ['true'], service: true },
  ]);
  made.agenda.set(made.specs, new Map());
  made.clock.pass(500);
  assert.deepEqual(made.due, ['a@0', 'b@0', 'a@100', 'a@200', 'b@250', 'a@300', 'a@400', 'a@500', 'b@500']);
});

test('what was missed in a sleep is one run, seen within a minute of waking', () => {
  const made = agenda([task('a', 600_000)]);
  made.agenda.set(made.specs, new Map());
  made.clock.jump(6_000_000);
  made.clock.pass(60_000);
  assert.equal(made.due.length, 2);
  made.clock.pass(600_000);
  assert.equal(made.due.length, 3);
});

test('a clock that is set back by a day stops no task, and repeats none that a small correction would', () => {
  const made = agenda([
    task('often', 600_000),
    { name: 'hourly', command: ['true'], cron: '0 * * * *', timeZone: 'UTC' },
  ]);
  const runs = (name: string) => made.due.filter((due) => due.startsWith(name)).length;
  made.clock.set(86_400_000);
  made.agenda.set(made.specs, new Map());
  made.clock.pass(3_600_000);
  assert.deepEqual([runs('hourly'), runs('often')], [1, 7]);
  made.clock.set(-60_000);
  made.clock.pass(120_000);
  assert.deepEqual([runs('hourly'), runs('often')], [1, 7]);
  made.clock.set(-86_400_000);
  made.clock.pass(3_660_000);
  assert.deepEqual([runs('hourly'), runs('often')], [2, 13]);
});

test('other tasks leave alone when those are due that stay, and a stop leaves nothing', () => {
  const made = agenda([task('a', 1_000)]);
  made.agenda.set(made.specs, new Map());
  made.clock.pass(700);
  made.agenda.set([task('a', 1_000), task('b', 1_000)].map(completeTask), new Map());
  assert.equal(made.agenda.dueOf('a'), 1_000);
  made.clock.pass(400);
  assert.deepEqual(made.due, ['a@0', 'b@700', 'a@1000']);
  made.agenda.stop();
  made.clock.pass(10_000);
  assert.equal(made.due.length, 3);
});

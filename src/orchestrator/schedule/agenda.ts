import type { Clock } from '../clock.js';
import type { TaskSpec } from '../config/task_spec.js';
import { dueAfterSetBack, firstDue, nextDue } from './schedule_rules.js';

/** The clock is looked at so often, in milliseconds: it may be set, and the machine may have slept. */
const LONGEST_LOOK_MS = 60_000;

/** When each task is due; calls back when it is. Times that were missed are one. */
export class Agenda {
  readonly #clock: Clock;
  readonly #onDue: (spec: TaskSpec) => void;
  readonly #entries = new Map<string, { spec: TaskSpec; due: number | undefined }>();
  #stopTimer: (() => void) | undefined;
  #lookedAt = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock, onDue: (spec: TaskSpec) => void) {
    this.#clock = clock;
    this.#onDue = onDue;
  }

  /** Takes these tasks in the place of those before; what is scheduled as it was stays due when it was. */
  set(specs: Iterable<TaskSpec>, lastStarts: ReadonlyMap<string, number>): void {
    const before = new Map(this.#entries);
    this.#entries.clear();
    for (const spec of specs) {
      if (spec.service !== undefined || !spec.enabled) continue;
      const known = before.get(spec.name);
      const isSame = known !== undefined && JSON.stringify(known.spec.schedule) === JSON.stringify(spec.schedule);
      const due = isSame ? known.due : firstDue(spec.schedule, this.#clock.now(), lastStarts.get(spec.name));
      this.#entries.set(spec.name, { spec, due });
    }
    this.#look();
  }

  dueOf(task: string): number | undefined {
    return this.#entries.get(task)?.due;
  }

  stop(): void {
    this.#stopTimer?.();
    this.#entries.clear();
  }

  #look(): void {
    this.#stopTimer?.();
    const now = this.#clock.now();
    const setBackMs = this.#lookedAt - now;
    this.#lookedAt = now;
    for (const entry of this.#entries.values()) {
      if (entry.due !== undefined && setBackMs > 0) {
        entry.due = dueAfterSetBack(entry.spec.schedule, entry.due, now, setBackMs);
      }
      if (entry.due === undefined || entry.due > now) continue;
      entry.due = nextDue(entry.spec.schedule, entry.due, now);
      this.#onDue(entry.spec);
    }
    const dues = [...this.#entries.values()].flatMap(({ due }) => due ?? []);
    if (dues.length === 0) return;
    const inMs = Math.min(LONGEST_LOOK_MS, Math.max(0, Math.min(...dues) - this.#clock.now()));
    this.#stopTimer = this.#clock.after(inMs, () => this.#look());
  }
}

import { setTimeout as pause } from 'node:timers/promises';
import { messageOf } from '../../os/errno.js';
import type { EventSink } from '../../telemetry/events.js';
import type { AgentDefinition, AgentSchedule } from '../configured_agents/agent_definition.js';
import type { LaunchedSession } from '../launched/launched_session.js';
import type { LaunchOutcome } from '../launched/launching.js';
import { nextDue } from './cron_rules.js';
import { describeMissed, dueSince, type Missed, untilNextLookMs } from './due_rules.js';
import { overlapVerdict } from './overlap_rules.js';
import type { RunNote, RunResult, ScheduleFile, ScheduleState } from './schedule_file.js';

/** Launches under way get so long when the daemon stops, as those that others have asked for. */
const CLOSE_MS = 3_000;

/** Its sessions come before its schedules. */
const AWAY = 'the daemon did not run, or had not taken up its sessions yet';
const ASLEEP = 'the machine slept, or its clock was set';
const CUT_OFF = 'the daemon ended while it was launched';

export interface SchedulesParts {
  /** As configured now. */
  readonly agents: () => readonly AgentDefinition[];
  readonly file: Pick<ScheduleFile, 'read' | 'write'>;
  /** By the door that everybody's launches go through. Rejects with what it is refused for. */
  readonly launch: (agent: string, dueWallMs: number) => Promise<LaunchOutcome>;
  /** All that are known of it, those that have ended too. */
  readonly sessionsOf: (agent: string) => readonly Pick<LaunchedSession, 'record' | 'phase'>[];
  readonly wallMs: () => number;
  readonly events: EventSink;
  /** What an operator should know of, by agent, whenever it changes. */
  readonly onTroubles: (troubles: ReadonlyMap<string, string>) => void;
  readonly onFault: (error: unknown) => void;
}

interface Scheduled {
  readonly name: string;
  readonly schedule: AgentSchedule;
}

/** Launches agents when they are due. What could not be launched in time is told, and not made up for. */
export class Schedules {
  readonly #parts: SchedulesParts;
  readonly #states = new Map<string, ScheduleState>();
  readonly #launching = new Set<{ readonly agent: string; readonly over: Promise<void> }>();
  /** For which moment each agent was told to be queued: it is told once, however often it is tried. */
  readonly #toldQueued = new Map<string, number>();
  /** Until a launch for a later moment goes well. */
  readonly #troubles = new Map<string, { readonly text: string; readonly sinceWallMs: number }>();
  #timer: NodeJS.Timeout | undefined;
  #isStarted = false;
  #closed = false;

  constructor(parts: SchedulesParts) {
    this.#parts = parts;
  }

  /** From now on. Sessions of earlier runs must be known by then. */
  start(): void {
    if (this.#isStarted || this.#closed) return;
    this.#isStarted = true;
    this.#load();
    this.#look(AWAY);
  }

  /** The agents may have changed. */
  configured(): void {
    if (this.#isStarted) this.#look(ASLEEP);
  }

  /** Of whatever agent or none: it may have had what a launch waits for. */
  sessionEnded(): void {
    const isQueued = [...this.#states.values()].some(({ lastRun }) => lastRun?.result === 'queued');
    if (this.#isStarted && isQueued) this.#look(ASLEEP);
  }

  lastRunOf(agent: string): RunNote | undefined {
    return this.#states.get(agent)?.lastRun;
  }

  nextWallMs({ schedule }: Pick<AgentDefinition, 'schedule'>): number | undefined {
    return schedule && nextDue(schedule, this.#parts.wallMs());
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    const over = Promise.all([...this.#launching].map((launch) => launch.over));
    const limit = new AbortController();
    await Promise.race([over, pause(CLOSE_MS, undefined, { signal: limit.signal })]).finally(() => limit.abort());
  }

  #load(): void {
    let states: readonly ScheduleState[];
    try {
      states = this.#parts.file.read();
    } catch (error) {
      this.#parts.onFault(error);
      return;
    }
    for (const state of states) this.#states.set(state.agent, state);
    for (const { name } of this.#scheduled()) {
      const run = this.lastRunOf(name);
      if (run?.result === 'launching') this.#settleCutOff(name, run);
      else if (run?.result === 'missed' || run?.result === 'refused') this.#trouble(name, run.detail);
    }
  }

  /** The run before ended between its note and its launch's. */
  #settleCutOff(agent: string, { dueWallMs }: RunNote): void {
    const session = this.#parts.sessionsOf(agent).find(({ record }) => record.agent?.dueWallMs === dueWallMs);
    if (session !== undefined) {
      const { sessionId } = session.record;
      this.#note(agent, { dueWallMs, result: 'launched', detail: '', sessionId });
    } else this.#missed(agent, { firstWallMs: dueWallMs, lastWallMs: dueWallMs, count: 1 }, CUT_OFF);
  }

  #scheduled(): readonly Scheduled[] {
    return this.#parts.agents().flatMap(({ name, schedule }) => (schedule === undefined ? [] : [{ name, schedule }]));
  }

  #look(why: string): void {
    clearTimeout(this.#timer);
    if (this.#closed) return;
    const nowMs = this.#parts.wallMs();
    const scheduled = this.#scheduled();
    this.#take(scheduled, nowMs);
    for (const one of scheduled) this.#lookAt(one, nowMs, why);
    const next = scheduled.flatMap(({ schedule }) => nextDue(schedule, nowMs) ?? []);
    if (scheduled.length === 0) return;
    this.#timer = setTimeout(() => this.#look(ASLEEP), untilNextLookMs(next, this.#parts.wallMs()));
  }

  /** What is new, or was changed, counts from now on; what is gone is forgotten. */
  #take(scheduled: readonly Scheduled[], nowMs: number): void {
    let isChanged = false;
    for (const { name, schedule } of scheduled) {
      const { cron, timezone } = schedule;
      const before = this.#states.get(name);
      if (before?.cron === cron && before.timezone === timezone) continue;
      this.#states.set(name, { agent: name, cron, timezone, settledWallMs: nowMs, lastRun: before?.lastRun });
      isChanged = true;
    }
    const names = new Set(scheduled.map(({ name }) => name));
    for (const name of this.#states.keys()) {
      if (names.has(name)) continue;
      this.#states.delete(name);
      this.#untrouble(name, Number.POSITIVE_INFINITY);
      isChanged = true;
    }
    if (isChanged) this.#save();
  }

  #lookAt({ name, schedule }: Scheduled, nowMs: number, why: string): void {
    const state = this.#states.get(name);
    if (state === undefined) return;
    const { nowDue, missed, settledWallMs } = dueSince(schedule, state.settledWallMs, nowMs);
    if (settledWallMs !== state.settledWallMs) this.#states.set(name, { ...state, settledWallMs });
    if (missed !== undefined) this.#missed(name, missed, why);
    const busy = this.#busyWith(name);
    if (nowDue !== undefined) this.#come({ name, schedule }, nowDue, busy);
    else if (state.lastRun?.result === 'queued' && busy.length === 0) this.#launch(name, state.lastRun.dueWallMs, true);
  }

  #busyWith(agent: string): readonly string[] {
    const beginning = [...this.#launching].filter((one) => one.agent === agent).map(() => 'one that is being launched');
    const running = this.#parts.sessionsOf(agent).filter(({ phase }) => phase !== 'ended');
    return [...running.map(({ record }) => record.sessionId), ...beginning];
  }

  #come({ name, schedule }: Scheduled, dueWallMs: number, busy: readonly string[]): void {
    const detail = `a session of it still runs: ${busy[0] ?? ''}`;
    switch (overlapVerdict(schedule.overlap, busy.length)) {
      case 'launch':
        this.#launch(name, dueWallMs, schedule.overlap === 'queue');
        return;
      case 'skip':
        this.#note(name, { dueWallMs, result: 'skipped', detail, sessionId: '' });
        return;
      case 'queue':
        this.#note(name, { dueWallMs, result: 'queued', detail, sessionId: '' });
    }
  }

  /** @param waits whether it is launched later where others have what it needs. */
  #launch(agent: string, dueWallMs: number, waits: boolean): void {
    // On the disk before the launch: however this run ends, nothing is launched twice, or lost without a word.
    this.#keep(agent, { dueWallMs, result: 'launching', detail: '', sessionId: '' });
    const over = this.#parts
      .launch(agent, dueWallMs)
      .then(
        (outcome) => this.#launched(agent, dueWallMs, outcome, waits),
        (error: unknown) => this.#refused(agent, dueWallMs, messageOf(error)),
      )
      .finally(() => this.#launching.delete(launch));
    const launch = { agent, over };
    this.#launching.add(launch);
  }

  #launched(agent: string, dueWallMs: number, outcome: LaunchOutcome, waits: boolean): void {
    switch (outcome.kind) {
      case 'launched':
        this.#note(agent, { dueWallMs, result: 'launched', detail: '', sessionId: outcome.record.sessionId });
        this.#untrouble(agent, dueWallMs);
        return;
      case 'held': {
        const detail = `${outcome.resource} is held`;
        this.#note(agent, { dueWallMs, result: waits ? 'queued' : 'skipped', detail, sessionId: '' });
      }
    }
  }

  #refused(agent: string, dueWallMs: number, detail: string): void {
    // A daemon that stops is no fault of the agent's; the next one tells that it was missed.
    if (this.#closed) return;
    this.#note(agent, { dueWallMs, result: 'refused', detail, sessionId: '' });
    this.#trouble(agent, detail);
  }

  #missed(agent: string, missed: Missed, why: string): void {
    const detail = describeMissed(missed, why);
    const run: RunNote = { dueWallMs: missed.lastWallMs, result: 'missed', detail, sessionId: '' };
    // One that waits for its turn keeps it.
    if (this.lastRunOf(agent)?.result === 'queued') this.#save();
    else this.#keep(agent, run);
    this.#tell(agent, run, missed.count);
    this.#trouble(agent, detail);
  }

  #trouble(agent: string, text: string): void {
    this.#troubles.set(agent, { text, sinceWallMs: this.#parts.wallMs() });
    this.#tellTroubles();
  }

  #untrouble(agent: string, dueWallMs: number): void {
    const trouble = this.#troubles.get(agent);
    if (trouble === undefined || trouble.sinceWallMs >= dueWallMs) return;
    this.#troubles.delete(agent);
    this.#tellTroubles();
  }

  #tellTroubles(): void {
    this.#parts.onTroubles(new Map([...this.#troubles].map(([agent, { text }]) => [agent, text])));
  }

  /** Keeps it, and tells it. */
  #note(agent: string, run: RunNote): void {
    this.#keep(agent, run);
    this.#tell(agent, run, 1);
  }

  #tell(agent: string, { dueWallMs, result, detail, sessionId }: RunNote, count: number): void {
    if (result === 'queued') {
      if (this.#toldQueued.get(agent) === dueWallMs) return;
      this.#toldQueued.set(agent, dueWallMs);
    }
    const isWell = !IS_TROUBLE[result];
    this.#parts.events.emit({
      action: `schedule.${result}`,
      level: isWell ? 'info' : 'warn',
      success: isWell,
      metadata: {
        agent,
        dueTime: new Date(dueWallMs).toISOString(),
        ...(result === 'missed' ? { count } : {}),
        ...(detail === '' ? {} : { reason: detail }),
        ...(sessionId === '' ? {} : { sessionId }),
      },
    });
  }

  #keep(agent: string, lastRun: RunNote): void {
    const state = this.#states.get(agent);
    // It is scheduled no longer.
    if (state === undefined) return;
    this.#states.set(agent, { ...state, lastRun });
    this.#save();
  }

  #save(): void {
    try {
      this.#parts.file.write([...this.#states.values()]);
    } catch (error) {
      // It stands in memory; the next change writes it all.
      this.#parts.onFault(error);
    }
  }
}

const IS_TROUBLE: Readonly<Record<RunResult, boolean>> = {
  launching: false,
  launched: false,
  skipped: false,
  queued: false,
  refused: true,
  missed: true,
};

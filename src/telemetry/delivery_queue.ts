import type { EventSink, TenureEvent } from './events.js';
import { redactText } from './redaction.js';

/** Events that wait; more are dropped. */
const MAX_QUEUE = 256;
/** Details are dropped first: of them no more may wait. */
const MAX_QUEUE_FOR_DEBUG = 16;
/** Details that are taken in a second, when many come; what is more is dropped. */
const DEBUG_A_SECOND = 2;
const FAILURES_TO_SWITCH_OFF = 5;
const OFF_MS = 60_000;

export interface DeliveryQueueOptions {
  /** Delivers one event. Answers how it failed, or undefined; never rejects, and ends soon once the signal fires. */
  readonly deliver: (event: TenureEvent, signal: AbortSignal) => Promise<string | undefined>;
  /** Told when it is switched off, and why. */
  readonly onOff: (reason: string) => void;
  /** Told when it is back. */
  readonly onBack: () => void;
  /** How long it is off before the next event is tried. Default: a minute. */
  readonly offMs?: number;
}

/** What became of the events; those that wait are in none. */
export interface DeliveryCounts {
  readonly delivered: number;
  readonly failed: number;
  /** Too many waited, or it was off. */
  readonly dropped: number;
  /** Of level debug, and too many. */
  readonly sampledOut: number;
}

/**
 * Hands events to something that may be slow, hang or fail: one at a time, and
 * no more than half of the time. What comes too fast is dropped, details
 * first. After repeated failures it is off for a while; nobody ever waits.
 */
export class DeliveryQueue implements EventSink {
  readonly #options: DeliveryQueueOptions;
  readonly #queue: TenureEvent[] = [];
  #underWay: Promise<void> | undefined;
  readonly #giveUp = new AbortController();
  #rest: NodeJS.Timeout | undefined;
  #failures = 0;
  #offUntilMs = 0;
  #debugRoom = MAX_QUEUE_FOR_DEBUG;
  #debugRoomMs = performance.now();
  readonly #counts = { delivered: 0, failed: 0, dropped: 0, sampledOut: 0 };
  #closing = false;
  #drained: (() => void) | undefined;

  constructor(options: DeliveryQueueOptions) {
    this.#options = options;
  }

  emit(event: TenureEvent): void {
    if (this.#closing || performance.now() < this.#offUntilMs || !this.#hasRoom(event)) {
      this.#leaveOut(event);
      return;
    }
    this.#queue.push(event);
    // Not within the turn of whoever tells of it: to start a process takes a while.
    if (this.#underWay === undefined && this.#rest === undefined) this.#restFor(0);
  }

  /** Delivers what waits without pause, for so long at most, then ends. */
  async close(graceMs: number): Promise<void> {
    this.#closing = true;
    if (this.#rest !== undefined) this.#endRest();
    if (this.#underWay === undefined) return;
    const timer = setTimeout(() => this.#giveUp.abort(), graceMs);
    await new Promise<void>((resolve) => {
      this.#drained = resolve;
    });
    clearTimeout(timer);
  }

  get counts(): DeliveryCounts {
    return { ...this.#counts };
  }

  #leaveOut({ level }: TenureEvent): void {
    this.#counts[level === 'debug' ? 'sampledOut' : 'dropped'] += 1;
  }

  #hasRoom({ level }: TenureEvent): boolean {
    if (level !== 'debug') return this.#queue.length < MAX_QUEUE;
    const now = performance.now();
    const regained = ((now - this.#debugRoomMs) / 1_000) * DEBUG_A_SECOND;
    this.#debugRoom = Math.min(MAX_QUEUE_FOR_DEBUG, this.#debugRoom + regained);
    this.#debugRoomMs = now;
    if (this.#debugRoom < 1 || this.#queue.length >= MAX_QUEUE_FOR_DEBUG) return false;
    this.#debugRoom -= 1;
    return true;
  }

  #deliverNext(): void {
    const event = this.#giveUp.signal.aborted ? undefined : this.#queue.shift();
    if (event === undefined) {
      this.#drained?.();
      return;
    }
    const began = performance.now();
    this.#underWay = this.#options.deliver(event, this.#giveUp.signal).then((failure) => {
      this.#underWay = undefined;
      this.#note(failure);
      if (this.#closing) this.#deliverNext();
      else this.#restFor(performance.now() - began);
    });
  }

  #note(failure: string | undefined): void {
    const wasOff = this.#failures >= FAILURES_TO_SWITCH_OFF;
    this.#counts[failure === undefined ? 'delivered' : 'failed'] += 1;
    if (failure === undefined) {
      this.#failures = 0;
      if (wasOff) this.#options.onBack();
      return;
    }
    this.#failures += 1;
    if (this.#failures < FAILURES_TO_SWITCH_OFF) return;
    this.#offUntilMs = performance.now() + (this.#options.offMs ?? OFF_MS);
    for (const event of this.#queue.splice(0)) this.#leaveOut(event);
    if (!wasOff) this.#options.onOff(`${redactText(failure)}, ${this.#failures} times in a row`);
  }

  #restFor(ms: number): void {
    this.#rest = setTimeout(() => this.#endRest(), ms);
  }

  #endRest(): void {
    clearTimeout(this.#rest);
    this.#rest = undefined;
    this.#deliverNext();
  }
}

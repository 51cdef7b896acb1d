import { closeFd, hasEnded, openPidfd, sendSignal } from './pidfd.js';
import { pollReadable } from './poll.js';
import { isRunning, readStartTicks } from './process_facts.js';
import type { ProcessIdentity } from './process_identity.js';

/** How soon an exit is noticed while somebody waits for it, and otherwise. One poll of 100 processes takes 9 µs. */
const URGENT_INTERVAL_MS = 10;
const RELAXED_INTERVAL_MS = 100;

/** One process under watch, for one who watches it. */
export interface Watched {
  readonly identity: ProcessIdentity;
  /** Asks the kernel now. */
  isAlive(): boolean;
  /** Calls once, at the first check after the process has ended. Returns how to unsubscribe. */
  onExit(listener: () => void): () => void;
  /** False: it has ended. */
  signal(signal: NodeJS.Signals): boolean;
  /** Drops also this watcher's listeners. */
  close(): void;
}

interface Entry {
  readonly identity: ProcessIdentity;
  /** Undefined: out of descriptors, or a kernel without them; /proc is asked instead. */
  pidfd: number | undefined;
  /** Open watchers; the last one to leave closes the pidfd. */
  references: number;
  ended: boolean;
  readonly listeners: Set<() => void>;
}

/** Notices the end of any process, child or not. One pidfd a process, however many watch it. */
export class ProcessWatch {
  readonly #entries = new Map<string, Entry>();
  #timer: NodeJS.Timeout | undefined;
  #urgent = false;
  readonly #waiters = new Set<symbol>();
  #closed = false;
  readonly #openPidfd: (pid: number) => number | undefined;

  constructor(open: (pid: number) => number | undefined = openPidfd) {
    this.#openPidfd = open;
  }

  /** Undefined: the process has ended, or the pid is another's by now. */
  open(identity: ProcessIdentity): Watched | undefined {
    if (this.#closed) throw new Error('the process watch is closed');
    const entry = this.#entries.get(keyOf(identity)) ?? this.#add(identity);
    if (entry === undefined || entry.ended) return undefined;
    entry.references += 1;
    this.#schedule();
    return this.#watcher(entry);
  }

  /** Like open() and onExit() in one. For a process that has ended already the listener is called soon, never at once. */
  onExit(identity: ProcessIdentity, listener: () => void): () => void {
    const watched = this.open(identity);
    if (watched === undefined) {
      const soon = setImmediate(listener);
      return () => clearImmediate(soon);
    }
    watched.onExit(() => {
      watched.close();
      listener();
    });
    return () => watched.close();
  }

  /** Asks the kernel now; the process need not be watched. */
  isAlive(identity: ProcessIdentity): boolean {
    const entry = this.#entries.get(keyOf(identity));
    return entry === undefined ? isRunning(identity.pid, identity.startTicks) : isEntryAlive(entry);
  }

  /** Sends to this very process, never to a later one of its pid. False: it has ended. */
  signal(identity: ProcessIdentity, signal: NodeJS.Signals): boolean {
    const watched = this.open(identity);
    if (watched === undefined) return false;
    try {
      return watched.signal(signal);
    } finally {
      watched.close();
    }
  }

  /** Calls the listeners of all that have ended. */
  checkNow(): void {
    const entries = [...this.#entries.values()];
    const pidfds = entries.flatMap((entry) => entry.pidfd ?? []);
    const readable = new Set(pollReadable(pidfds));
    const ended = entries.filter((entry) =>
      entry.pidfd === undefined ? !isEntryAlive(entry) : readable.has(entry.pidfd),
    );
    // All are known as ended before the first listener asks about another.
    for (const entry of ended) {
      entry.ended = true;
      this.#forget(entry);
    }
    callAll(ended.flatMap((entry) => [...entry.listeners]));
  }

  /** While somebody waits for an exit, look more often. */
  setUrgent(urgent: boolean): void {
    if (this.#urgent === urgent) return;
    this.#urgent = urgent;
    this.#reschedule();
  }

  /** As `setUrgent`, for one of any number who wait; returns how to end it. */
  hurry(): () => void {
    const waiter = Symbol('waiter');
    this.#waiters.add(waiter);
    if (this.#waiters.size === 1) this.#reschedule();
    return () => {
      if (this.#waiters.delete(waiter) && this.#waiters.size === 0) this.#reschedule();
    };
  }

  #reschedule(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#schedule();
  }

  close(): void {
    this.#closed = true;
    for (const entry of [...this.#entries.values()]) this.#forget(entry);
  }

  #add(identity: ProcessIdentity): Entry | undefined {
    // The pidfd first: only then can the start time not be that of a later process.
    const pidfd = this.#openIfPossible(identity.pid);
    if (pidfd === 'gone') return undefined;
    const entry: Entry = { identity, pidfd, references: 0, ended: false, listeners: new Set() };
    try {
      if (readStartTicks(identity.pid) === identity.startTicks && isEntryAlive(entry)) {
        this.#entries.set(keyOf(identity), entry);
        return entry;
      }
    } catch (error) {
      if (pidfd !== undefined) closeFd(pidfd);
      throw error;
    }
    if (pidfd !== undefined) closeFd(pidfd);
    return undefined;
  }

  /** Whatever else pidfd_open answers (no descriptor left, an old kernel, a sandbox), /proc still knows. */
  #openIfPossible(pid: number): number | 'gone' | undefined {
    try {
      return this.#openPidfd(pid) ?? 'gone';
    } catch {
      return undefined;
    }
  }

  #watcher(entry: Entry): Watched {
    const own = new Set<() => void>();
    let open = true;
    return {
      identity: entry.identity,
      isAlive: () => isEntryAlive(entry),
      onExit: (listener) => {
        // A new function each time: the same listener may be given twice.
        const once = (): void => {
          // Unsubscribed meanwhile, perhaps by another listener of the same exit.
          if (!own.delete(once)) return;
          entry.listeners.delete(once);
          listener();
        };
        own.add(once);
        entry.listeners.add(once);
        if (entry.ended) setImmediate(once);
        return () => {
          own.delete(once);
          entry.listeners.delete(once);
        };
      },
      signal: (signal) => {
        if (entry.pidfd !== undefined) return sendSignal(entry.pidfd, signal);
        if (!isEntryAlive(entry)) return false;
        process.kill(entry.identity.pid, signal);
        return true;
      },
      close: () => {
        if (!open) return;
        open = false;
        for (const once of own) entry.listeners.delete(once);
        own.clear();
        entry.references -= 1;
        if (entry.references === 0) this.#forget(entry);
      },
    };
  }

  #forget(entry: Entry): void {
    if (this.#entries.get(keyOf(entry.identity)) === entry) this.#entries.delete(keyOf(entry.identity));
    if (entry.pidfd !== undefined) closeFd(entry.pidfd);
    entry.pidfd = undefined;
    if (this.#entries.size > 0) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #schedule(): void {
    if (this.#timer !== undefined || this.#entries.size === 0) return;
    const interval = this.#urgent || this.#waiters.size > 0 ? URGENT_INTERVAL_MS : RELAXED_INTERVAL_MS;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      try {
        this.checkNow();
      } finally {
        this.#schedule();
      }
    }, interval);
  }
}

function keyOf(identity: ProcessIdentity): string {
  return `${identity.pid}.${identity.startTicks}`;
}

/** One listener that throws does not keep the others from hearing. */
function callAll(listeners: readonly (() => void)[]): void {
  const errors: unknown[] = [];
  for (const listener of listeners) {
    try {
      listener();
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0) throw errors.length === 1 ? errors[0] : new AggregateError(errors, 'exit listeners failed');
}

function isEntryAlive(entry: Entry): boolean {
  if (entry.ended) return false;
  if (entry.pidfd !== undefined) return !hasEnded(entry.pidfd);
  return isRunning(entry.identity.pid, entry.identity.startTicks);
}

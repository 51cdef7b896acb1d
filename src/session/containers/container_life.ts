import { constants } from 'node:os';
import type { Clock } from '../../os/clock.js';
import { blocks, isInOurPidNamespace, readStartTicks, TICK_MS } from '../../os/process_facts.js';
import type { ProcessIdentity } from '../../os/process_identity.js';
import type { ProcessWatch } from '../../os/process_watch.js';
import type { ContainerOfSession } from '../launched/container_of_session.js';
import type { MainEnd } from '../launched/outcome_rules.js';
import type { LaunchRecord } from '../launched/record.js';
import { sessionOf } from '../stopping/marked_processes.js';
import { type ContainerFault, containerEnd } from './end_rules.js';
import type { Leftovers } from './leftovers.js';
import type { ContainerLimits } from './limits.js';
import type { Places } from './places.js';

const QUICK_LOOK_MS = 25;
const LOOK_MS = 250;
const ERROR_BYTES = 4_096;

export interface ContainerLifeParts {
  readonly places: Places;
  readonly leftovers: Leftovers;
  readonly processWatch: Pick<ProcessWatch, 'isAlive' | 'onExit'>;
  readonly clock: Clock;
  readonly limits: Pick<ContainerLimits, 'startMs' | 'lostMs'>;
  /** By the configuration as it is now. */
  readonly isMemoryLimited: () => boolean;
  /** The last bytes of its standard error. */
  readonly errorTail: (bytes: number) => Promise<Buffer>;
  /** Removes folders of which some are the container's user's. */
  readonly removePlaces: (places: Places) => Promise<void>;
  readonly onFault: (error: unknown) => void;
}

/**
 * Follows one container by its own main process: whatever podman and conmon
 * come to, a session neither waits for what is over nor leaves it behind.
 */
export class ContainerLife implements ContainerOfSession {
  readonly #record: LaunchRecord;
  readonly #parts: ContainerLifeParts;
  #timer: NodeJS.Timeout | undefined;
  #unwatch: () => void = () => undefined;
  #giveUp: () => void = () => undefined;
  #closed = false;
  /** Its container was there still when what waited for it had ended. */
  #outlived = false;

  constructor(record: LaunchRecord, parts: ContainerLifeParts) {
    this.#record = record;
    this.#parts = parts;
  }

  /**
   * Undefined: it has not begun. Pids are given anew: one that does not bear
   * the session's mark, and began after the pid was written down, is another.
   */
  get processOne(): ProcessIdentity | undefined {
    const { places, clock } = this.#parts;
    const written = places.pid();
    if (written === undefined) return undefined;
    const startTicks = readStartTicks(written.pid);
    if (startTicks === undefined) return GONE;
    const writtenBoottimeMs = clock.boottimeMs() - clock.wallMs() + written.wallMs;
    // The mark first: the wall clock may have been set by hours since.
    const isIt =
      sessionOf(written.pid) === this.#record.sessionId || startTicks * TICK_MS < writtenBoottimeMs + CLOCK_SLACK_MS;
    return isIt ? { pid: written.pid, startTicks } : GONE;
  }

  follow(giveUp: () => void): void {
    this.#giveUp = giveUp;
    this.#awaitStart(this.#parts.clock.monotonicMs());
  }

  /**
   * Its process 1 alone, which hands TERM on to the program: once, and by
   * whatever podman is. `podman start` would do the same as soon as it has
   * started it; before that TERM ends it, and the container lives without it.
   */
  hearsTerm({ pid, startTicks }: ProcessIdentity): boolean {
    const main = this.processOne;
    if (main === undefined) return this.#isCloning && isInOurPidNamespace(pid);
    if (main.pid !== pid || main.startTicks !== startTicks) return false;
    // Until the init has it blocked, to wait for it, process 1 is deaf to it.
    const isOld = this.#parts.clock.boottimeMs() - startTicks * TICK_MS > STARTED_MS;
    return isOld || blocks(pid, constants.signals.SIGTERM);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#unwatch();
  }

  async settle(main: MainEnd): Promise<MainEnd> {
    this.close();
    const { places, leftovers, errorTail, isMemoryLimited } = this.#parts;
    const { sessionId, agent } = this.#record;
    const fault = places.fault();
    const identity = this.processOne;
    const started = identity !== undefined;
    const outlived = this.#outlived || (started && this.#parts.processWatch.isAlive(identity));
    // Those that were made here are removed by conmon, before podman says how they ended.
    const isRemoved = main.kind === 'code' && started && !outlived && fault === undefined && places.containerId !== '';
    if (isRemoved) await leftovers.ended(sessionId);
    else if (agent !== undefined) await leftovers.remove(sessionId, agent.container.name);
    // What is left of its folder is no part of how it ended.
    if (this.#record.onComplete === '') await this.tidy();
    const tail = (await errorTail(ERROR_BYTES)).toString('utf8');
    const { command } = this.#record;
    return containerEnd(main, { started, outlived, fault, memoryLimited: isMemoryLimited(), command, errorTail: tail });
  }

  async tidy(): Promise<void> {
    if (this.#parts.places.isRemoved) return;
    try {
      await this.#parts.removePlaces(this.#parts.places);
    } catch (error) {
      this.#parts.onFault(error);
    }
  }

  /** @param sinceMs When podman was told to start it; moved on while its repository is cloned. */
  #awaitStart(sinceMs: number): void {
    if (this.#closed) return;
    const { clock, leftovers } = this.#parts;
    const identity = this.processOne;
    if (identity !== undefined) {
      leftovers.removeSecrets(this.#record.sessionId).catch(this.#parts.onFault);
      this.#awaitEnd(identity);
      return;
    }
    const nowMs = clock.monotonicMs();
    const isCloning = this.#isCloning;
    const waitedMs = isCloning ? 0 : nowMs - sinceMs;
    const { startMs } = this.#parts.limits;
    if (waitedMs > startMs) {
      this.#fail({ kind: 'stuck', why: `podman did not start the container within ${startMs / 1_000} s` });
      return;
    }
    const pauseMs = waitedMs < 5_000 && !isCloning ? QUICK_LOOK_MS : LOOK_MS;
    this.#timer = setTimeout(() => this.#awaitStart(isCloning ? nowMs : sinceMs), pauseMs);
  }

  #awaitEnd(identity: ProcessIdentity): void {
    const { processWatch, limits } = this.#parts;
    const { main } = this.#record;
    const unwatchContainer = processWatch.onExit(identity, () => {
      this.#timer = setTimeout(() => {
        if (this.#closed || !processWatch.isAlive(main)) return;
        this.#fail({ kind: 'lost', why: 'its container ended, and podman did not say how' });
      }, limits.lostMs);
    });
    // At once: the container that it has told to end may be gone by the time at which its own end has been read.
    const unwatchMain = processWatch.onExit(main, () => {
      this.#outlived = processWatch.isAlive(identity);
    });
    this.#unwatch = () => {
      unwatchContainer();
      unwatchMain();
    };
  }

  #fail(fault: ContainerFault): void {
    try {
      this.#parts.places.giveUp(fault);
    } catch (error) {
      this.#parts.onFault(error);
    }
    this.#giveUp();
  }

  get #isCloning(): boolean {
    return this.#record.agent?.repo !== '' && !this.#parts.places.isCloned;
  }
}

/** Podman's runtime has become the container's process 1 by then. */
const STARTED_MS = 1_000;
/** Where the mark can't be read, the wall clock may have been set by so much. */
const CLOCK_SLACK_MS = 2_000;
/** No process has this identity. */
const GONE: ProcessIdentity = { pid: 0, startTicks: 0 };

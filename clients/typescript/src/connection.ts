import { resolve } from 'node:path';
import { startDaemon } from './autostart.js';
import { Backoff, pause } from './backoff.js';
import { DaemonChannel } from './channel.js';
import type { DaemonCommand } from './connect_options.js';
import { crashesAgain, heldBack } from './crash_hold_back.js';
import { locateDaemon, locateSocket } from './discovery.js';
import { cancelled, isTenureError, type TenureError } from './errors.js';
import { daemonElsewhere, type NoStart, noDaemon } from './no_daemon.js';
import { type Patience, withPatience } from './patience.js';
import type { OnNotReady } from './readiness.js';
import { checkSocket } from './socket_check.js';
import { inheritedTracing, type Tracing } from './tracing.js';

/** One try to connect; a local socket answers at once, a daemon that is stopped or starved does not. */
const CONNECT_TIMEOUT_MS = 5_000;
/** A supervisor has so long to bring a crashed daemon back before a client does. */
const SUPERVISOR_GRACE_MS = 1_000;
/** How often to look whether a daemon that is held back was started all the same. */
const HELD_BACK_LOOK_MS = 500;
/** Pauses between starts of a daemon that refuses to start. */
const FIRST_START_PAUSE_MS = 1_000;
const LONGEST_START_PAUSE_MS = 30_000;

/** How to find and start the daemon. */
export interface ConnectionOptions {
  readonly socketPath: string | undefined;
  readonly autostart: DaemonCommand | undefined;
  /** Why there is no `autostart`. */
  readonly noStart?: NoStart | undefined;
  /** Starts even a daemon that is held back after crashes. */
  readonly startAnyway?: boolean | undefined;
  /** How long `open` waits for a daemon that is held back; 0: it does not. */
  readonly heldBackWaitMs?: number | undefined;
  readonly onHeldBack?: ((error: TenureError) => void) | undefined;
  readonly timeoutMs: number;
  readonly tracing?: Tracing | undefined;
  readonly onNotReady?: OnNotReady | undefined;
}

/**
 * The way to the daemon, wherever it is now: after a break it is looked for
 * again, for another start of it may listen on another socket.
 */
export class Connection {
  /** How its calls take part in traces. */
  readonly tracing: Tracing;
  readonly #options: ConnectionOptions;
  #channel: DaemonChannel;
  #attempt: Promise<void> | undefined;
  #downSince: number | undefined;
  #nextStart = 0;
  #startPauseMs = FIRST_START_PAUSE_MS;
  #startFailure: TenureError | undefined;
  #closed = false;
  readonly #closing = new AbortController();

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.tracing = options.tracing ?? inheritedTracing(process.env);
    this.#channel = new DaemonChannel(this.#locate());
  }

  /** The channel to make calls on; another one after the daemon has moved. */
  get channel(): DaemonChannel {
    return this.#channel;
  }

  /** Fires when the connection is closed. */
  get closing(): AbortSignal {
    return this.#closing.signal;
  }

  get onNotReady(): OnNotReady | undefined {
    return this.#options.onNotReady;
  }

  isReady(): boolean {
    return !this.#closed && this.#channel.isReady();
  }

  /**
   * Connects for the first time: at once, or by starting the daemon.
   *
   * @throws TenureError: UNREACHABLE, FOREIGN_SOCKET, CONFIG_INVALID, CANCELLED.
   */
  async open(signal?: AbortSignal): Promise<void> {
    if (await this.#tryConnect(this.#patience(signal))) {
      return;
    }
    if (this.#options.autostart === undefined) {
      throw this.#noDaemon();
    }
    const elsewhere = daemonElsewhere(this.#channel.socketPath);
    if (elsewhere !== undefined) {
      throw elsewhere;
    }
    if (this.#options.startAnyway !== true && (await this.#waitOutCrashes(signal))) {
      return;
    }
    const patience = this.#patience(signal);
    await this.#start(this.#options.autostart, patience);
    await this.ready(patience);
  }

  /**
   * Waits until the daemon answers again.
   *
   * @throws TenureError: UNREACHABLE after the deadline, CANCELLED.
   */
  async ready(patience: Patience): Promise<void> {
    const backoff = new Backoff();
    while (!this.isReady()) {
      this.#refuseIfOver(patience);
      try {
        this.#attempt ??= this.#reconnect().finally(() => {
          this.#attempt = undefined;
        });
        await withPatience(this.#attempt, patience);
        return;
      } catch (error) {
        if (!isTenureError(error) || isTenureError(error, 'CANCELLED') || performance.now() >= patience.deadline) {
          throw error;
        }
      }
      await backoff.pause(patience.signal);
    }
  }

  close(): void {
    this.#closed = true;
    this.#closing.abort();
    this.#channel.close();
  }

  /** Until the daemon may be started, as long as that is waited for. Answers whether it runs by then: somebody may ask for it. */
  async #waitOutCrashes(signal: AbortSignal | undefined): Promise<boolean> {
    const { heldBackWaitMs = 0, onHeldBack } = this.#options;
    const deadline = performance.now() + heldBackWaitMs;
    let tell = onHeldBack;
    for (;;) {
      const crashed = heldBack(locateDaemon().record);
      if (crashed === undefined) {
        return false;
      }
      const error = crashesAgain(crashed);
      const now = performance.now();
      if (now >= deadline) {
        throw error;
      }
      tell?.(error);
      tell = undefined;
      await pause(Math.min(HELD_BACK_LOOK_MS, crashed.untilMs - Date.now(), deadline - now), signal);
      if (await this.#tryConnect(this.#patience(signal))) {
        return true;
      }
    }
  }

  #patience(signal: AbortSignal | undefined): Patience {
    return { deadline: performance.now() + this.#options.timeoutMs, signal };
  }

  async #reconnect(): Promise<void> {
    const now = performance.now();
    this.#downSince ??= now;
    if (await this.#tryConnect({ deadline: now + CONNECT_TIMEOUT_MS })) {
      this.#downSince = undefined;
      this.#startPauseMs = FIRST_START_PAUSE_MS;
      this.#startFailure = undefined;
      return;
    }
    const { autostart } = this.#options;
    if (autostart !== undefined && this.#mayStart()) {
      await this.#start(autostart, { deadline: performance.now() + this.#options.timeoutMs, signal: this.closing });
    }
    throw this.#startFailure ?? this.#noDaemon();
  }

  /** A daemon that somebody stopped stays stopped; one that crashed is started again, at a civil pace. */
  #mayStart(): boolean {
    const now = performance.now();
    if (this.#closed || now - (this.#downSince ?? now) < SUPERVISOR_GRACE_MS || now < this.#nextStart) {
      return false;
    }
    const { record } = locateDaemon();
    const crashed = heldBack(record);
    if (crashed !== undefined) {
      this.#startFailure = crashesAgain(crashed);
      return false;
    }
    return record?.stopped !== true || record.socketPath !== this.#channel.socketPath;
  }

  async #start(command: DaemonCommand, { deadline, signal }: Patience): Promise<void> {
    const pauseMs = this.#startPauseMs;
    this.#startPauseMs = Math.min(pauseMs * 2, LONGEST_START_PAUSE_MS);
    const { socketPath } = this.#options;
    try {
      await startDaemon({
        command,
        environment: socketPath === undefined ? process.env : { ...process.env, TENURE_SOCKET: resolve(socketPath) },
        timeoutMs: Math.max(0, deadline - performance.now()),
        signal,
      });
    } catch (error) {
      this.#startFailure = isTenureError(error) ? error : undefined;
      throw error;
    } finally {
      // From its end on: the channel sees only at its next try that somebody listens now.
      this.#nextStart = performance.now() + pauseMs;
    }
  }

  async #tryConnect({ deadline, signal }: Patience): Promise<boolean> {
    const socketPath = this.#locate();
    if (!checkSocket(socketPath)) {
      return false;
    }
    if (socketPath !== this.#channel.socketPath) {
      this.#channel.close();
      this.#channel = new DaemonChannel(socketPath);
    }
    const timeoutMs = Math.min(CONNECT_TIMEOUT_MS, deadline - performance.now());
    return await withPatience(this.#channel.connect(timeoutMs), { deadline, signal });
  }

  #locate(): string {
    return resolve(this.#options.socketPath ?? locateSocket());
  }

  #noDaemon(): TenureError {
    return noDaemon(this.#channel.socketPath, this.#options.noStart);
  }

  #refuseIfOver({ deadline, signal }: Patience): void {
    if (this.#closed || signal?.aborted) {
      throw cancelled(this.#closed ? 'the client was closed' : 'given up while connecting', signal?.reason);
    }
    if (performance.now() >= deadline) {
      throw this.#startFailure ?? this.#noDaemon();
    }
  }
}

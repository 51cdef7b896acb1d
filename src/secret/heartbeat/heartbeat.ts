import { isDeepStrictEqual } from 'node:util';
import { messageOf } from '../../os/errno.js';
import type { EventSink } from '../../telemetry/events.js';
import type { KillSwitchOrders } from '../kill_switch/kill_switch_orders.js';
import type { Seal } from '../seal.js';
import {
  afterQuestion,
  atNewAddress,
  faultOfStatus,
  type HeartbeatState,
  shownUrl,
  UNTRIED,
} from './heartbeat_rules.js';
import type { HttpQuestion } from './http_question.js';
import type { Pulled, PulledFile } from './pulled_file.js';

export interface HeartbeatSettings {
  /** May hold credentials: never shown as it is. */
  readonly url: string;
  /** From an answer to the next question. */
  readonly intervalMs: number;
  readonly timeoutMs: number;
  /** In a row, that pull the kill switch. */
  readonly failures: number;
  readonly revokeAll: boolean;
  readonly rotateAll: boolean;
  readonly wipeVault: boolean;
}

/** How the heartbeat is, for the status. */
export interface HeartbeatNumbers extends Omit<HeartbeatState, 'pulled'> {
  /** Without credentials and query. */
  readonly url: string;
  readonly failuresAllowed: number;
}

/** What the kill switch is told. */
export type HeartbeatOrders = Pick<KillSwitchOrders, 'revokeAll' | 'rotateAll' | 'wipeVault' | 'reason'>;

export interface HeartbeatParts {
  /** Answers a status code; rejects with words that may be shown. */
  readonly ask: (question: HttpQuestion) => Promise<number>;
  /** Pulls the kill switch. Where it rejects, the next failure pulls again. */
  readonly pull: (orders: HeartbeatOrders) => Promise<void>;
  readonly seal: Pick<Seal, 'close'>;
  readonly kept: Pick<PulledFile, 'read' | 'write' | 'remove'>;
  readonly events: EventSink;
  readonly wallMs: () => number;
}

/**
 * Asks a remote address again and again. When it has failed too often in a
 * row, secrets are sealed until it answers, and the kill switch is pulled once.
 */
export class Heartbeat {
  readonly #parts: HeartbeatParts;
  readonly #listeners = new Set<() => void>();
  #settings: HeartbeatSettings | undefined;
  #state: HeartbeatState = UNTRIED;
  /** Ends the question under way. */
  #asking: AbortController | undefined;
  #timer: NodeJS.Timeout | undefined;
  #unseal: (() => void) | undefined;
  #closed = false;

  constructor(parts: HeartbeatParts) {
    this.#parts = parts;
  }

  /** Begins with what the run before left: what it sealed stays so until the heartbeat answers. */
  start(settings: HeartbeatSettings | undefined): void {
    const pulled = settings === undefined ? undefined : this.#parts.kept.read();
    if (settings !== undefined && pulled !== undefined) {
      this.#unseal = this.#parts.seal.close(pulled.reason);
      // A switch that did not get to its end is pulled by the next failure.
      const failures = pulled.done ? 0 : settings.failures - 1;
      this.#state = { ...UNTRIED, failures, triggeredWallMs: pulled.wallMs, pulled: pulled.done };
    }
    if (settings === undefined) this.#forget();
    this.configure(settings);
  }

  /** Asks by these settings from now on, at once where they are new; undefined: no more, and nothing stays sealed. */
  configure(settings: HeartbeatSettings | undefined): void {
    const before = this.#settings;
    if (this.#closed || isDeepStrictEqual(settings, before)) return;
    this.#settings = settings;
    this.#stop();
    if (settings === undefined) {
      this.#state = UNTRIED;
      this.#letGo();
    } else {
      if (before !== undefined && settings.url !== before.url) this.#state = atNewAddress(this.#state);
      this.#ask(settings);
    }
    this.#tell();
  }

  /** Undefined where none is configured. */
  status(): HeartbeatNumbers | undefined {
    if (this.#settings === undefined) return undefined;
    const { pulled: _, ...numbers } = this.#state;
    return { url: shownUrl(this.#settings.url), failuresAllowed: this.#settings.failures, ...numbers };
  }

  /** Hears of every change of the status. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Asks no more. What is sealed stays so. */
  close(): void {
    this.#closed = true;
    this.#stop();
  }

  #stop(): void {
    clearTimeout(this.#timer);
    this.#asking?.abort();
    this.#asking = undefined;
  }

  #ask(settings: HeartbeatSettings): void {
    const asking = new AbortController();
    this.#asking = asking;
    const { url, timeoutMs } = settings;
    const answered = (failure: string): void => {
      // Other settings, or none, came meanwhile.
      if (this.#asking !== asking) return;
      this.#take(failure, settings);
      this.#timer = setTimeout(() => this.#ask(settings), settings.intervalMs);
    };
    this.#parts.ask({ url, timeoutMs, signal: asking.signal }).then(
      (code) => answered(faultOfStatus(code)),
      (error: unknown) => answered(messageOf(error)),
    );
  }

  #take(failure: string, settings: HeartbeatSettings): void {
    const { state, step } = afterQuestion(this.#state, failure, settings.failures, this.#parts.wallMs());
    const { failures } = this.#state;
    this.#state = state;
    switch (step) {
      case 'none':
        break;
      case 'recovered':
        this.#letGo();
        this.#parts.events.emit({
          action: 'secret.heartbeat_recovered',
          level: 'info',
          success: true,
          metadata: { url: shownUrl(settings.url), failures },
        });
        break;
      case 'failed':
        this.#tellFailure(failure, settings);
        break;
      case 'pull':
        this.#tellFailure(failure, settings);
        this.#pull(settings);
        break;
      default:
        step satisfies never;
    }
    this.#tell();
  }

  #pull({ url, failures, revokeAll, rotateAll, wipeVault }: HeartbeatSettings): void {
    const times = failures === 1 ? 'once' : `${failures} times in a row`;
    const reason = `the heartbeat ${shownUrl(url)} failed ${times}`;
    this.#unseal ??= this.#parts.seal.close(reason);
    const wallMs = this.#parts.wallMs();
    // First: a restart in the middle of it seals, and pulls again.
    this.#keep({ reason, wallMs, done: false }, url);
    this.#parts.pull({ revokeAll, rotateAll, wipeVault, reason }).then(
      () => {
        // Unless it has answered meanwhile.
        if (this.#unseal !== undefined) this.#keep({ reason, wallMs, done: true }, url);
      },
      (error: unknown) => {
        this.#state = { ...this.#state, pulled: false };
        this.#tellFault(`the kill switch could not be pulled: ${messageOf(error)}`, url);
      },
    );
  }

  #keep(pulled: Pulled, url: string): void {
    try {
      this.#parts.kept.write(pulled);
    } catch (error) {
      this.#tellFault(`a restart would not know that secrets are sealed: ${messageOf(error)}`, url);
    }
  }

  #forget(): void {
    try {
      this.#parts.kept.remove();
    } catch {
      // What stays seals the next run until its heartbeat answers: no harm.
    }
  }

  #tellFault(reason: string, url: string): void {
    this.#parts.events.emit({
      action: 'secret.heartbeat_failed',
      level: 'error',
      success: false,
      metadata: { url: shownUrl(url), reason },
    });
  }

  #tellFailure(reason: string, { url, failures }: HeartbeatSettings): void {
    this.#parts.events.emit({
      action: 'secret.heartbeat_failed',
      level: 'warn',
      success: false,
      metadata: { url: shownUrl(url), reason, failures: this.#state.failures, failuresAllowed: failures },
    });
  }

  #letGo(): void {
    this.#unseal?.();
    this.#unseal = undefined;
    this.#forget();
  }

  #tell(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}

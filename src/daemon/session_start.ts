import type { WarningRegistry } from '../health/warning_registry.js';
import { messageOf } from '../os/errno.js';
import type { ServingRegistry } from '../rpc/serving_registry.js';
import type { Sessions } from '../session/create_sessions.js';

const SERVICE = 'tenure.session.v1.SessionService';
const FAILED = 'sessions-not-taken-up';
const UNREADABLE = 'session-unreadable';
const RETRY_MS = 10_000;

export interface SessionStartParts {
  readonly sessions: Pick<Sessions, 'start'>;
  readonly registry: ServingRegistry;
  readonly warnings: WarningRegistry;
  readonly onFault: (error: unknown) => void;
}

/**
 * Takes up the sessions of earlier runs while leases are served already.
 * Until that is done, session calls are refused; where it fails it is told,
 * and tried again, and leases go on.
 */
export class SessionStart {
  readonly #parts: SessionStartParts;
  #retry: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(parts: SessionStartParts) {
    this.#parts = parts;
  }

  begin(): void {
    this.#parts.registry.set(SERVICE, false);
    this.#attempt().catch((error: unknown) => this.#parts.onFault(error));
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#retry);
  }

  async #attempt(): Promise<void> {
    const { sessions, registry, warnings } = this.#parts;
    try {
      const unreadable = await sessions.start();
      if (this.#closed) return;
      warnings.clear(FAILED);
      registry.set(SERVICE, true);
      if (unreadable.length > 0) this.#tellUnreadable(unreadable);
    } catch (error) {
      if (this.#closed) return;
      this.#parts.onFault(error);
      warnings.raise(FAILED, {
        message: `the sessions of earlier runs could not be taken up: ${messageOf(error)}`,
        remedy: 'session calls are refused until it succeeds; it is tried every 10 s, and the log has more',
      });
      this.#retry = setTimeout(() => this.begin(), RETRY_MS);
    }
  }

  #tellUnreadable(unreadable: readonly { readonly folder: string; readonly fault: string }[]): void {
    const [first] = unreadable;
    this.#parts.warnings.raise(UNREADABLE, {
      message: `${unreadable.length} session folders cannot be read, such as ${first?.folder}: ${first?.fault}`,
      remedy: 'they are left as they are; remove them, or restore their record.json',
    });
  }
}

import { messageOf } from '../../os/errno.js';
import { howItFailed, type runShellCommand } from '../../os/shell_command.js';
import type { EventSink } from '../../telemetry/events.js';
import { hookEnvironment } from '../hooks/hook_environment.js';
import type { Webhooks } from '../hooks/webhook.js';
import type { StoredFuse } from './fuse_rules.js';

const EXEC_MS = 120_000;
const WEBHOOK_MS = 30_000;
const WEBHOOK_TRIES = 4;

/** How a fuse's action went; `detail` has nothing of what it ran or called. */
export interface FuseOutcome {
  readonly success: boolean;
  readonly detail: string;
}

export interface FuseActionsParts {
  readonly run: typeof runShellCommand;
  /** All that commands get, besides what tells them of their fuse. */
  readonly environment: NodeJS.ProcessEnv;
  readonly webhooks: Pick<Webhooks, 'deliver'>;
  readonly stopSession: (sessionId: string, reason: string) => Promise<void>;
  readonly events: EventSink;
}

/** Does what fuses say. */
export class FuseActions {
  readonly #parts: FuseActionsParts;

  constructor(parts: FuseActionsParts) {
    this.#parts = parts;
  }

  /** Never rejects. */
  async run(fuse: StoredFuse, signal: AbortSignal): Promise<FuseOutcome> {
    try {
      return await this.#run(fuse, signal);
    } catch (error) {
      return { success: false, detail: messageOf(error) };
    }
  }

  #run(fuse: StoredFuse, signal: AbortSignal): Promise<FuseOutcome> {
    switch (fuse.deed.kind) {
      case 'exec':
        return this.#exec(fuse, fuse.deed.command, signal);
      case 'webhook':
        return this.#post(fuse, fuse.deed.url, signal);
      case 'stop-session':
        return this.#stop(fuse, signal);
      case 'event':
        return this.#emit(fuse, fuse.deed.event);
    }
  }

  async #exec(
    { fuseId, sessionId, directory }: StoredFuse,
    command: string,
    signal: AbortSignal,
  ): Promise<FuseOutcome> {
    const variables = { TENURE_FUSE_ID: fuseId, TENURE_SESSION_ID: sessionId, TENURE_DIRECTORY: directory };
    const result = await this.#parts.run({
      command,
      environment: hookEnvironment(this.#parts.environment, variables),
      timeLimitMs: EXEC_MS,
      ...(directory !== '' && { directory }),
      signal,
    });
    const failure = howItFailed(result, `${EXEC_MS / 1_000} s`);
    return { success: failure === '', detail: failure === '' ? 'ended with exit code 0' : failure };
  }

  async #post(fuse: StoredFuse, url: string, signal: AbortSignal): Promise<FuseOutcome> {
    const { fuseId, sessionId, directory, label, fireWallMs, setWallMs } = fuse;
    const body = JSON.stringify({
      type: 'fuse.fired',
      fuse: { fuseId, sessionId, directory, label, fireTime: iso(fireWallMs), setTime: iso(setWallMs) },
    });
    const limits = { tries: WEBHOOK_TRIES, tryMs: WEBHOOK_MS, limitMs: WEBHOOK_MS };
    const { success, detail } = await this.#parts.webhooks.deliver({ url, delivery: fuseId, body, ...limits }, signal);
    return { success, detail };
  }

  async #stop({ fuseId, sessionId, label }: StoredFuse, signal: AbortSignal): Promise<FuseOutcome> {
    const reason = label === '' ? `fuse ${fuseId} went off` : `fuse ${fuseId} went off: ${label}`;
    const stopped = this.#parts.stopSession(sessionId, reason);
    let giveUp: () => void = () => undefined;
    const givenUp = new Promise<FuseOutcome>((resolve) => {
      giveUp = () => resolve({ success: false, detail: 'was not awaited because the daemon stops' });
    });
    signal.addEventListener('abort', giveUp);
    try {
      return await Promise.race([stopped.then(() => ({ success: true, detail: 'stopped the session' })), givenUp]);
    } finally {
      signal.removeEventListener('abort', giveUp);
    }
  }

  async #emit({ fuseId, sessionId, directory, label }: StoredFuse, action: string): Promise<FuseOutcome> {
    const metadata = { fuseId, sessionId, directory, label };
    this.#parts.events.emit({ action, level: 'info', success: true, metadata });
    return { success: true, detail: `emitted ${action}` };
  }
}

function iso(wallMs: number): string {
  return new Date(wallMs).toISOString();
}

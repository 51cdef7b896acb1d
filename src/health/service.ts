import type { HealthServiceService, WatchStatusRequest } from '@tenure/client/gen/tenure/health/v1/health_service';
import { type HandlersFor, serverStream, unary } from '../rpc/handlers.js';
import { Refusal } from '../rpc/refusal.js';
import { fromDuration } from './proto_time.js';
import { type StatusSources, statusOf } from './status.js';
import type { StatusChanges } from './status_changes.js';

const DEFAULT_INTERVAL_MS = 10_000;
const MIN_INTERVAL_MS = 100;
const MAX_INTERVAL_MS = 3_600_000;

function intervalOf(request: WatchStatusRequest): number {
  if (request.interval === undefined) return DEFAULT_INTERVAL_MS;
  const interval = fromDuration(request.interval);
  if (interval < MIN_INTERVAL_MS || interval > MAX_INTERVAL_MS) {
    throw new Refusal('INVALID_FIELD', 'interval must be from 100 ms to 1 h, or left out for 10 s', {
      field: 'interval',
    });
  }
  return interval;
}

/** What became of reading the configuration again. */
export type ReloadOutcome =
  | { readonly kind: 'reloaded'; readonly configPath: string; readonly needsRestart: readonly string[] }
  | { readonly kind: 'refused'; readonly message: string };

/** What an error can carry to its caller. */
const MAX_FAULTS_TEXT = 1_800;

/** Whole lines, and how many more there are. */
function shortened(message: string): string {
  if (message.length <= MAX_FAULTS_TEXT) return message;
  const kept = message.slice(0, message.lastIndexOf('\n', MAX_FAULTS_TEXT));
  const left = message.slice(kept.length + 1).split('\n').length;
  return `${kept}\n  and ${left} more, which 'tenure config check' shows`;
}

/** Serves tenure.health.v1.HealthService: how the daemon is, once or as it changes. */
export function createHealthService(
  sources: StatusSources,
  changes: StatusChanges,
  monotonicMs: () => number,
  reload: () => Promise<ReloadOutcome>,
): HandlersFor<typeof HealthServiceService> {
  const answer = () => ({ status: statusOf(sources, monotonicMs()) });
  return {
    getStatus: unary(answer, { role: 'viewer' }),
    watchStatus: serverStream(
      async (request, _context, out) => {
        const interval = intervalOf(request);
        const cursor = changes.open();
        try {
          while (!out.closed.aborted) {
            // One who reads slowly gets fewer messages, each of them new.
            if (!out.write(answer())) await out.drained();
            await cursor.next(interval, out.closed);
          }
        } finally {
          cursor.close();
        }
      },
      { role: 'viewer' },
    ),
    reloadConfig: unary(
      async () => {
        const outcome = await reload();
        if (outcome.kind === 'refused') throw new Refusal('CONFIG_INVALID', shortened(outcome.message));
        return { configPath: outcome.configPath, needsRestart: [...outcome.needsRestart] };
      },
      { role: 'operator' },
    ),
  };
}

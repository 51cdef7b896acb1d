import type { WatchStatusOptions } from './client.js';
import type { Connection } from './connection.js';
import { durationFromMillis } from './duration.js';
import type { DaemonStatus } from './gen/tenure/health/v1/health_service.js';
import { resumingStream } from './resuming_stream.js';

/** See `Client.watchStatus`. */
export async function* watchStatus(
  connection: Connection,
  { intervalMs, signal, onBreak }: WatchStatusOptions,
): AsyncGenerator<DaemonStatus, void, undefined> {
  const interval = intervalMs === undefined ? undefined : durationFromMillis(intervalMs);
  const answers = resumingStream({
    connection,
    open: ({ health }, metadata) => health.watchStatus({ interval }, metadata),
    isResumable: () => false,
    onBreak,
    signal,
  });
  for await (const { status } of answers) {
    if (status !== undefined) {
      yield status;
    }
  }
}

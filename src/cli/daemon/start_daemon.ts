import type { DaemonStatus } from '@tenure/client';
import { withClient } from '../connection.js';
import { ExitCode } from '../exit_codes.js';
import { Failure } from '../failure.js';
import { findRunningDaemon } from './running_daemon.js';

export interface StartedDaemon {
  readonly status: DaemonStatus;
  readonly wasRunning: boolean;
}

/** Makes sure that the daemon runs, whatever TENURE_AUTOSTART says, and however often it has crashed: this is the asking for it. */
export async function startDaemon(): Promise<StartedDaemon> {
  const wasRunning = findRunningDaemon() !== undefined;
  delete process.env['TENURE_AUTOSTART'];
  const { status } = await withClient((client) => client.health.getStatus(), { startAnyway: true });
  if (status === undefined) throw new Failure('INTERNAL', ExitCode.INTERNAL, 'the daemon answered no status');
  return { status, wasRunning };
}

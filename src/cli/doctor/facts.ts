import {
  type AdapterReport,
  type Client,
  connect,
  type DaemonLocation,
  type DaemonStatus,
  isTenureError,
  locateDaemon,
} from '@tenure/client';
import { findRunningDaemon, type RunningDaemon } from '../daemon/running_daemon.js';
import { askExamination, type Examination } from './examination.js';

/** A daemon that is well answers within milliseconds. */
const PATIENCE_MS = 5_000;

/** What the checks look at besides the system itself. */
export interface Facts {
  readonly location: DaemonLocation;
  /** By daemon.json and /proc. */
  readonly running: RunningDaemon | undefined;
  /** Undefined where none runs, or it does not answer. */
  readonly status: DaemonStatus | undefined;
  /** Undefined as the status is. */
  readonly adapters: readonly AdapterReport[] | undefined;
  /** Why the daemon that runs does not answer; empty where it does, or none runs. */
  readonly silence: string;
  /** Whether that is because commands don't come to it: by a socket that they distrust, or that is another's. */
  readonly unreached: boolean;
  /** A text says why there is none. */
  readonly examination: Examination | string;
  readonly environment: NodeJS.ProcessEnv;
  readonly uid: number;
  readonly nowMs: number;
}

export async function gatherFacts(): Promise<Facts> {
  const facts = await look();
  // One that has started meanwhile has changed what was looked at.
  return facts.running === undefined && findRunningDaemon() !== undefined ? await look() : facts;
}

async function look(): Promise<Facts> {
  const location = locateDaemon();
  const running = findRunningDaemon(location.record);
  const [answers, examination] = await Promise.all([askDaemon(running, location), askExamination()]);
  const uid = process.getuid?.() ?? -1;
  return { location, running, ...answers, examination, environment: process.env, uid, nowMs: Date.now() };
}

type Answers = Pick<Facts, 'status' | 'adapters' | 'silence' | 'unreached'>;
const NO_ANSWER: Answers = { status: undefined, adapters: undefined, silence: '', unreached: false };

/** Not where none runs: a socket of systemd's would start one. */
async function askDaemon(running: RunningDaemon | undefined, location: DaemonLocation): Promise<Answers> {
  if (running === undefined) return NO_ANSWER;
  let client: Client | undefined;
  try {
    client = await connect({ autostart: false, timeoutMs: PATIENCE_MS });
    const { status } = await client.health.getStatus();
    // Agents' own programs are asked, which may take longer than the daemon itself.
    const adapters = await client.sessions.listAdapters().then(
      (answer) => answer.adapters,
      () => undefined,
    );
    return { status, adapters, silence: status === undefined ? 'it answered no status' : '', unreached: false };
  } catch (error) {
    const silence = error instanceof Error ? error.message : String(error);
    const elsewhere = location.record?.socketPath !== location.socketPath;
    return { ...NO_ANSWER, silence, unreached: elsewhere || isTenureError(error, 'FOREIGN_SOCKET') };
  } finally {
    await client?.close();
  }
}

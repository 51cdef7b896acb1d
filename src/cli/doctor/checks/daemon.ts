import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DaemonPhase } from '@tenure/client';
import { describeDuration } from '@tenure/client/duration-text';
import type { Facts } from '../facts.js';
import { type Check, type Finding, fault, note, ok, warning } from '../finding.js';
import { lockHolder } from './lock_rules.js';

export const daemonCheck: Check = {
  id: 'daemon',
  looksAt: 'daemon.json and the lock against the processes there are, and whether the daemon answers',
  examine(facts) {
    const path = join(facts.location.stateDir, 'daemon.json');
    return facts.running === undefined ? downFindings(facts, path) : upFindings(facts, path);
  },
};

function downFindings({ location, environment }: Facts, path: string): readonly Finding[] {
  const { record, stateDir } = location;
  const holder = holderOfLock(stateDir);
  if (holder !== undefined) {
    const remedy = `see what it is (ps ${holder}); end it, then start the daemon: tenure daemon start`;
    return [fault(`pid ${holder} holds the lock of ${stateDir}, and ${path} does not name it`, remedy)];
  }
  if (record?.startCount === undefined) return [note(`none has run here yet; ${startedBy(environment)}`)];
  if (record.stopped === true) return [note(`not running; it ended in order; ${startedBy(environment)}`)];
  const remedy = "'tenure daemon logs' has its last words; the next start takes over what it held";
  return [warning(`not running; pid ${record.pid ?? 'unknown'}, which ${path} names, did not end in order`, remedy)];
}

function upFindings({ location, running, silence, unreached, status }: Facts, path: string): readonly Finding[] {
  const findings: Finding[] = [];
  const pid = running?.pid;
  if (status === undefined) {
    findings.push(
      fault(
        `pid ${pid} runs, and does not answer: ${silence}`,
        unreached
          ? 'what keeps commands from it is told below, as socket'
          : 'see what it does (tenure daemon logs); restart it with: tenure daemon restart',
      ),
    );
  } else {
    const { services } = status;
    const closed = services.filter((service) => service.status !== 'SERVING').map(({ service }) => service);
    if (closed.length > 0) {
      findings.push(warning(`pid ${pid} does not serve ${closed.join(', ')} yet`, "'tenure health' says why"));
    }
    if (status.phase === DaemonPhase.DRAINING) findings.push(note(`pid ${pid} is shutting down`));
    const stalledMs = Number(status.stalled?.seconds ?? 0n) * 1_000;
    if (stalledMs > 0) {
      findings.push(
        note(`it stood still for ${describeDuration(stalledMs)} in this run, and gave that back to its leases`),
      );
    }
  }
  const holder = holderOfLock(location.stateDir);
  if (holder !== undefined && holder !== pid) {
    findings.push(
      fault(
        `pid ${holder} holds the lock of ${location.stateDir}, and ${path} names pid ${pid}`,
        'end the one that should not be there',
      ),
    );
  }
  return findings.length > 0 ? findings : [ok(`pid ${pid} answers, start ${location.record?.startCount ?? '?'}`)];
}

function startedBy(environment: NodeJS.ProcessEnv): string {
  return environment['TENURE_AUTOSTART'] === '0'
    ? "start it with 'tenure daemon start'"
    : 'commands start it when they need it';
}

/** The pid that holds the lock; undefined where none does, or the kernel does not say. */
function holderOfLock(stateDir: string): number | undefined {
  try {
    const { ino } = statSync(join(stateDir, 'lock'), { bigint: true });
    return lockHolder(readFileSync('/proc/locks', 'utf8'), ino);
  } catch {
    return undefined;
  }
}

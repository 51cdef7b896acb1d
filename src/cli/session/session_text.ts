import {
  type LaunchHeld,
  LeaseState,
  type Session,
  SessionOutcome,
  SessionState,
  type SessionStop,
  type SessionUsage,
} from '@tenure/client';
import { enumWord } from '../json_values.js';
import { describeHeld, describeHolder } from '../lease/lease_text.js';
import { printable, type Style, style } from '../style.js';

/** The client id of the leases that a session was launched under is its id. */
const SESSION_ID = /^s[a-z2-7]{12}$/;

/** Where it is in its life or, once it is over, how it ended: `running`, `failure 7`, `signal 9`. */
export function describeState(session: Session, stream: NodeJS.WriteStream = process.stdout): string {
  const { words, tone } = stateWords(session);
  const stale = session.stale ? ', stale' : '';
  return `${tone === undefined ? words : style(tone, words, stream)}${stale}${describeLeft(session, 'left')}`;
}

/**
 * The same at the moment of its end: a stop that has ended it is still at work
 * on what it had started. One that ended well all the same is no less stopped.
 */
export function describeEnd(session: Session): string {
  const { stop, outcome } = session;
  if (stop === undefined) return describeState(session);
  const who = outcome === SessionOutcome.SUCCESS ? ` (stopped by ${describeStop(stop)})` : '';
  return `${describeState({ ...session, leftProcesses: 0 })}${who}${describeLeft(session, 'still ending')}`;
}

/** `pid 812, uid 1000: wrong branch`. */
export function describeStop({ by, uid, pid, reason }: SessionStop): string {
  const who = by === 'client' ? `pid ${pid}, uid ${uid}` : printable(by);
  return reason === '' ? who : `${who}: ${printable(reason)}`;
}

function describeLeft({ leftProcesses }: Session, what: string): string {
  if (leftProcesses === 0) return '';
  return `, ${leftProcesses === 1 ? '1 process' : `${leftProcesses} processes`} ${what}`;
}

/** The same without colours, and the colour. */
export function stateWords(session: Session): { words: string; tone: Style | undefined } {
  const words = session.state === SessionState.ENDED ? describeOutcome(session) : enumWord(SessionState, session.state);
  return { words, tone: toneOf(session) };
}

export function describeOutcome({ outcome, exitCode, signal }: Session): string {
  switch (outcome) {
    case SessionOutcome.UNSPECIFIED:
      return 'ended';
    case SessionOutcome.SIGNAL:
      return `signal ${signal}`;
    case SessionOutcome.FAILURE:
    case SessionOutcome.USAGE:
    case SessionOutcome.BLOCKED:
    case SessionOutcome.NOTHING_READY:
    case SessionOutcome.WORK_FAILED:
    case SessionOutcome.INFRASTRUCTURE:
      return exitCode === undefined
        ? enumWord(SessionOutcome, outcome)
        : `${enumWord(SessionOutcome, outcome)} ${exitCode}`;
    default:
      return enumWord(SessionOutcome, outcome);
  }
}

function toneOf({ state, outcome }: Session): Style | undefined {
  switch (state) {
    case SessionState.STARTING:
    case SessionState.RUNNING:
      return 'green';
    case SessionState.WAITING:
    case SessionState.STALLED:
    case SessionState.STOPPING:
      return 'yellow';
    case SessionState.ENDED:
      return outcome === SessionOutcome.SUCCESS || outcome === SessionOutcome.UNSPECIFIED ? 'dim' : 'red';
    default:
      return undefined;
  }
}

/** The home folder as `~`. */
export function shortPath(path: string, home: string): string {
  const isBelow = home !== '' && home !== '/' && (path === home || path.startsWith(`${home}/`));
  return printable(isBelow ? `~${path.slice(home.length)}` : path);
}

/** What it is about: the prompt, else its title or its unit of work, else what runs. */
export function describeWork({ prompt, title, workUnit, command }: Session, most: number): string {
  const text = [prompt, title, workUnit, command].find((one) => one !== '') ?? '';
  const words = printable(text.replaceAll(/\s+/g, ' ').trim());
  const characters = [...words];
  return characters.length <= most ? words : `${characters.slice(0, most - 1).join('')}…`;
}

export function describeTokens({ inputTokens, outputTokens }: SessionUsage): string {
  return compact(Number(inputTokens + outputTokens));
}

/** `950`, `12.3k`, `1.2M`. */
export function compact(count: number): string {
  if (count < 1_000) return String(count);
  if (count < 999_950) return `${(count / 1_000).toFixed(1)}k`;
  return `${(count / 1_000_000).toFixed(1)}M`;
}

/** `$0.42`; undefined where nobody counts it. */
export function describeCost(usage: SessionUsage | undefined): string | undefined {
  return usage?.costUsd === undefined ? undefined : `$${usage.costUsd.toFixed(2)}`;
}

/** Who has what a session needs: `dir/home/me/repo is held by session s4k2q7e3mzq5a (pid 812 claude)`. */
export function describeLaunchHeld({ resource, held }: LaunchHeld): string {
  const name = printable(resource);
  const first = held?.blockers[0]?.blocker;
  if (first?.$case !== 'lease' || !SESSION_ID.test(first.value.clientId)) {
    return `${name} is ${held === undefined ? 'held' : describeHeld(held)}`;
  }
  const { clientId, state } = first.value;
  const how = state === LeaseState.DRAINING ? 'being left by' : 'held by';
  const verb = isDirectory(resource) ? 'is' : 'has no room left,';
  const others = (held?.blockers.length ?? 1) - 1;
  const more = others === 0 ? '' : `, and ${others} more`;
  return `${name} ${verb} ${how} session ${clientId} (${describeHolder(first.value)})${more}`;
}

/** Else it is a limit, which several hold at once. */
function isDirectory(resource: string): boolean {
  return resource.startsWith('dir/');
}

/** What to do about it. */
export function launchHeldHint({ resource, held }: LaunchHeld): string {
  if (resource.startsWith('agent/')) {
    return 'nothing was launched; as many of its sessions run as the configuration allows (concurrency, sessions.agents)';
  }
  if (!isDirectory(resource)) {
    return 'nothing was launched; as many run as the configuration allows (sessions.limit)';
  }
  const first = held?.blockers[0]?.blocker;
  const isSession = first?.$case === 'lease' && SESSION_ID.test(first.value.clientId);
  // Also of one that has ended: what it left running keeps the directory.
  const stop = isSession ? `'tenure session stop ${first.value.clientId}' ends it, ` : '';
  return `nothing was launched; ${stop}--worktree works beside it, --force launches in the same directory all the same`;
}

import { type Revocation, type Rotation, RotationOutcome, type Secret, timestampToDate } from '@tenure/client';
import { describeDuration } from '@tenure/client/duration-text';
import { enumWord } from '../json_values.js';
import { describeAge } from '../lease/lease_text.js';
import { printable, style } from '../style.js';
import { table } from '../table.js';

/** A command may be as long as 4,096 bytes, which no table bears. */
const LONGEST_SOURCE = 48;

export function describeSecrets(secrets: readonly Secret[], nowMs: number): string {
  const titles = ['NAME', 'SOURCE', 'VERSION', 'LEASES', 'UPDATED', 'ROTATED'];
  const rows = secrets.map((secret) => [
    printable(secret.name),
    shortened(printable(secret.source)),
    String(secret.version),
    String(secret.activeLeases),
    describeAge(secret.updateTime, nowMs),
    secret.rotateTime === undefined ? style('dim', 'never') : describeAge(secret.rotateTime, nowMs),
  ]);
  return table([header(titles), ...rows]);
}

function shortened(text: string): string {
  const characters = [...text];
  return characters.length <= LONGEST_SOURCE ? text : `${characters.slice(0, LONGEST_SOURCE - 1).join('')}…`;
}

/** Leases that are gone, whose on-revoke commands have not succeeded yet. */
export function describeRevocations(revocations: readonly Revocation[], nowMs: number): string {
  const titles = ['REVOKED LEASE', 'NAME', 'CLIENT', 'TRIES', 'NEXT', 'LAST FAILURE'];
  const rows = revocations.map((revocation) => [
    revocation.leaseId,
    printable(revocation.name),
    printable(revocation.clientId),
    revocation.irrevocable ? style('red', `${revocation.attempts}, irrevocable`) : String(revocation.attempts),
    describeNext(revocation.nextAttemptTime, nowMs),
    printable(revocation.lastFailure),
  ]);
  return table([header(titles), ...rows]);
}

function describeNext(time: Revocation['nextAttemptTime'], nowMs: number): string {
  const waitMs = time === undefined ? 0 : timestampToDate(time).getTime() - nowMs;
  return waitMs <= 0 ? 'now' : `in ${describeDuration(waitMs)}`;
}

export function describeRotations(rotations: readonly Rotation[]): string {
  const rows = rotations.map((rotation) => [
    printable(rotation.name),
    describeOutcome(rotation.outcome),
    String(rotation.version),
    printable(rotation.failure),
  ]);
  return table([header(['NAME', 'OUTCOME', 'VERSION', 'FAILURE']), ...rows]);
}

function describeOutcome(outcome: RotationOutcome): string {
  const word = enumWord(RotationOutcome, outcome).replace('-', ' ');
  switch (outcome) {
    case RotationOutcome.ROTATED:
      return style('green', word);
    case RotationOutcome.FAILED:
      return style('red', word);
    default:
      return style('dim', word);
  }
}

/** `1 lease`, `3 leases`. */
export function count(number: number, one: string): string {
  return `${number} ${number === 1 ? one : `${one}s`}`;
}

function header(titles: readonly string[]): string[] {
  return titles.map((title) => style('bold', title));
}

import { LeaseState } from '@tenure/client';
import { UsageFailure } from '../failure.js';

const MODES = ['exclusive', 'shared'] as const;
const HANDOVERS = ['grant', 'wait', 'terminate'] as const;
const STATES = { active: LeaseState.ACTIVE, draining: LeaseState.DRAINING } as const;

export type ModeWord = (typeof MODES)[number];
export type HandoverWord = (typeof HANDOVERS)[number];

function parseWord<W extends string>(what: string, words: readonly W[], text: string): W {
  const found = words.find((word) => word === text);
  if (found === undefined) throw new UsageFailure(`'${text}' is no ${what}; it must be one of ${words.join(', ')}`);
  return found;
}

export function parseMode(text: string): ModeWord {
  return parseWord('mode', MODES, text);
}

export function parseHandover(text: string): HandoverWord {
  return parseWord('handover', HANDOVERS, text);
}

/** For `--state`, which may be given more than once. */
export function parseState(text: string, before: readonly LeaseState[] = []): readonly LeaseState[] {
  const word = parseWord('state', ['active', 'draining'] as const, text);
  return [...before, STATES[word]];
}

function parseInteger(what: string, text: string, least: number, most: number): number {
  const value = /^-?\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= least && value <= most)) {
    throw new UsageFailure(`'${text}' is no ${what}; it must be a whole number from ${least} to ${most}`);
  }
  return value;
}

export function parseCapacity(text: string): number {
  return parseInteger('capacity', text, 1, 2 ** 32 - 1);
}

export function parsePriority(text: string): number {
  return parseInteger('priority', text, -100, 100);
}

/** For `--pid`, which may be given more than once. */
export function parsePids(text: string, before: readonly number[] = []): readonly number[] {
  return [...before, parseInteger('process id', text, 1, 2 ** 31 - 1)];
}

export function parseFd(text: string): number {
  return parseInteger('file descriptor', text, 1, 2 ** 20);
}

export function parseRevision(text: string): bigint {
  if (!/^\d{1,20}$/.test(text) || BigInt(text) >= 2n ** 64n) {
    throw new UsageFailure(`'${text}' is no revision; take one that a watch printed`);
  }
  return BigInt(text);
}

/** For `--label KEY=VALUE`, which may be given more than once. */
export function parseLabel(text: string, before: ReadonlyMap<string, string> = new Map()): ReadonlyMap<string, string> {
  const split = text.indexOf('=');
  if (split < 1) throw new UsageFailure(`'${text}' is no label; write KEY=VALUE`);
  return new Map([...before, [text.slice(0, split), text.slice(split + 1)]]);
}

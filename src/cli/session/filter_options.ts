import { resolve } from 'node:path';
import { type ListSessionsFields, SessionState } from '@tenure/client';
import type { Command } from 'commander';
import { UsageFailure } from '../failure.js';

export interface FilterOptions {
  readonly adapter?: readonly string[];
  readonly state?: readonly SessionState[];
  readonly group?: string;
  readonly directory?: string;
  readonly launched?: boolean;
}

const STATES = {
  starting: SessionState.STARTING,
  running: SessionState.RUNNING,
  idle: SessionState.IDLE,
  waiting: SessionState.WAITING,
  stalled: SessionState.STALLED,
  stopping: SessionState.STOPPING,
  ended: SessionState.ENDED,
} as const;

function isState(word: string): word is keyof typeof STATES {
  return Object.hasOwn(STATES, word);
}

export function addFilterOptions(command: Command): Command {
  return command
    .option('-a, --adapter <name>', 'only of this adapter; may be repeated', parseEach)
    .option('-s, --state <state>', 'only in this state; may be repeated', parseState)
    .option('-g, --group <name>', 'only of this group')
    .option('-C, --directory <dir>', 'only in this directory, and below it')
    .option('--launched', 'only those that were launched here');
}

export function filterOf(options: FilterOptions): NonNullable<ListSessionsFields['filter']> {
  return {
    adapters: [...(options.adapter ?? [])],
    states: [...(options.state ?? [])],
    group: options.group,
    directory: options.directory === undefined ? undefined : resolve(options.directory),
    launchedOnly: options.launched,
  };
}

function parseEach(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}

function parseState(text: string, before: readonly SessionState[] = []): readonly SessionState[] {
  if (!isState(text)) {
    throw new UsageFailure(`'${text}' is no state; it must be one of ${Object.keys(STATES).join(', ')}`);
  }
  return [...before, STATES[text]];
}

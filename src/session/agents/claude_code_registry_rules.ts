import { numberAt, parseObject, textAt } from './json_rules.js';

/** What a Claude Code process says of itself. */
export interface ClaudeEntry {
  readonly pid: number;
  readonly sessionId: string;
  readonly directory: string;
  /** Undefined: written before there was such a field. */
  readonly startTicks: number | undefined;
  readonly startedWallMs: number;
  readonly changedWallMs: number | undefined;
  /** Undefined: older releases do not say. */
  readonly state: 'running' | 'idle' | 'waiting' | undefined;
  /** What the user has called it; the program's own `project-3f` says nothing. */
  readonly name: string;
  /** Somebody sits before it. */
  readonly interactive: boolean;
}

/** Undefined: damaged, or half written. */
export function entryOf(text: string): ClaudeEntry | undefined {
  const entry = parseObject(text);
  if (entry === undefined) return undefined;
  const pid = numberAt(entry, 'pid');
  const sessionId = textAt(entry, 'sessionId');
  if (pid === undefined || sessionId === '') return undefined;
  const procStart = Number.parseInt(textAt(entry, 'procStart'), 10);
  return {
    pid,
    sessionId,
    directory: textAt(entry, 'cwd'),
    startTicks: Number.isSafeInteger(procStart) ? procStart : undefined,
    startedWallMs: numberAt(entry, 'startedAt') ?? 0,
    changedWallMs: numberAt(entry, 'updatedAt'),
    state: stateOf(textAt(entry, 'status')),
    name: textAt(entry, 'nameSource') === 'user' ? textAt(entry, 'name') : '',
    interactive: textAt(entry, 'entrypoint') === 'cli',
  };
}

function stateOf(status: string): ClaudeEntry['state'] {
  switch (status) {
    case '':
      return undefined;
    case 'idle':
      return 'idle';
    case 'waiting':
      return 'waiting';
    default:
      return 'running';
  }
}

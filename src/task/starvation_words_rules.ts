import type { Deferral } from './deferral_rules.js';

/** Tasks named in the warning; more are counted. */
const NAMED = 5;

/** The warning's words: which tasks starve, by whom, and what can be done. */
export function starvationWords(starving: ReadonlyMap<string, Deferral>): {
  readonly message: string;
  readonly remedy: string;
} {
  const tasks = [...starving].toSorted(([, a], [, b]) => a.sinceWallMs - b.sinceWallMs);
  const named = tasks.slice(0, NAMED).map(([task, deferral]) => `${task} ${describe(deferral)}`);
  const more = tasks.length > NAMED ? `; and ${tasks.length - NAMED} more` : '';
  return { message: `kept from running for too long: ${named.join('; ')}${more}`, remedy: remedyOf(tasks) };
}

function describe({ sinceWallMs, run }: Deferral): string {
  const since = `since ${new Date(sinceWallMs).toISOString().replace(/\.\d+Z$/, 'Z')}`;
  const { holder, blockingTask, reasonCode } = run;
  if (holder !== undefined) {
    const who = [holder.pid === 0 ? '' : `pid ${holder.pid}`, holder.description].filter((word) => word !== '');
    // That of a task's lease is its description once more.
    const why = holder.reason === '' || holder.reason === holder.description ? '' : `: "${holder.reason}"`;
    const held = isOver(run) ? 'was held' : 'held';
    return `${since} (${holder.resource} ${held} by ${who.join(' ') || 'somebody'}${why})`;
  }
  if (blockingTask !== '') return `${since} (${reasonCode}: ${blockingTask})`;
  return reasonCode === '' ? since : `${since} (${reasonCode})`;
}

/** A skip tells who held the lease at that moment, and may be gone since; a wait is told anew with each other holder. */
function isOver({ status }: Deferral['run']): boolean {
  return status === 'skipped';
}

function remedyOf(tasks: readonly (readonly [string, Deferral])[]): string {
  const [first] = tasks;
  const held = tasks.map(([, { run }]) => run).find(({ holder }) => holder !== undefined && holder.resource !== '');
  const show = `tenure task show ${first?.[0] ?? ''}`;
  if (held === undefined) return `see what is in the way: ${show}`;
  const ask = isOver(held) ? 'ask the holder, if there still is one,' : 'ask the holder';
  return `${ask} to give it back: tenure lease yield ${held.holder?.resource}; or see ${show}`;
}

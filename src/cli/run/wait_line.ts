import type { QueueUpdate } from '@tenure/client';
import { describeBlocker } from '../lease/lease_text.js';
import { printable } from '../style.js';

/** One line at the foot of the terminal that says what is waited for, rewritten in place. */
export interface WaitLine {
  update(update: QueueUpdate): void;
  clear(): void;
}

/** `waiting for X · position 2 · held by pid 812 npm run sync-kb`. */
export function describeWait(update: QueueUpdate): string {
  const [blocker] = update.held?.blockers ?? [];
  const parts = [`waiting for ${printable(update.resource)}`, `position ${update.position}`];
  if (blocker !== undefined) parts.push(describeBlocker(blocker));
  return parts.join(' · ');
}

/** Silent where standard error is no terminal: logs need no moving line. */
export function openWaitLine(stream: NodeJS.WriteStream): WaitLine {
  if (stream.isTTY !== true) return { update: () => undefined, clear: () => undefined };
  let shown = false;
  return {
    update: (update) => {
      shown = true;
      stream.write(`\r\x1b[K${describeWait(update).slice(0, (stream.columns || 80) - 1)}`);
    },
    clear: () => {
      if (shown) stream.write('\r\x1b[K');
      shown = false;
    },
  };
}

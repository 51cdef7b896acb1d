import type { QueueUpdate } from '@tenure/client';
import { describeBlocker, isAncestors } from '../lease/lease_text.js';
import { warn } from '../output.js';
import { printable } from '../style.js';

/** Says what is waited for: on a terminal in one line at its foot that is rewritten in place. */
export interface WaitLine {
  update(update: QueueUpdate): void;
  clear(): void;
}

/** `waiting for X · position 2 · held by pid 812 npm run sync-kb`. */
export function describeWait(update: QueueUpdate, separator = ' · '): string {
  const [blocker] = update.held?.blockers ?? [];
  const parts = [`waiting for ${printable(update.resource)}`, `position ${update.position}`];
  if (blocker !== undefined) parts.push(describeBlocker(blocker));
  // Under --no-inherit this may never end.
  if (update.held !== undefined && isAncestors(update.held)) parts.push('a parent of this process');
  return parts.join(separator);
}

/** With `--json`: standard error has one document, and that is how it went. */
export const SILENT_WAIT: WaitLine = { update: () => undefined, clear: () => undefined };

export function openWaitLine(stream: NodeJS.WriteStream): WaitLine {
  let shown = false;
  if (stream.isTTY !== true) {
    // A log needs no moving line: what was true when the wait began is said once.
    return {
      update: (update) => {
        if (!shown) warn(`tenure: ${describeWait(update, ', ')}`);
        shown = true;
      },
      clear: () => undefined,
    };
  }
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

import type { ReadStream } from 'node:tty';
import { typeKeys } from './hidden_line_rules.js';

const NOTHING: Buffer = Buffer.alloc(0);

/**
 * Asks for a line a prompt, none of which shows. The terminal is as it was
 * before in every end: Node itself restores it where a signal ends the process.
 *
 * @returns undefined where the input was closed, by Ctrl-D or a terminal that has gone.
 */
export async function askHidden(
  terminal: ReadStream,
  screen: NodeJS.WriteStream,
  prompts: readonly string[],
): Promise<readonly Buffer[] | undefined> {
  terminal.setRawMode(true);
  try {
    return await readLines(terminal, screen, prompts);
  } finally {
    terminal.setRawMode(false);
    terminal.pause();
  }
}

async function readLines(
  terminal: ReadStream,
  screen: NodeJS.WriteStream,
  prompts: readonly string[],
): Promise<readonly Buffer[] | undefined> {
  const lines: Buffer[] = [];
  let line: Buffer = NOTHING;
  screen.write(prompts[0] ?? '');
  const chunks: AsyncIterable<Buffer> = terminal.iterator({ destroyOnReturn: false });
  for await (const chunk of chunks) {
    let keys: Buffer = chunk;
    while (keys.length > 0) {
      const typed = typeKeys(line, keys);
      keys = NOTHING;
      switch (typed.kind) {
        case 'typing':
          line = typed.line;
          break;
        case 'entered':
          screen.write('\n');
          lines.push(typed.line);
          if (lines.length === prompts.length) return lines;
          screen.write(prompts[lines.length] ?? '');
          line = NOTHING;
          keys = typed.rest;
          break;
        case 'closed':
          screen.write('\n');
          return undefined;
        case 'signal':
          screen.write('\n');
          interrupt(terminal, typed.signal);
          // Only a process that ignores the signal gets here.
          line = NOTHING;
          break;
      }
    }
  }
  return undefined;
}

/** The end that the terminal itself would have brought, were it not in raw mode. */
function interrupt(terminal: ReadStream, signal: NodeJS.Signals): void {
  terminal.setRawMode(false);
  process.kill(process.pid, signal);
  terminal.setRawMode(true);
}

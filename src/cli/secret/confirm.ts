import { createInterface } from 'node:readline';
import { UsageFailure } from '../failure.js';

/**
 * Has who sits at the terminal type a word before something that can't be undone.
 *
 * @throws UsageFailure where it is not typed, or there is no terminal.
 */
export async function confirm(what: string, word: string): Promise<void> {
  if (!process.stdin.isTTY) {
    throw new UsageFailure(`${what}: say --yes where there is no terminal to ask on; nothing was done`);
  }
  process.stderr.write(`${what}.\nType ${word} to go on: `);
  if ((await readLine())?.trim() !== word) throw new UsageFailure(`not confirmed with '${word}'; nothing was done`);
}

/** Undefined at Ctrl-D. The terminal itself takes care of Ctrl-C. */
async function readLine(): Promise<string | undefined> {
  const lines = createInterface({ input: process.stdin, terminal: false });
  try {
    for await (const line of lines) return line;
    return undefined;
  } finally {
    lines.close();
  }
}

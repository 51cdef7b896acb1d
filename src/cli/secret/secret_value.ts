import { Option } from 'commander';
import { UsageFailure } from '../failure.js';
import { askHidden } from './hidden_prompt.js';
import { MAX_VALUE_BYTES } from './secret_limits.js';
import { withoutLineEnd } from './value_rules.js';

export interface ValueOptions {
  readonly rawInput?: boolean;
}

export const VALUE_HELP = `
The value is read from standard input, where one line end at its very end is
taken off (--raw-input keeps it). On a terminal it is asked for, unseen, twice.
It can't be an argument: it would stand in ps and in the shell's history.`;

export function rawInputOption(): Option {
  return new Option('--raw-input', "keep a line end at the value's end");
}

/**
 * The value from standard input, or from who sits at the terminal.
 *
 * @throws UsageFailure where there is none.
 */
export async function readValue(options: ValueOptions): Promise<Buffer> {
  if (process.stdin.isTTY) return await askValue();
  const input = await readInput(process.stdin);
  const value = options.rawInput === true ? input : withoutLineEnd(input);
  if (value.length > 0) return value;
  throw new UsageFailure('no value came on standard input', 'pipe it in, or run this on a terminal to be asked for it');
}

async function askValue(): Promise<Buffer> {
  const [value, again] = (await askHidden(process.stdin, process.stderr, ['Value: ', 'Again: '])) ?? [];
  if (value === undefined || again === undefined || value.length === 0) {
    throw new UsageFailure('no value was given; nothing was changed');
  }
  if (!value.equals(again)) {
    throw new UsageFailure('the two values differ; nothing was changed', 'pipe in a value of several lines');
  }
  if (value.length > MAX_VALUE_BYTES) throw tooLong();
  return value;
}

/** Reads no further than to the first byte too many. */
async function readInput(input: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of input) {
    chunks.push(chunk);
    bytes += chunk.length;
    // The line end, which may be taken off, besides.
    if (bytes > MAX_VALUE_BYTES + 2) throw tooLong();
  }
  return Buffer.concat(chunks);
}

function tooLong(): UsageFailure {
  return new UsageFailure(`the value has more than ${MAX_VALUE_BYTES} bytes; nothing was changed`);
}

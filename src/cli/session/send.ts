import type { Client } from '@tenure/client';
import { Command } from 'commander';
import { withClient } from '../connection.js';
import { UsageFailure } from '../failure.js';
import { printJson } from '../output.js';
import { findSession } from './find_session.js';

interface SendOptions {
  readonly newline: boolean;
  readonly close?: boolean;
  readonly json?: boolean;
}

/** The most that goes with one call. */
const CHUNK_BYTES = 65_536;

const DETAILS = `
The session must have been launched with --stdin. Without a text, standard input
is sent as it comes. --close ends the session's input, after the text if there
is one. Prints nothing.

Examples:
  tenure session send s4k2q yes
  tenure session send s4k2q < answers.txt
  tenure session send s4k2q --close`;

export function sendCommand(): Command {
  return new Command('send')
    .summary('write to the standard input of a session')
    .description('Write to the standard input of a session.')
    .argument('<id>', 'the session, or the beginning of its id')
    .argument('[text...]', 'what to write, as a line (default: standard input)')
    .option('-n, --no-newline', 'write no line end after the text')
    .option('--close', 'end its standard input after that')
    .option('--json', 'print JSON')
    .addHelpText('after', DETAILS)
    .action(async (wanted: string, words: string[], options: SendOptions) => {
      const bytes = await withClient((client) => send(client, wanted, inputOf(words, options), options.close === true));
      if (options.json === true) await printJson({ sentBytes: bytes, closed: options.close === true });
    });
}

function inputOf(words: readonly string[], { newline, close }: SendOptions): AsyncIterable<Buffer> | readonly Buffer[] {
  if (words.length > 0) return [Buffer.from(`${words.join(' ')}${newline ? '\n' : ''}`)];
  if (process.stdin.isTTY && close === true) return [];
  if (!newline) throw new UsageFailure('--no-newline goes with a text; standard input is sent as it is');
  return process.stdin;
}

async function send(
  client: Client,
  wanted: string,
  input: AsyncIterable<Buffer> | readonly Buffer[],
  close: boolean,
): Promise<number> {
  const { sessionId } = await findSession(client, wanted);
  let bytes = 0;
  for await (const chunk of input) {
    for (let begin = 0; begin < chunk.length; begin += CHUNK_BYTES) {
      await client.sessions.sendInput({ sessionId, input: chunk.subarray(begin, begin + CHUNK_BYTES) });
    }
    bytes += chunk.length;
  }
  if (close) await client.sessions.sendInput({ sessionId, close });
  return bytes;
}

import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { ExitCode } from '../exit_codes.js';
import { Failure, UsageFailure } from '../failure.js';
import { printable } from '../style.js';
import { systemWords } from '../system_words.js';

/** Where a prompt may come from. */
export interface PromptOptions {
  readonly prompt?: string;
  readonly file?: string;
}

export const PROMPT_HELP = "what to do; '-' reads it from standard input";

/**
 * The prompt from its option, a file or standard input; empty where none was given.
 *
 * @param argument `-`, or nothing.
 */
export async function readPrompt(argument: string | undefined, { prompt, file }: PromptOptions): Promise<string> {
  if (argument !== undefined && argument !== '-') {
    throw new UsageFailure(
      `'${argument}' is too much here`,
      'give a prompt by --prompt, by --file, or - for standard input',
    );
  }
  const sources = [argument, prompt, file].filter((source) => source !== undefined);
  if (sources.length > 1) throw new UsageFailure("say what to do once: by --prompt, by --file or by '-'");
  if (sources[0] === '-') return await readStandardInput();
  return file === undefined ? (prompt ?? '') : readPromptFile(file);
}

async function readStandardInput(): Promise<string> {
  const prompt = await text(process.stdin);
  if (prompt.trim() !== '') return prompt;
  throw new UsageFailure('no prompt came on standard input', 'pipe it in, or type it and end with Ctrl-D');
}

function readPromptFile(path: string): string {
  let prompt: string;
  try {
    prompt = new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path));
  } catch (error) {
    const why = error instanceof TypeError ? 'it is no UTF-8 text' : systemWords(error);
    throw new Failure('PROMPT_UNREADABLE', ExitCode.NO_INPUT, `the prompt ${printable(path)} can't be read: ${why}`);
  }
  if (prompt.trim() === '') throw new UsageFailure(`the prompt ${printable(path)} is empty`);
  return prompt;
}

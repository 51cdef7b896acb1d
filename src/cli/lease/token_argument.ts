import { text } from 'node:stream/consumers';
import { UsageFailure } from '../failure.js';

export const TOKEN_HELP = "the owner token; '-' reads it from standard input (default: TENURE_TOKEN)";

/** The owner token from the option, standard input or the environment. Arguments show in `ps`; the others don't. */
export async function readToken(option: string | undefined): Promise<string> {
  const token = option === '-' ? await text(process.stdin) : (option ?? process.env['TENURE_TOKEN'] ?? '');
  const trimmed = token.trim();
  if (trimmed !== '') return trimmed;
  throw new UsageFailure(
    'no token was given',
    "set TENURE_TOKEN, or pipe the token in and say '--token -'; 'lease acquire' prints it",
  );
}

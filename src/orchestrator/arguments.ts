import { parseArgs } from 'node:util';
import { Refusal } from './config/refusal.js';
import { messageOf } from './runs/run_end.js';

export interface Arguments {
  readonly config: string | undefined;
  /** The one task to run. */
  readonly once: string | undefined;
  /** Only the plan is shown. */
  readonly dryRun: boolean;
  readonly json: boolean;
}

/** @throws Refusal where they are written wrongly. */
export function readArguments(argv: readonly string[]): Arguments {
  const { config, once, 'dry-run': dryRun = false, json = false } = parse(argv);
  if (once !== undefined && dryRun) throw new Refusal('usage', '--once and --dry-run exclude each other', undefined);
  return { config, once, dryRun, json };
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        config: { type: 'string' },
        once: { type: 'string' },
        'dry-run': { type: 'boolean' },
        json: { type: 'boolean' },
      },
    }).values;
  } catch (error) {
    throw new Refusal('usage', messageOf(error), undefined);
  }
}

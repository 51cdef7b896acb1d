import { isAbsolute, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { messageOf } from '../os/errno.js';
import { ExitCode, StartFailure } from './start_failure.js';

export const USAGE = `usage: tenured [--config FILE] [--foreground] [--check] [--examine]

  --config FILE   the configuration, instead of TENURE_CONFIG
  --foreground    write the log to standard error, instead of tenured.log in the state folder
  --check         say whether the configuration is right, and start nothing
  --examine       print as JSON what a daemon would find here, and change nothing; for tenure doctor
  --version       print the version
  --help          print this
`;

export interface Arguments {
  readonly show: 'usage' | 'version' | undefined;
  readonly foreground: boolean;
  /** Only the configuration is looked at. */
  readonly check: boolean;
  /** The state folder is looked at, and nothing else. */
  readonly examine: boolean;
  /** Absolute. */
  readonly configPath: string | undefined;
}

export function readArguments(argv: readonly string[], workingDirectory: string): Arguments {
  const { check, config, examine, foreground, help, version } = parse(argv);
  return {
    show: help === true ? 'usage' : version === true ? 'version' : undefined,
    foreground: foreground === true,
    check: check === true,
    examine: examine === true,
    configPath: config === undefined || isAbsolute(config) ? config : resolve(workingDirectory, config),
  };
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        check: { type: 'boolean' },
        config: { type: 'string' },
        examine: { type: 'boolean' },
        foreground: { type: 'boolean' },
        help: { type: 'boolean' },
        version: { type: 'boolean' },
      },
    }).values;
  } catch (error) {
    throw new StartFailure(ExitCode.USAGE, `${messageOf(error)}\n${USAGE}`, { cause: error });
  }
}

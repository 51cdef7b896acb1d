import type { CommandResult, runShellCommand } from '../../os/shell_command.js';
import { Turns } from '../../os/turns.js';
import { MAX_OUTPUT_BYTES } from '../value_rules.js';
import type { SourceAnswer, SourceTerms } from './source_port.js';
import { TOO_LARGE, withoutLineEnd } from './source_value_rules.js';

const MOST_AT_ONCE = 64;

/** What a command prints, without the last line end. */
export class ExecSource {
  readonly #environment: NodeJS.ProcessEnv;
  readonly #run: typeof runShellCommand;
  readonly #turns = new Turns(MOST_AT_ONCE);

  constructor(environment: NodeJS.ProcessEnv, run: typeof runShellCommand) {
    this.#environment = environment;
    this.#run = run;
  }

  async read(command: string, { signal, timeLimitMs }: SourceTerms): Promise<SourceAnswer> {
    const order = {
      command,
      environment: this.#environment,
      timeLimitMs,
      maxOutputBytes: MAX_OUTPUT_BYTES,
      signal,
    };
    const result = await this.#turns.run(() => this.#run(order), signal);
    return answerOf(result);
  }
}

function answerOf(result: CommandResult): SourceAnswer {
  switch (result.kind) {
    case 'done':
      return withoutLineEnd(result.output);
    case 'failed':
      return { cause: 'failed', problem: `${result.how}; run it by hand with /bin/sh -c, in /, to see why` };
    case 'too-large':
      return TOO_LARGE;
    case 'timeout':
    case 'aborted':
      return { cause: 'timeout', problem: 'was cut off' };
  }
}

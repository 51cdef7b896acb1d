import { delimiter, join } from 'node:path';
import type { CommandResult, runShellCommand } from '../../os/shell_command.js';
import { Turns } from '../../os/turns.js';
import { readKey } from './file_fields.js';
import type { SourceAnswer, SourceTerms } from './source_port.js';
import type { Source } from './source_rules.js';
import { withoutLineEnd } from './source_value_rules.js';

const MAX_FILE_BYTES = 1024 * 1024;
const MOST_AT_ONCE = 64;

/** The first line says what there is; the file follows. */
const SCRIPT = [
  'if [ ! -e "$TENURE_SOURCE_FILE" ]; then echo missing',
  'elif [ ! -f "$TENURE_SOURCE_FILE" ]; then echo special',
  'elif [ ! -r "$TENURE_SOURCE_FILE" ]; then echo denied',
  'else echo file; exec cat <"$TENURE_SOURCE_FILE"',
  'fi',
].join('\n');
const MAX_OUTPUT_BYTES = 'file\n'.length + MAX_FILE_BYTES;
const LINE_FEED = 0x0a;

const UNREADABLE: SourceAnswer = { cause: 'unreadable', problem: 'cannot be read; look at the file and its mode' };

/**
 * Regular files, whole or a key of them. Another process reads them: a file
 * on a network that hangs would keep one of this process's few threads for
 * ever, and a process can be killed.
 */
export class FileSource {
  readonly #home: string;
  readonly #environment: NodeJS.ProcessEnv;
  readonly #run: typeof runShellCommand;
  readonly #turns = new Turns(MOST_AT_ONCE);

  constructor(home: string, environment: NodeJS.ProcessEnv, run: typeof runShellCommand) {
    this.#home = home;
    this.#environment = environment;
    this.#run = run;
  }

  async read({ path, key }: Source & { kind: 'file' }, { signal, timeLimitMs }: SourceTerms): Promise<SourceAnswer> {
    const whole = path.startsWith('~/') ? join(this.#home, path.slice(2)) : path;
    const order = { command: SCRIPT, environment: this.#environmentFor(whole), timeLimitMs, signal };
    const result = await this.#turns.run(() => this.#run({ ...order, maxOutputBytes: MAX_OUTPUT_BYTES }), signal);
    const content = contentOf(result);
    if (!(content instanceof Uint8Array)) return content;
    return key === undefined ? withoutLineEnd(content) : readKey(path, content, key);
  }

  #environmentFor(path: string): NodeJS.ProcessEnv {
    const folders = ['/usr/bin', '/bin', this.#environment['PATH'] ?? ''].filter((folder) => folder !== '');
    return { PATH: folders.join(delimiter), TENURE_SOURCE_FILE: path };
  }
}

function contentOf(result: CommandResult): SourceAnswer {
  switch (result.kind) {
    case 'done':
      return contentAfterStatus(result.output);
    case 'failed':
      return UNREADABLE;
    case 'too-large':
      return { cause: 'too-large', problem: `has more than ${MAX_FILE_BYTES} bytes` };
    case 'timeout':
    case 'aborted':
      return { cause: 'timeout', problem: 'was cut off' };
  }
}

function contentAfterStatus(output: Buffer): SourceAnswer {
  const end = output.indexOf(LINE_FEED);
  switch (output.toString('latin1', 0, end)) {
    case 'file':
      return output.subarray(end + 1);
    case 'missing':
      return { cause: 'missing', problem: 'is not there, or in a folder that may not be entered; make the file' };
    case 'special':
      return { cause: 'unreadable', problem: 'is not a regular file; name one' };
    case 'denied':
      return { cause: 'unreadable', problem: 'may not be read by the daemon’s user; give it the right to' };
    default:
      return UNREADABLE;
  }
}

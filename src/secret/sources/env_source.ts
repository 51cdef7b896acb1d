import { Turns } from '../../os/turns.js';
import { abortable } from './abortable.js';
import { readEnvFile } from './daemon_env_file.js';
import type { SourceAnswer, SourceTerms } from './source_port.js';
import { exactly } from './source_value_rules.js';

export interface EnvSourceParts {
  /** The daemon's own variables. */
  readonly environment: NodeJS.ProcessEnv;
  /** `secrets.envFile`, where that is set: it stands in for the daemon's variables. */
  readonly envFile: () => string | undefined;
  /** Told of a file that others could look into, with the mode it had; it is private now. */
  readonly onTightened: (path: string, mode: number) => void;
}

/** Variables: of `secrets.envFile`, or of the daemon where there is none. */
export class EnvSource {
  readonly #parts: EnvSourceParts;
  /** One at a time: if the file hangs, it keeps one thread of this process, not all. */
  readonly #turns = new Turns(1);

  constructor(parts: EnvSourceParts) {
    this.#parts = parts;
  }

  async read(name: string, { signal }: SourceTerms): Promise<SourceAnswer> {
    const path = this.#parts.envFile();
    if (path === undefined) return this.#ownVariable(name);
    const reading = this.#turns.run(() => readEnvFile(path, this.#parts.onTightened), signal);
    const file = await abortable(reading, signal);
    if ('cause' in file) return file;
    const value = file.values.get(name);
    if (value !== undefined) return exactly(Buffer.from(value));
    const [fault] = file.faults;
    const hint = fault === undefined ? 'add it there' : `its ${fault}`;
    return { cause: 'missing', problem: `needs the variable ${name} in ${path} (secrets.envFile); ${hint}` };
  }

  #ownVariable(name: string): SourceAnswer {
    const value = this.#parts.environment[name];
    if (value !== undefined) return exactly(Buffer.from(value));
    return {
      cause: 'missing',
      problem: `needs the variable ${name} in the daemon's environment or in secrets.envFile`,
    };
  }
}

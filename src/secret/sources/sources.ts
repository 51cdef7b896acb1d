import { runShellCommand } from '../../os/shell_command.js';
import { Refusal } from '../../rpc/refusal.js';
import { invalid } from '../../rpc/request_checks.js';
import type { Tracer } from '../../telemetry/tracer.js';
import { EnvSource } from './env_source.js';
import { ExecSource } from './exec_source.js';
import { FileSource } from './file_source.js';
import { SingleFlight } from './single_flight.js';
import type { SourceAnswer, SourceFault, SourceTerms } from './source_port.js';
import { readSource, type Source } from './source_rules.js';
import { exactly } from './source_value_rules.js';

/** Of a long source text, so much stands in a message. */
const MAX_SHOWN = 200;

export interface SourcesParts {
  /** Where `env:` looks, and what commands are given. */
  readonly environment: NodeJS.ProcessEnv;
  /** What `~/` stands for. */
  readonly home: string;
  readonly settings: () => { readonly envFile: string | undefined; readonly sourceTimeoutMs: number };
  /** A value that the vault has. */
  readonly vaultValue: (name: string) => Uint8Array | undefined;
  /** Told of a file that others could look into, with the mode it had; it is private now. */
  readonly onTightened: (path: string, mode: number) => void;
  readonly tracer: Tracer;
}

/** Gets values from where they are. Keeps none of them. */
export class Sources {
  readonly #parts: SourcesParts;
  readonly #env: EnvSource;
  readonly #file: FileSource;
  readonly #exec: ExecSource;
  readonly #flights = new SingleFlight<Uint8Array>();

  constructor(parts: SourcesParts) {
    const { environment, home, settings, onTightened } = parts;
    this.#parts = parts;
    this.#env = new EnvSource({ environment, envFile: () => settings().envFile, onTightened });
    this.#file = new FileSource(home, environment, runShellCommand);
    this.#exec = new ExecSource(environment, runShellCommand);
  }

  /**
   * The value behind a source text: 1 to 65,536 bytes, shared with others who
   * ask at the same time, never to be changed. Rejects with SOURCE_FAILED,
   * INVALID_FIELD, SHUTTING_DOWN, or the reason of the caller's signal.
   */
  async resolve(text: string, signal?: AbortSignal): Promise<Uint8Array> {
    const source = readSource(text);
    if (source.kind === 'fault') throw invalid('source', source.fault);
    return this.#flights.join(text, (flight) => this.#fetch(text, source, flight), signal);
  }

  /** The source may have changed: who asks from now on gets no answer to an older question. */
  forget(text: string): void {
    this.#flights.forget(text);
  }

  /** Ends all questions that are under way. */
  close(): Promise<void> {
    return this.#flights.close(new Refusal('SHUTTING_DOWN', 'the daemon is shutting down; try again in a moment'));
  }

  async #fetch(text: string, source: Source, flight: AbortController): Promise<Uint8Array> {
    const { signal } = flight;
    const { sourceTimeoutMs: timeLimitMs } = this.#parts.settings();
    const limit = setTimeout(() => flight.abort(failure(text, tooSlow(timeLimitMs))), timeLimitMs);
    try {
      return await this.#parts.tracer.follow('tenure.secret.source', { source: source.kind }, async () => {
        const answer = await this.#ask(source, { signal, timeLimitMs });
        if (answer instanceof Uint8Array) return answer;
        signal.throwIfAborted();
        throw failure(text, answer);
      });
    } finally {
      clearTimeout(limit);
    }
  }

  async #ask(source: Source, terms: SourceTerms): Promise<SourceAnswer> {
    switch (source.kind) {
      case 'vault': {
        const value = this.#parts.vaultValue(source.name);
        if (value !== undefined) return exactly(value);
        return { cause: 'missing', problem: "has no value in the vault; put it there with 'tenure secret put'" };
      }
      case 'env':
        return this.#env.read(source.name, terms);
      case 'file':
        return this.#file.read(source, terms);
      case 'exec':
        return this.#exec.read(source.command, terms);
    }
  }
}

function tooSlow(timeLimitMs: number): SourceFault {
  const problem = `gave no value within ${timeLimitMs / 1_000} s; see what it waits for, or raise secrets.sourceTimeout`;
  return { cause: 'timeout', problem };
}

function failure(text: string, { cause, problem }: SourceFault): Refusal {
  const shown = text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
  return new Refusal('SOURCE_FAILED', `the source '${shown}' ${problem}`, { source: text, cause });
}

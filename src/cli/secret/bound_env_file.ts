import { randomBytes } from 'node:crypto';
import { type Client, isTenureError } from '@tenure/client';
import { ExitCode } from '../exit_codes.js';
import { Failure } from '../failure.js';
import { printable } from '../style.js';
import { removeEnvFile, stateOfEnvFile, writeEnvFile } from './env_file.js';
import { envFileText, markerLine } from './env_file_rules.js';
import { toVariables } from './environment_values.js';
import type { LentSecret } from './lent_secrets.js';
import type { ProjectSecret } from './project_file.js';

/** How often the file is written again that the daemon removed under our hands. */
const TRIES = 3;

/** An env file that the daemon removes when its leases end. */
export class BoundEnvFile {
  readonly #client: Client;
  readonly #path: string;
  readonly #secrets: readonly ProjectSecret[];
  readonly #marker = markerLine(randomBytes(16).toString('hex'));
  #written: string | undefined;
  #isBound = false;

  /** @param path absolute. */
  constructor(client: Client, path: string, secrets: readonly ProjectSecret[]) {
    this.#client = client;
    this.#path = path;
    this.#secrets = secrets;
  }

  /** Whether something else has taken the file's place. */
  get isTaken(): boolean {
    return stateOfEnvFile(this.#path, this.#marker) === 'other';
  }

  /**
   * Writes the values unless they stand there, and binds the file to their
   * leases. Where that fails, a file that is bound to none is removed.
   *
   * @returns whether the file was written.
   */
  async put(lent: readonly LentSecret[]): Promise<boolean> {
    const text = this.#textOf(lent);
    const isNew = text !== this.#written || stateOfEnvFile(this.#path, this.#marker) === 'gone';
    if (isNew) this.#write(text);
    const ownerTokens = lent.map(({ ownerToken }) => ownerToken);
    for (let tries = 1; ; tries += 1) {
      try {
        await this.#client.secrets.bindEnvFile({ path: this.#path, marker: this.#marker, ownerTokens });
        this.#isBound = true;
        return isNew;
      } catch (error) {
        // A lease of the older file may have ended just then: its removal may come a moment late.
        const removed = stateOfEnvFile(this.#path, this.#marker) === 'gone';
        if (!isTenureError(error, 'ENV_FILE_INVALID') || !removed || tries === TRIES) {
          if (!this.#isBound) this.remove();
          throw error;
        }
        this.#write(text);
      }
    }
  }

  remove(): void {
    removeEnvFile(this.#path, this.#marker);
  }

  #write(text: string): void {
    writeEnvFile(this.#path, text);
    this.#written = text;
  }

  #textOf(lent: readonly LentSecret[]): string {
    const made = envFileText(this.#marker, toVariables(this.#secrets, lent));
    if ('text' in made) return made.text;
    const names = made.unwritable.map(({ name }) => printable(name)).join(', ');
    throw new Failure(
      'VALUE_UNFIT',
      ExitCode.USAGE,
      `no quoting lets both a shell and a dotenv reader read the value of ${names}: it has a carriage return, or a ' together with one of " $ \` \\`,
      'tenure secret exec hands it over as it is',
    );
  }
}

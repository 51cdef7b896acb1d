import { randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  fchmodSync,
  fsyncSync,
  lstatSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  type Stats,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { ExitCode } from '../exit_codes.js';
import { Failure } from '../failure.js';
import { printable } from '../style.js';
import { isMarker } from './env_file_rules.js';

/** More than a marker has. */
const FIRST_LINE_BYTES = 512;

/**
 * @param force whether a file that something else wrote may be overwritten.
 * @throws Failure where the file may not be written.
 */
export function checkEnvTarget(path: string, force: boolean): void {
  const name = printable(path);
  const found = look(path);
  if (found === undefined) {
    if (look(dirname(path)) !== undefined) return;
    throw new Failure(
      'NO_FOLDER',
      ExitCode.NO_INPUT,
      `there is no folder ${printable(dirname(path))} for the env file`,
    );
  }
  if (found.isSymbolicLink()) throw refused(`${name} is a link; name the file itself, or delete the link`);
  if (!found.isFile()) throw refused(`${name} is no file`);
  if (found.uid !== process.getuid?.()) throw refused(`${name} is not yours`);
  if (force || isMarker(firstLine(path))) return;
  throw refused(`${name} is there, and not written by tenure`, '--force overwrites it; --file writes another one');
}

function refused(message: string, hint?: string): Failure {
  return new Failure('ENV_FILE_EXISTS', ExitCode.USAGE, message, hint);
}

/** Puts a private file in place in one step: readers see the old one or the new, never a part. */
export function writeEnvFile(path: string, text: string): void {
  const fresh = join(dirname(path), `.tenure-env-${randomBytes(6).toString('hex')}`);
  try {
    const file = openSync(fresh, 'wx', 0o600);
    try {
      fchmodSync(file, 0o600);
      writeFileSync(file, text);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(fresh, path);
  } catch (error) {
    rmSync(fresh, { force: true });
    throw new Failure(
      'ENV_FILE_NOT_WRITTEN',
      ExitCode.FAILED,
      `${printable(path)} can't be written (${codeOf(error)})`,
    );
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}

/** `ours`: it begins with the marker. `other`: something else has taken its place. */
export function stateOfEnvFile(path: string, marker: string): 'ours' | 'gone' | 'other' {
  const found = look(path);
  if (found === undefined) return 'gone';
  return found.isFile() && firstLine(path) === marker ? 'ours' : 'other';
}

/** Removes the file unless something else has taken its place. */
export function removeEnvFile(path: string, marker: string): void {
  if (stateOfEnvFile(path, marker) !== 'ours') return;
  try {
    unlinkSync(path);
  } catch (error) {
    // The daemon was faster.
    if (look(path) !== undefined) throw error;
  }
}

function look(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch (error) {
    throw new Failure(
      'ENV_FILE_UNREADABLE',
      ExitCode.FAILED,
      `${printable(path)} can't be looked at (${codeOf(error)})`,
    );
  }
}

/** Empty where the file can't be read: then it is none of tenure's. */
function firstLine(path: string): string {
  let file: number;
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch {
    return '';
  }
  try {
    const buffer = Buffer.alloc(FIRST_LINE_BYTES);
    const length = readSync(file, buffer);
    return buffer.toString('utf8', 0, length).split('\n', 1)[0] ?? '';
  } finally {
    closeSync(file);
  }
}

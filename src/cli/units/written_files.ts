import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { ExitCode } from '../exit_codes.js';
import { Failure } from '../failure.js';
import { systemWords } from '../system_words.js';

/** In the first lines of every file that an install writes. */
const SIGNATURE = 'Written by tenure daemon install';

/** Puts a file in place in one step; one that somebody else wrote is left to him. */
export function writeOwn(path: string, content: string): void {
  refuseOthers(path);
  const temporary = `${path}.tenure-${process.pid}`;
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(temporary, content, { mode: 0o644 });
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw notPossible(`${path} can't be written`, error);
  }
}

/** Removes what an install wrote; answers whether it was there. */
export function removeOwn(path: string): boolean {
  if (readIfThere(path) === undefined) return false;
  refuseOthers(path);
  return removeFile(path);
}

/** Removes a file or a link; answers whether it was there. */
export function removeFile(path: string): boolean {
  try {
    rmSync(path);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw notPossible(`${path} can't be removed`, error);
  }
}

function refuseOthers(path: string): void {
  const text = readIfThere(path);
  if (text === undefined || text.includes(SIGNATURE)) return;
  throw new Failure(
    'UNIT_EXISTS',
    ExitCode.USAGE,
    `${path} is there, and tenure did not write it`,
    'move it away and install again; where it is a unit of your own for tenured, nothing has to be installed',
  );
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw notPossible(`${path} can't be read`, error);
  }
}

function notPossible(what: string, error: unknown): Failure {
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
  const hint =
    code === 'EACCES' || code === 'EPERM' ? 'run it as root, or leave out --system' : 'mend that and try again';
  return new Failure('UNIT_NOT_WRITTEN', ExitCode.DENIED, `${what}: ${systemWords(error)}`, hint);
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
}

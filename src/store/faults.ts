import { StoreError } from './port.js';

/** Error numbers as LMDB passes them on, by name as Node does. */
const NO_ROOM = new Set<unknown>(['ENOSPC', 'EDQUOT', 28, 122]);

export function noRoom(error: unknown): boolean {
  return error instanceof Error && 'code' in error && NO_ROOM.has(error.code);
}

export function fullError(folder: string, cause?: unknown): StoreError {
  return new StoreError('full', `no room to write in ${folder}; free some space on its disk and try again`, { cause });
}

export function failedError(folder: string, cause: unknown): StoreError {
  const why = cause instanceof Error ? cause.message : String(cause);
  const message = `the store in ${folder} failed: ${why}; check its disk, then start the daemon again`;
  return new StoreError('failed', message, { cause });
}

/** For an error of the system's that may come up anywhere; others pass. */
export function systemFault(folder: string, error: unknown): unknown {
  if (noRoom(error)) return fullError(folder, error);
  return error instanceof Error && 'code' in error ? failedError(folder, error) : error;
}

export function closedError(folder: string): StoreError {
  return new StoreError('failed', `the store in ${folder} is closed`);
}

/** `remedy`: what the operator can do, and what is lost by it. */
export function corruptError(file: string, damage: string, remedy: string): StoreError {
  return new StoreError('corrupt', `${file} is damaged: ${damage}. Nothing was changed in it. ${remedy}`);
}

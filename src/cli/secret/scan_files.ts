import { closeSync, constants, fstatSync, lstatSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const LARGEST_BYTES = 5 * 1024 * 1024;
/** A NUL among the first bytes makes a file binary; so does Git tell. */
const LOOK_BYTES = 8_000;
const SKIPPED_FOLDERS: ReadonlySet<string> = new Set(['.git', 'node_modules']);

export type ScannedFile =
  | { readonly path: string; readonly kind: 'text'; readonly text: string }
  /** Looked at no further. */
  | { readonly path: string; readonly kind: 'binary' | 'large' | 'link' }
  | { readonly path: string; readonly kind: 'unreadable'; readonly code: string };

/** The files at a path and below it, in their folders' order. No link is followed. */
export function* filesBelow(path: string): Generator<ScannedFile, void, undefined> {
  try {
    const found = lstatSync(path);
    if (found.isSymbolicLink()) yield { path, kind: 'link' };
    else if (found.isFile()) yield readText(path);
    else if (found.isDirectory()) yield* entriesOf(path);
  } catch (error) {
    yield { path, kind: 'unreadable', code: codeOf(error) };
  }
}

function* entriesOf(folder: string): Generator<ScannedFile, void, undefined> {
  for (const entry of readdirSync(folder, { withFileTypes: true }).toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    if (entry.isDirectory() && SKIPPED_FOLDERS.has(entry.name)) continue;
    yield* filesBelow(join(folder, entry.name));
  }
}

function readText(path: string): ScannedFile {
  const file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    if (fstatSync(file).size > LARGEST_BYTES) return { path, kind: 'large' };
    const bytes = readFileSync(file);
    if (bytes.subarray(0, LOOK_BYTES).includes(0)) return { path, kind: 'binary' };
    return { path, kind: 'text', text: bytes.toString('utf8') };
  } finally {
    closeSync(file);
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}

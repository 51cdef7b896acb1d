import { chmodSync, closeSync, constants, fstatSync, lstatSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolders } from '../os/make_folders.js';
import type { AuditEntry } from './audit_entry.js';
import { readLine } from './audit_line.js';
import { type FoundSegment, firstOfName, MAX_LINE_BYTES } from './audit_segment.js';

const OTHERS = 0o077;

/** Makes sure that the folder is there and ours alone. Throws where it can't be. */
export function openAuditFolder(folder: string, ownUid: number): void {
  makeFolders(folder);
  const facts = lstatSync(folder);
  if (!facts.isDirectory()) throw new Error(`${folder} is no folder of its own; move it away`);
  if (facts.uid !== ownUid) throw new Error(`${folder} belongs to uid ${facts.uid}; move it away`);
  if ((facts.mode & OTHERS) !== 0) chmodSync(folder, 0o700);
}

/** The segments in a folder, the oldest first, as the run before left them. Files of other names are left alone. */
export function scanSegments(folder: string): FoundSegment[] {
  const found: FoundSegment[] = [];
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const first = entry.isFile() ? firstOfName(entry.name) : undefined;
    if (first !== undefined) found.push(scanSegment(join(folder, entry.name), first));
  }
  return found.sort((a, b) => a.first - b.first);
}

function scanSegment(path: string, first: number): FoundSegment {
  if ((lstatSync(path).mode & OTHERS) !== 0) chmodSync(path, 0o600);
  const fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const { size, mtimeMs } = fstatSync(fd);
    // Sequences rise by one a line, and no line is as short as a byte.
    const highest = first - 1 + size;
    const oldest = firstEntry(readText(fd, 0).split('\n'), first, highest);
    const lines = readText(fd, Math.max(0, size - MAX_LINE_BYTES)).split('\n');
    const isTorn = lines.at(-1) !== '';
    if (!isTorn) lines.pop();
    const newest = firstEntry(lines.toReversed(), first, highest);
    return {
      first,
      path,
      bytes: size,
      firstMs: oldest?.entry.timeMs ?? mtimeMs,
      newestMs: newest?.entry.timeMs ?? mtimeMs,
      // What cannot be read had a sequence, too, which must not be given again.
      last: newest === undefined ? highest : newest.entry.sequence + newest.before,
      isTorn,
    };
  } finally {
    closeSync(fd);
  }
}

function firstEntry(
  lines: readonly string[],
  lowest: number,
  highest: number,
): { readonly entry: AuditEntry; readonly before: number } | undefined {
  for (const [before, line] of lines.entries()) {
    const entry = readLine(line);
    if (entry !== undefined && entry.sequence >= lowest && entry.sequence <= highest) return { entry, before };
  }
  return undefined;
}

/** What the longest line may take, from a place on. */
function readText(fd: number, at: number): string {
  const bytes = Buffer.alloc(MAX_LINE_BYTES);
  return bytes.toString('utf8', 0, readSync(fd, bytes, 0, bytes.length, at));
}

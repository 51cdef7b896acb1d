import { constants } from 'node:fs';
import { lstat, open } from 'node:fs/promises';
import { errnoOf, messageOf } from '../../os/errno.js';

/** Whether a file is the one that was bound. `fault` follows "it". */
export type EnvFileLook =
  | { readonly kind: 'bound' }
  | { readonly kind: 'missing' }
  | {
      readonly kind: 'other';
      readonly fault: string;
      /** It has a marker of another writing. */
      readonly isRewritten: boolean;
    };

/** What every marker begins with: nobody's own file does by accident. */
export const MARKER_BEGIN = '# tenure:';

/** Looks at a file without following a link, and at no more of it than its first line. Never rejects. */
export async function lookAtEnvFile(path: string, marker: string, ownUid: number): Promise<EnvFileLook> {
  try {
    // Opening a device may already do something.
    if (!(await lstat(path)).isFile()) return other('is not a regular file');
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const facts = await file.stat();
      if (!facts.isFile()) return other('is not a regular file');
      if (facts.uid !== ownUid) return other(`belongs to uid ${facts.uid}`);
      const wanted = Buffer.from(`${marker}\n`);
      const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(wanted.length), position: 0 });
      const begin = buffer.subarray(0, bytesRead);
      // A file may consist of that line alone, without its end.
      const isMarked = begin.equals(wanted) || begin.equals(wanted.subarray(0, -1));
      if (isMarked) return { kind: 'bound' };
      return other('does not begin with the marker', begin.toString().startsWith(MARKER_BEGIN));
    } finally {
      await file.close();
    }
  } catch (error) {
    const code = errnoOf(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return { kind: 'missing' };
    return other(`cannot be read: ${code ?? messageOf(error)}`);
  }
}

function other(fault: string, isRewritten = false): EnvFileLook {
  return { kind: 'other', fault, isRewritten };
}

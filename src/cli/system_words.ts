/** What the system's codes mean to a person. */
const WORDS: ReadonlyMap<string, string> = new Map([
  ['ENOENT', 'there is no such file'],
  ['ENOTDIR', 'a part of its path is no folder'],
  ['EISDIR', 'it is a folder'],
  ['EACCES', 'this user may not'],
  ['EPERM', 'this user may not'],
  ['ELOOP', 'its links lead round in a circle'],
  ['ENAMETOOLONG', 'its name is too long'],
  ['ENOSPC', 'the disk is full'],
  ['EDQUOT', "this user's share of the disk is used up"],
  ['EROFS', 'its file system is read-only'],
  ['EIO', 'the disk failed'],
  ['EMFILE', 'too many files are open'],
  ['ECONNREFUSED', 'nobody listens there'],
  ['ENOTFOUND', 'there is no such host'],
]);

/** Why the system refused, in words; the error's code where there are none. Follows `can't be read: `. */
export function systemWords(error: unknown): string {
  const code = codeOf(error);
  return WORDS.get(code) ?? code;
}

/** `ENOENT`; of an error without a code, what it says. */
function codeOf(error: unknown): string {
  if (typeof error === 'string') return error;
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}

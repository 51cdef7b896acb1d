import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { errnoOf } from '../../os/errno.js';
import { type Dotenv, readDotenv } from './dotenv_rules.js';
import type { SourceFault } from './source_port.js';

const MAX_BYTES = 1024 * 1024;
const OTHERS = 0o077;

/** Reads `secrets.envFile`: a regular file of the daemon's own user, which is made private where it was not. */
export async function readEnvFile(
  path: string,
  onTightened: (path: string, mode: number) => void,
): Promise<Dotenv | SourceFault> {
  let file: FileHandle;
  try {
    // Without O_NONBLOCK a pipe would be waited for.
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    return notRead(path, error);
  }
  try {
    const problem = await makePrivate(file, path, onTightened);
    if (problem !== undefined) return unreadable(path, problem);
    return readDotenv(new TextDecoder('utf-8', { fatal: true }).decode(await file.readFile()));
  } catch (error) {
    return error instanceof TypeError ? unreadable(path, 'is not UTF-8 text') : notRead(path, error);
  } finally {
    await file.close();
  }
}

/** Answers what keeps the file from being used. */
async function makePrivate(
  file: FileHandle,
  path: string,
  onTightened: (path: string, mode: number) => void,
): Promise<string | undefined> {
  const facts = await file.stat();
  if (!facts.isFile()) return 'is not a regular file; name one';
  if (facts.uid !== process.getuid?.()) return `belongs to uid ${facts.uid}; it must be the daemon's user's own`;
  if (facts.size > MAX_BYTES) return `has more than ${MAX_BYTES} bytes`;
  if ((facts.mode & OTHERS) === 0) return undefined;
  await file.chmod(facts.mode & 0o700);
  onTightened(path, facts.mode & 0o7777);
  return undefined;
}

function notRead(path: string, error: unknown): SourceFault {
  const code = errnoOf(error);
  if (code === 'ENOENT') return { cause: 'missing', problem: `needs ${path} (secrets.envFile), which is not there` };
  return unreadable(path, `cannot be read or made private: ${code ?? 'unknown cause'}`);
}

function unreadable(path: string, problem: string): SourceFault {
  return { cause: 'unreadable', problem: `needs ${path} (secrets.envFile), which ${problem}` };
}

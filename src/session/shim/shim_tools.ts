import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

const FOLDERS = ['/usr/bin', '/bin', '/usr/sbin', '/sbin', '/usr/local/bin'] as const;

let words: readonly string[] | undefined;

/**
 * What stands before a command to give it a session of its own, and INT and
 * QUIT as they are by default: dash ignores them in what runs in the
 * background, and what is ignored once is inherited. Throws where the machine
 * cannot do the first; without the second it goes without.
 */
export function ownSession(environment: NodeJS.ProcessEnv): readonly string[] {
  words ??= find(environment);
  return words;
}

function find(environment: NodeJS.ProcessEnv): readonly string[] {
  const folders = [...FOLDERS, ...(environment['PATH'] ?? '').split(delimiter).filter((path) => path.startsWith('/'))];
  const setsid = executable('setsid', folders);
  if (setsid === undefined) throw new Error('the program setsid is not on this machine; install util-linux');
  const env = executable('env', folders);
  if (env === undefined) return [setsid];
  const withDefaults = [env, '--default-signal=INT,QUIT'] as const;
  const [program, ...args] = [...withDefaults, 'true'];
  const tried = spawnSync(program, args, { stdio: 'ignore', env: { PATH: FOLDERS.join(delimiter) } });
  return tried.status === 0 ? [setsid, ...withDefaults] : [setsid];
}

function executable(name: string, folders: readonly string[]): string | undefined {
  return folders
    .map((folder) => join(folder, name))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

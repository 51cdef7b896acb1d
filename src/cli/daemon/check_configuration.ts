import { execFile } from 'node:child_process';
import { daemonCommand } from '../connection.js';
import { ExitCode } from '../exit_codes.js';
import { Failure } from '../failure.js';

/**
 * Has the daemon's program look at a configuration, without a daemon. Answers
 * what it says of a right one; throws where a daemon could not start with it.
 *
 * @param file instead of the one that a daemon would read.
 */
export async function checkConfiguration(hint: string, file?: string): Promise<string> {
  const { command, args } = daemonCommand();
  const chosen = file === undefined ? [] : ['--config', file];
  const { code, said, complaint } = await new Promise<{ code: unknown; said: string; complaint: string }>((resolve) => {
    execFile(command, [...args, '--check', ...chosen], (error, stdout, stderr) => {
      resolve({
        code: error === null ? 0 : error.code,
        said: stdout.trim(),
        complaint: stderr.trim() || String(error),
      });
    });
  });
  if (code === 0) return said;
  if (code === ExitCode.CONFIG) throw new Failure('CONFIG_INVALID', ExitCode.CONFIG, complaint, hint);
  throw new Failure('UNREACHABLE', ExitCode.UNREACHABLE, `a new daemon would not start: ${complaint}`, hint);
}

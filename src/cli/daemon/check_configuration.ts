import { execFile } from 'node:child_process';
import { daemonCommand } from '../connection.js';
import { ExitCode } from '../exit_codes.js';
import { Failure } from '../failure.js';

/** Throws what keeps a new daemon from starting, before the one that runs is stopped for it. */
export async function checkConfiguration(): Promise<void> {
  const { command, args } = daemonCommand();
  const { code, complaint } = await new Promise<{ code: unknown; complaint: string }>((resolve) => {
    execFile(command, [...args, '--check'], (error, _, stderr) => {
      resolve({ code: error === null ? 0 : error.code, complaint: stderr.trim() || String(error) });
    });
  });
  if (code === 0) return;
  const hint = 'nothing was stopped';
  if (code === ExitCode.CONFIG) throw new Failure('CONFIG_INVALID', ExitCode.CONFIG, complaint, hint);
  throw new Failure('UNREACHABLE', ExitCode.UNREACHABLE, `a new daemon would not start: ${complaint}`, hint);
}

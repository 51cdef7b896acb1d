import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { isRunning, readStartTicks } from '../../../src/os/process_facts.js';
import { runGit } from '../../../src/session/worktrees/git.js';
import { temporaryFolder } from '../../daemon/temporary_folder.js';
import { until } from '../../os/child_process.js';
import { gitEnvironment } from './git_repository.js';

/** A git command that is this shell command. */
function shell(command: string): string[] {
  return ['-c', `alias.x=!${command}`, 'x'];
}

test('git is killed at its time limit, with all that it has started', async (t) => {
  const folder = temporaryFolder(t);
  const file = join(folder, 'pid');
  const asked = runGit(folder, shell(`sh -c 'trap "" TERM; echo $$ >${file}; exec sleep 60'`), gitEnvironment, 2_000);
  await until(() => existsSync(file) && readFileSync(file, 'utf8') !== '', 'the command tells its pid');
  const pid = Number(readFileSync(file, 'utf8'));
  const startTicks = readStartTicks(pid) ?? 0;
  const { code, fault } = await asked;
  assert.equal(code, undefined);
  assert.equal(fault, 'took longer than 2 s and was killed');
  await until(() => !isRunning(pid, startTicks), 'the command is gone');
});

test('what git leaves running does not hold anybody up', async (t) => {
  const folder = temporaryFolder(t);
  const file = join(folder, 'pid');
  const { code, output } = await runGit(folder, shell(`echo said; sleep 60 & echo $! >${file}`), gitEnvironment);
  const pid = Number(readFileSync(file, 'utf8'));
  t.after(() => process.kill(pid, 'SIGKILL'));
  assert.equal(code, 0);
  assert.equal(output, 'said\n');
  assert.notEqual(readStartTicks(pid), undefined);
});

test('git says what went wrong on one line, however much it says', async (t) => {
  const folder = temporaryFolder(t);
  const many = shell('seq 1 2000000; echo "error: no\tgood" >&2; echo hint >&2; exit 3');
  const { code, output, fault } = await runGit(folder, many, gitEnvironment);
  assert.equal(code, 3);
  assert.equal(fault, 'no good');
  assert.ok(output.length < 5_000_000, `${output.length} bytes are kept`);
  assert.equal((await runGit(folder, shell('exit 5'), gitEnvironment)).fault, 'ended with exit code 5');
});

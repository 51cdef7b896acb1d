import { homedir } from 'node:os';
import { Command } from 'commander';
import { ExitCode } from '../exit_codes.js';
import { UsageFailure } from '../failure.js';
import { printJson, printLine, warn } from '../output.js';
import { printable } from '../style.js';
import { shortPath } from './session_text.js';
import { type Cleaned, cleanWorktree } from './worktree_removal.js';
import { count } from './worktree_rules.js';
import { namedAmong, type ScopeOptions, worktreesIn } from './worktree_scope.js';
import { KnownSessions } from './worktree_sessions.js';

interface CleanOptions extends ScopeOptions {
  readonly force?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

const DETAILS = `
Removed is a worktree whose session has ended and in which nothing would be
lost: no file differs from the last commit, and every commit is on a branch that
stays, or under a tag. The branch that was made for it goes with it. What git
ignores counts for nothing.

Those that stay are told with the reason. --force removes them all the same, and
what was changed in them; it has to be told which. Never removed are those in
which a session runs or which git has locked, and never a branch with commits
that are nowhere else.

It needs no daemon; one that runs is asked which sessions live.

Exit code 1: one that was named stays, or git could not remove one.

Examples:
  tenure session worktree clean --dry-run
  tenure session worktree clean --all
  tenure session worktree clean --force ../shop-fix-two`;

export function worktreeCleanCommand(): Command {
  return new Command('clean')
    .summary('remove worktrees whose sessions have ended')
    .description('Remove git worktrees that were made for sessions which have ended.')
    .argument('[worktree...]', 'only these: path, branch or session (default: all of the repository)')
    .option('-C, --directory <path>', 'of the repository that this is in (default: this folder)')
    .option('-a, --all', 'of all repositories that sessions had worktrees of')
    .option('-n, --dry-run', 'only say what would be removed')
    .option('-f, --force', 'also those in which something would be lost; has to be told which')
    .option('--json', 'print JSON')
    .addHelpText('after', DETAILS)
    .action((names: string[], options: CleanOptions) => clean(names, options));
}

async function clean(names: readonly string[], options: CleanOptions): Promise<void> {
  const { force = false, dryRun = false, json = false } = options;
  if (force && names.length === 0) {
    throw new UsageFailure('--force has to be told which worktrees', "see them with 'tenure session worktree list'");
  }
  const known = await KnownSessions.look();
  const all = await worktreesIn(options, known, names);
  const cleaned: Cleaned[] = [];
  for (const worktree of names.length === 0 ? all : namedAmong(all, names)) {
    const one = await cleanWorktree(worktree, known, { force, dryRun });
    cleaned.push(one);
    if (!json) await tell(one, dryRun);
  }
  if (json) await printJson(cleanedJson(cleaned));
  else await sumUp(cleaned, names.length > 0);
  const stays = names.length > 0 && cleaned.some(({ kind }) => kind === 'kept');
  if (stays || cleaned.some(({ kind }) => kind === 'failed')) process.exitCode = ExitCode.FAILED;
}

async function tell(cleaned: Cleaned, dryRun: boolean): Promise<void> {
  const path = shortPath(cleaned.worktree.path, homedir());
  const branch = printable(cleaned.worktree.branch);
  switch (cleaned.kind) {
    case 'removed': {
      const word = dryRun ? 'would be removed' : 'removed';
      const rest = cleaned.branchStays === '' ? `, with its branch ${branch}` : `; ${printable(cleaned.branchStays)}`;
      await printLine(`${path}: ${word}${rest}`);
      break;
    }
    case 'kept':
      await printLine(`${path}: stays: ${printable(cleaned.reasons.join('; '))}`);
      break;
    case 'failed':
      warn(`tenure: ${path} could not be removed: ${printable(cleaned.fault)}`);
      break;
  }
}

async function sumUp(cleaned: readonly Cleaned[], areNamed: boolean): Promise<void> {
  if (cleaned.length === 0) await printLine('no worktrees of sessions');
  const forceable = cleaned.filter((one) => one.kind === 'kept' && one.canBeForced).length;
  if (forceable === 0) return;
  const name = areNamed ? '' : ' NAME';
  warn(`tenure: ${count(forceable, 'worktree')} can be removed with --force${name}, and what was changed is lost then`);
}

function cleanedJson(cleaned: readonly Cleaned[]): object {
  const of = (kind: Cleaned['kind']) => cleaned.filter((one) => one.kind === kind).map(oneJson);
  return { removed: of('removed'), kept: of('kept'), failures: of('failed') };
}

function oneJson(cleaned: Cleaned): object {
  const { path, repository, branch, sessionId } = cleaned.worktree;
  const place = { path, repository, branch, sessionId };
  switch (cleaned.kind) {
    case 'removed':
      return { ...place, branchDeleted: cleaned.branchStays === '' };
    case 'kept':
      return { ...place, reasons: cleaned.reasons, canBeForced: cleaned.canBeForced };
    case 'failed':
      return { ...place, message: cleaned.fault };
  }
}

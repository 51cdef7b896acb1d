import { realpathSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { Refusal } from '../../rpc/refusal.js';
import { invalid } from '../../rpc/request_checks.js';
import { runGit } from './git.js';

/** A branch that is ready to be checked out. */
export interface PreparedBranch {
  /** Where it is. */
  readonly commit: string;
  /** It was made just now. */
  readonly isNew: boolean;
}

/** A git repository, as a directory in it or in one of its worktrees sees it. */
export class Repository {
  /** Its main worktree, or itself where it has none. */
  readonly path: string;
  /** Whose HEAD branches begin at. */
  readonly #directory: string;
  readonly #environment: NodeJS.ProcessEnv;

  private constructor(path: string, directory: string, environment: NodeJS.ProcessEnv) {
    this.path = path;
    this.#directory = directory;
    this.#environment = environment;
  }

  /** Throws a Refusal where there is none. */
  static async of(directory: string, environment: NodeJS.ProcessEnv): Promise<Repository> {
    const ask = async (...args: string[]): Promise<string> => {
      const { code, output, fault } = await runGit(directory, args, environment);
      if (code === 0) return output;
      throw invalid('worktree', `can't be made of ${directory}: ${fault}`);
    };
    const places = await ask('rev-parse', '--absolute-git-dir', '--git-common-dir', '--is-bare-repository');
    const [own = '', common = '', isBare = ''] = places.split('\n');
    const shared = realpathSync(resolve(directory, common));
    if (isBare === 'false' && own === shared) {
      return new Repository(withoutLineEnd(await ask('rev-parse', '--show-toplevel')), directory, environment);
    }
    // Not by git's list of worktrees: it fails while another one is being made.
    const named = await runGit(shared, ['config', '--get', 'core.worktree'], environment);
    if (named.code === 0) return new Repository(resolve(shared, withoutLineEnd(named.output)), directory, environment);
    return new Repository(basename(shared) === '.git' ? dirname(shared) : shared, directory, environment);
  }

  /** Answers what git printed; throws LAUNCH_FAILED, with `failed` before what git said. */
  async git(args: readonly string[], failed: string): Promise<string> {
    const { code, output, fault } = await runGit(this.#directory, args, this.#environment);
    if (code === 0) return output;
    throw new Refusal('LAUNCH_FAILED', `${failed}: ${fault}`);
  }

  /** Makes the branch; one that is there already is taken as it is, unless a worktree has it. */
  async prepareBranch(branch: string, base: string): Promise<PreparedBranch> {
    const field = 'worktree.branch';
    // A name that begins so would be an option.
    if (branch.startsWith('-') || branch === 'HEAD' || !(await this.#succeeds('check-ref-format', refOf(branch)))) {
      throw invalid(field, `${branch} is no name that git takes for a branch`);
    }
    const existing = await this.#commitAt(refOf(branch));
    if (existing === undefined) return { commit: await this.#makeBranch(branch, base), isNew: true };
    if (base !== '') throw invalid('worktree.base', `does not go with the branch ${branch}, which is there already`);
    const holder = await this.#worktreeWith(branch);
    if (holder === undefined) return { commit: existing, isNew: false };
    const { path, isGone } = holder;
    const problem = isGone
      ? `${branch} belongs to the worktree ${path}, which is gone; run 'git worktree prune' in ${this.path}`
      : `${branch} is in use by the worktree ${path}; name another one`;
    throw invalid(field, problem);
  }

  /** Takes a branch back that is still where it began. Never rejects. */
  async dropBranch(branch: string, commit: string): Promise<void> {
    await runGit(this.path, ['update-ref', '-d', refOf(branch), commit], this.#environment);
  }

  async #makeBranch(branch: string, base: string): Promise<string> {
    const commit = base.startsWith('-') ? undefined : await this.#commitAt(base === '' ? 'HEAD' : base);
    if (commit === undefined) {
      if (base !== '') throw invalid('worktree.base', `${base} is no commit`);
      const message = `the repository ${this.path} has no commit yet; commit once, then launch`;
      throw new Refusal('INVALID_FIELD', message, { field: 'worktree.base' });
    }
    // By its name alone, and apart from the worktree: of two that make one of the same name, one is told.
    await this.git(['branch', '--no-track', branch, commit], `the branch ${branch} could not be made`);
    return commit;
  }

  async #commitAt(name: string): Promise<string | undefined> {
    const { code, output } = await this.#run('rev-parse', '--verify', '--quiet', `${name}^{commit}`);
    return code === 0 ? output.trimEnd() : undefined;
  }

  async #worktreeWith(branch: string): Promise<{ readonly path: string; readonly isGone: boolean } | undefined> {
    const listed = await this.git(['worktree', 'list', '--porcelain'], 'the worktrees could not be listed');
    const record = listed.split('\n\n').find((one) => one.split('\n').includes(`branch ${refOf(branch)}`));
    if (record === undefined) return undefined;
    const lines = record.trimStart().split('\n');
    const path = lines[0]?.replace(/^worktree /, '') ?? '';
    return { path, isGone: lines.some((line) => line.startsWith('prunable')) };
  }

  async #succeeds(...args: string[]): Promise<boolean> {
    return (await this.#run(...args)).code === 0;
  }

  #run(...args: string[]): ReturnType<typeof runGit> {
    return runGit(this.#directory, args, this.#environment);
  }
}

function refOf(branch: string): string {
  return `refs/heads/${branch}`;
}

function withoutLineEnd(output: string): string {
  return output.replace(/\n$/, '');
}

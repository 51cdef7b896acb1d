import { mkdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { makeWorktree } from '../../../src/session/worktrees/worktrees.js';
import type { Ended } from '../../e2e/running.js';
import { World } from '../../e2e/world.js';
import { git, gitEnvironment, makeRepository } from '../../session/worktrees/git_repository.js';

/** A repository, the command line, and no daemon but one that the test starts. */
export class WorktreeDesk {
  readonly world: World;
  readonly repository: string;

  constructor(t: TestContext) {
    this.world = new World(t, { env: { TENURE_AUTOSTART: '0', HOME: '/nonexistent', GIT_CONFIG_GLOBAL: '/dev/null' } });
    this.repository = makeRepository(realpathSync(this.world.folder), 'shop');
  }

  /** Made as the daemon makes it; answers its path. */
  async make(branch: string, sessionId: string): Promise<string> {
    const wish = { directory: this.repository, branch, base: '', sessionId };
    return (await makeWorktree(wish, gitEnvironment)).path;
  }

  /** What the daemon keeps of a session that it launched. */
  keepRecord(sessionId: string, directory: string, more: object): void {
    const folder = join(this.world.stateDir, 'sessions', sessionId);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const nobody = { pid: 4_194_304, startTicks: 1 };
    const bootId = readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
    const worktree = { path: directory, branch: 'x', repository: this.repository };
    const record = { sessionId, directory, bootId, shim: nobody, main: nobody, worktree, ...more };
    writeFileSync(join(folder, 'record.json'), JSON.stringify(record));
  }

  /** Its session has ended, by the daemon's word. */
  keepEnded(sessionId: string, directory: string): void {
    this.keepRecord(sessionId, directory, { end: { outcome: 'success', detail: '', signal: 0, wallMs: 1 } });
  }

  worktree(args: readonly string[], cwd = this.repository): Promise<Ended> {
    return this.world.run(['session', 'worktree', ...args], { cwd });
  }

  branches(): readonly string[] {
    return git(this.repository, 'for-each-ref', '--format=%(refname:short)', 'refs/heads').split('\n');
  }
}

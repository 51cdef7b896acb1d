import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { until } from '../e2e/until.js';
import { DAEMON, World } from '../e2e/world.js';

// A home of the test's own where the user database says that the home is: root's, in a user namespace.
const IN_NAMESPACE = ['-rm', 'sh', '-c', 'mount --bind "$0" /root && exec "$@"'];
const canTry =
  spawnSync('unshare', ['-rm', 'mount', '--bind', '/tmp', '/root']).status === 0 &&
  !process.execPath.startsWith('/root/') &&
  (userInfo().uid !== 0 || userInfo().homedir === '/root');

test('cron and a login shell find one daemon, whoever starts it', { skip: !canTry && 'needs unshare' }, async (t) => {
  for (const first of ['login', 'cron'] as const) {
    const world = new World(t);
    const home = mkdtempSync(join(world.folder, 'home-'));
    for (const folder of ['run', 'xdg']) mkdirSync(join(world.folder, folder), { mode: 0o700 });
    const bare = { TENURE_STATE_DIR: undefined, XDG_CONFIG_HOME: undefined, HOME: '/', TENURE_READY_FD: '3' };
    const environments = {
      cron: bare,
      login: {
        ...bare,
        HOME: '/root',
        XDG_RUNTIME_DIR: join(world.folder, 'run'),
        XDG_STATE_HOME: join(world.folder, 'xdg'),
      },
    };
    const start = (name: 'login' | 'cron') => {
      const args = [...IN_NAMESPACE, home, process.execPath, DAEMON];
      return world.start('unshare', args, { env: environments[name], extraPipes: 1 });
    };
    const daemon = start(first);
    const { ready, pid } = await until('the daemon', () => {
      const line = daemon.output(3);
      return line.endsWith('\n') && (JSON.parse(line) as { ready: boolean; pid: number });
    });
    assert.ok(ready, daemon.output(3));
    const other = await start(first === 'login' ? 'cron' : 'login').ended;
    assert.equal(other.code, 75, other.stderr);
    assert.match(other.stderr, new RegExp(`tenured is already running \\(pid ${pid}\\)`));
    // What the first one decided, the second one did not decide otherwise.
    assert.equal(readdirSync(join(world.folder, 'xdg')).length, first === 'login' ? 1 : 0);
  }
});

// needs: unshare
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { CLI, World } from '../e2e/world.js';

/** The user database with this user's home somewhere else. */
function passwdWithHome(home: string): string {
  const own = new Set([String(process.getuid?.()), '0']);
  return readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
    .map((fields) => (own.has(fields[2] ?? '') ? fields.with(5, home) : fields).join(':'))
    .join('\n');
}

describe('one daemon for a user, whatever the environment', () => {
  test('a login shell and cron find the same one', async (t) => {
    const world = new World(t);
    const home = join(world.folder, 'home');
    mkdirSync(home);
    writeFileSync(join(world.folder, 'passwd'), passwdWithHome(home));
    const tenure = `'${process.execPath}' '${CLI}'`;
    const marker = `TENURE_TEST_WORLD=${world.folder}`;
    const login = `env -i ${marker} PATH="$PATH" HOME="${home}" XDG_STATE_HOME="${home}/my-state"`;
    const cron = `env -i ${marker} PATH=/usr/bin:/bin HOME=/ LOGNAME=nobody SHELL=/bin/sh`;
    const script = world.script('script.sh', [
      'set -e',
      'mount --bind passwd /etc/passwd',
      `${login} ${tenure} run shared -- ${cron} ${tenure} daemon status --json >from-cron`,
      `${login} ${tenure} daemon status --json >from-login`,
      `${cron} ${tenure} run shared -- ${login} ${tenure} lease list`,
      `${cron} ${tenure} daemon stop`,
      // Started by cron this time: the first start's decision stands.
      `${cron} ${tenure} run again -- ${login} ${tenure} lease list`,
      `${login} ${tenure} daemon status --json >from-login-again`,
    ]);
    const namespace = process.getuid?.() === 0 ? ['-m'] : ['-r', '-m'];
    const ended = await world.start('unshare', [...namespace, script]).ended;
    assert.equal(ended.code, 0, ended.stderr);
    assert.match(ended.stdout, /\bshared\b[\s\S]*\bagain\b/);
    const read = (name: string) => JSON.parse(readFileSync(join(world.folder, name), 'utf8'));
    const [cronStatus, loginStatus, again] = ['from-cron', 'from-login', 'from-login-again'].map(read);
    assert.equal(
      JSON.stringify(cronStatus).match(/"pid":\d+/)?.[0],
      JSON.stringify(loginStatus).match(/"pid":\d+/)?.[0],
    );
    for (const status of [cronStatus, loginStatus, again]) {
      assert.match(JSON.stringify(status), new RegExp(`"stateDir":"${home}/my-state/tenure/`));
    }
  });
});

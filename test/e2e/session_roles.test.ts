import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { World } from './world.js';

describe('what runs in a launched session', () => {
  test('takes leases and launches sessions of its own, and may neither revoke others’ nor pull the kill switch', async (t) => {
    const world = new World(t);
    assert.equal((await world.run(['lease', 'acquire', 'somebody-elses'])).code, 0);
    const other = (await world.run(['session', 'launch', '-C', '/', '--', 'sleep', '600'])).stdout.trim();
    const script = [
      `tenure session stop ${other} 2>/dev/null; echo "stop another $?"`,
      'id=$(tenure session launch -C /tmp --force -- sleep 600); tenure session stop "$id" >/dev/null; echo "stop own $?"',
      'tenure run mine -- true; echo "run $?"',
      'tenure lease revoke --all 2>/dev/null; echo "revoke $?"',
      'tenure secret killswitch --revoke --yes 2>/dev/null; echo "killswitch $?"',
    ].join('\n');
    const ended = await world.run(['session', 'launch', '--wait', '-C', world.folder, '--', 'sh', '-c', script]);
    assert.equal(ended.stdout, 'stop another 77\nstop own 0\nrun 0\nrevoke 77\nkillswitch 77\n', ended.stderr);
    assert.match((await world.run(['lease', 'list'])).stdout, /somebody-elses/);
    const { stdout } = await world.run(['audit', '--action', 'call']);
    assert.match(stdout, /ROLE_DENIED/);
  });
});

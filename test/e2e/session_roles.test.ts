import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { World } from './world.js';

describe('what runs in a launched session', () => {
  test('takes leases and launches sessions of its own, and may neither revoke others’ nor pull the kill switch', async (t) => {
    const world = new World(t);
    assert.equal((await world.run(['lease', 'acquire', 'somebody-elses'])).code, 0);
    const script = [
      'tenure run mine -- true; echo "run $?"',
      'tenure session launch -C / -- true >/dev/null; echo "launch $?"',
      'tenure lease revoke --all 2>/dev/null; echo "revoke $?"',
      'tenure secret killswitch --revoke --yes 2>/dev/null; echo "killswitch $?"',
    ].join('\n');
    const ended = await world.run(['session', 'launch', '--wait', '-C', world.folder, '--', 'sh', '-c', script]);
    assert.equal(ended.stdout, 'run 0\nlaunch 0\nrevoke 77\nkillswitch 77\n', ended.stderr);
    assert.match((await world.run(['lease', 'list'])).stdout, /somebody-elses/);
    const { stdout } = await world.run(['audit', '--action', 'call']);
    assert.match(stdout, /ROLE_DENIED/);
  });
});

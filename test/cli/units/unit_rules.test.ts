import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { launchdPlist } from '../../../src/cli/units/launchd_rules.js';
import { serviceUnit, socketUnit, type UnitChoice } from '../../../src/cli/units/systemd_rules.js';
import { environmentWord, execWord, execWords } from '../../../src/cli/units/unit_words_rules.js';

const choice: UnitChoice = {
  scope: 'user',
  socketActivation: false,
  command: ['/usr/bin/node', '/opt/my tools/tenured.cjs'],
  environment: { TENURE_STATE_DIR: '/home/me/50% "done"', PATH: '/home/me/bin:/usr/bin' },
};

const has = (unit: string, line: string) => assert.ok(unit.split('\n').includes(line), `${line} in\n${unit}`);
const lacks = (unit: string, pattern: RegExp) => assert.doesNotMatch(unit, pattern);

describe('words of a unit', () => {
  test('come back as they were given, whatever is in them', () => {
    const word = fc.string({ minLength: 1, unit: 'grapheme-ascii' });
    fc.assert(
      fc.property(fc.array(word), (args) => {
        const words = ['/usr/bin/node', ...args];
        assert.deepEqual(execWords(`[Service]\nExecStart=${words.map(execWord).join(' ')}\n`), words);
      }),
    );
    assert.deepEqual(execWords('[Unit]\n'), []);
  });

  test('say what systemd would take for something else', () => {
    assert.equal(execWord('/opt/$HOME/100%'), '/opt/$$HOME/100%%');
    assert.equal(environmentWord('A=$HOME 100%'), '"A=$HOME 100%%"');
  });
});

describe('the service', () => {
  test("of a user ends the daemon alone, and leaves sessions' rights as they are", () => {
    const unit = serviceUnit(choice);
    has(unit, 'ExecStart=/usr/bin/node "/opt/my tools/tenured.cjs"');
    has(unit, 'Environment="TENURE_STATE_DIR=/home/me/50%% \\"done\\""');
    has(unit, 'KillMode=process');
    has(unit, 'OOMPolicy=continue');
    has(unit, 'WantedBy=default.target');
    // Each would take sudo, the disk, the network, or podman from sessions.
    lacks(unit, /NoNewPrivileges|Protect|Private|Restrict|SystemCall|MemoryDeny|CapabilityBounding|tenured\.socket/);
  });

  test('of the machine listens where every user can see it, and bounds what root may do', () => {
    const unit = serviceUnit({ ...choice, scope: 'system' });
    has(unit, 'Environment=TENURE_SOCKET=/run/tenure/tenure.sock');
    has(unit, 'RuntimeDirectory=tenure');
    has(unit, 'WantedBy=multi-user.target');
    assert.match(unit, /^CapabilityBoundingSet=~.*CAP_SYS_MODULE/m);
    // Each would make a mount namespace of the daemon's own, or set no_new_privs.
    lacks(unit, /NoNewPrivileges|Protect|Private|SystemCall|MemoryDeny/);
  });

  test('with socket activation needs its socket, and names no other', () => {
    const unit = serviceUnit({ ...choice, scope: 'system', socketActivation: true });
    has(unit, 'Requires=tenured.socket');
    has(unit, 'Also=tenured.socket');
    lacks(unit, /TENURE_SOCKET|RuntimeDirectory/);
    has(socketUnit({ scope: 'user' }), 'ListenStream=%t/tenure/tenure.sock');
    has(socketUnit({ scope: 'user' }), 'SocketMode=0600');
    has(socketUnit({ scope: 'system' }), 'ListenStream=/run/tenure/tenure.sock');
  });
});

test('the property list holds the command and the environment, escaped', () => {
  const plist = launchdPlist({ command: ['/n', '/a & b'], environment: { A: '<1>' }, errorPath: '/log' });
  assert.match(plist, /<array>\s*<string>\/n<\/string>\s*<string>\/a &amp; b<\/string>\s*<\/array>/);
  assert.match(plist, /<key>A<\/key>\s*<string>&lt;1&gt;<\/string>/);
  assert.match(plist, /<key>AbandonProcessGroup<\/key>\s*<true\/>/);
  assert.doesNotMatch(launchdPlist({ command: ['/n'], environment: {}, errorPath: '/log' }), /EnvironmentVariables/);
});

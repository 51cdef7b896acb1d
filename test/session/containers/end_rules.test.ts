import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type ContainerFacts, containerEnd } from '../../../src/session/containers/end_rules.js';
import { faultIn, lastWords } from '../../../src/session/containers/podman_fault_rules.js';
import { endOf, type MainEnd } from '../../../src/session/launched/outcome_rules.js';
import type { StopNote } from '../../../src/session/launched/record.js';

const STOP: StopNote = { by: 'client', uid: 0, pid: 1, reason: 'enough', wallMs: 1 };

const KNOWN: ContainerFacts = {
  started: true,
  outlived: false,
  fault: undefined,
  memoryLimited: true,
  command: 'fix',
  errorTail: '',
};

/** Outcome and detail of a session whose `podman start` ended so. */
function outcome(main: MainEnd, facts: Partial<ContainerFacts> = {}, stop?: StopNote): readonly [string, string] {
  const end = endOf(containerEnd(main, { ...KNOWN, ...facts }), stop, undefined, 1);
  return [end.outcome, end.detail];
}

function code(number: number): MainEnd {
  return { kind: 'code', code: number };
}

describe('a session in a container', () => {
  test('ends as the program in it: by the table of exit codes, and by signals', () => {
    const expected = {
      0: 'success',
      1: 'failure',
      3: 'blocked',
      6: 'infrastructure',
      126: 'not-executable',
      127: 'not-found',
    };
    for (const [number, name] of Object.entries(expected)) assert.equal(outcome(code(Number(number)))[0], name);
    assert.deepEqual(containerEnd(code(143), KNOWN), {
      kind: 'signal',
      signal: 15,
    });
    assert.match(outcome(code(137))[1], /limits\.memory/);
    assert.equal(outcome(code(137), { memoryLimited: false })[1], '');
  });

  test('tells a command that is not there, or is no program, from a failure', () => {
    const said = (words: string) => ({ errorTail: `ERROR (catatonit:7): failed to exec pid1: ${words}\n` });
    const missing = outcome(code(1), said('No such file or directory'));
    assert.deepEqual(missing, ['not-found', 'the image has no command fix']);
    assert.equal(outcome(code(1), said('Permission denied'))[0], 'not-executable');
    // The program's own words are no end of it.
    assert.equal(outcome(code(1), { errorTail: `working\n${said('Permission denied').errorTail}` })[0], 'failure');
    assert.equal(outcome(code(2), said('Permission denied'))[0], 'usage');
  });

  test('says what podman said where it never began', () => {
    const errorTail = 'runc create failed\nError: unable to find user x: no matching entries in passwd file\n';
    const [name, detail] = outcome(code(125), { started: false, errorTail });
    assert.equal(name, 'infrastructure');
    assert.equal(
      detail,
      'podman could not start the container: unable to find user x: no matching entries in passwd file',
    );
  });

  test('says what to do where podman has no firewall program, or may not set the limits of the container', () => {
    const start = (words: string) => outcome(code(126), { started: false, errorTail: `Error: ${words}\n` })[1];
    assert.match(
      start('netavark: No such file or directory (os error 2)'),
      /: netavark: No such .*; install iptables .*network: none for the agent$/,
    );
    assert.match(
      start('runc: runc create failed: error setting rlimit type 7: operation not permitted: OCI permission denied'),
      /rlimit type 7: .*; set default_ulimits in containers\.conf \(see docs\/containers\.md\)$/,
    );
  });

  test('says why its repository could not be had, in git’s words', () => {
    const fault = { kind: 'clone', why: 'git ended with exit code 128' } as const;
    const [name, detail] = outcome(code(6), { started: false, fault, errorTail: "fatal: repository 'x' not found\n" });
    assert.equal(name, 'infrastructure');
    assert.equal(detail, "the repository could not be cloned: git ended with exit code 128: repository 'x' not found");
  });

  test('is broken where podman was killed, unknown where nobody said how it ended', () => {
    assert.equal(outcome({ kind: 'signal', signal: 9 })[0], 'infrastructure');
    const lost = { fault: { kind: 'lost', why: 'nobody said' } } as const;
    assert.deepEqual(outcome({ kind: 'signal', signal: 9 }, lost), ['exit-unknown', 'nobody said']);
    assert.equal(outcome({ kind: 'unknown' })[0], 'exit-unknown');
    const gone = { errorTail: 'Error: no such container c\n' };
    assert.equal(outcome(code(127), gone)[0], 'exit-unknown');
  });

  test('is broken where its container lived on after what waited for it, whatever that said', () => {
    for (const number of [0, 143]) {
      const [name, detail] = outcome(code(number), { outlived: true });
      assert.equal(name, 'infrastructure');
      assert.match(detail, /ended before the container/);
    }
    assert.deepEqual(outcome(code(0), { outlived: true }, STOP), ['cancelled', 'enough']);
  });

  test('that was stopped is cancelled, however podman ended', () => {
    for (const main of [{ kind: 'signal', signal: 15 }, { kind: 'signal', signal: 9 }, code(143), code(1)] as const) {
      assert.deepEqual(outcome(main, {}, STOP), ['cancelled', 'enough']);
      assert.equal(outcome(main, { started: false }, STOP)[0], 'cancelled');
    }
    assert.equal(outcome(code(0), {}, STOP)[0], 'success');
  });
});

describe('podman’s words', () => {
  test('are told apart by what is to be done', () => {
    const kinds: Readonly<Record<string, string>> = {
      'Error: localhost/none: image not known': 'no-image',
      'Error: creating container storage: the container name "d" is already in use by 56b7': 'name-in-use',
      'Error: s1: secret name in use': 'name-in-use',
      'Error: no container with name or ID "c1" found: no such container': 'no-container',
      'Error: no secret with name or id "s2": no such secret': 'no-secret',
      'Error: write /graph/x: no space left on device': 'no-space',
      'Error: container-init binary not found on the host: stat /usr/libexec/podman/catatonit': 'no-init',
      'Error: netavark: No such file or directory (os error 2)': 'no-firewall',
      'Error: netavark: nftables error: unable to execute nft: No such file or directory (os error 2)': 'no-firewall',
      'Error: failed to locate iptables: exec: "iptables": executable file not found in $PATH': 'no-firewall',
      'Error: netavark: open /run/netns/x: No such file or directory': 'other',
      'Error: crun: setrlimit `RLIMIT_NOFILE`: Operation not permitted: OCI permission denied': 'rlimit',
      'Error: something else': 'other',
    };
    for (const [words, kind] of Object.entries(kinds)) assert.equal(faultIn('podman x', words, 125).kind, kind, words);
    assert.match(faultIn('podman create', 'Error: a: image not known', 125).text, /podman create says: .*podman pull$/);
    assert.equal(faultIn('podman ps', '', 1).text, 'podman ps ended with exit code 1');
  });

  test('are one line without control characters, and no longer than a person reads', () => {
    assert.equal(lastWords('level=warning\nError: a\tb\nlevel=debug\n'), 'a b');
    assert.ok(lastWords(`Error: ${'x'.repeat(5_000)}`).length < 600);
  });
});

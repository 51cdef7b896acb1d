import assert from 'node:assert/strict';
import { test } from 'node:test';
import { World } from '../e2e/world.js';

/** What is typed, and the command that is offered; undefined: none. */
const TYPED: readonly (readonly [string, string | undefined])[] = [
  ['session show', 'session status'],
  ['session rm', 'session prune'],
  ['session worktree prune', 'session worktree clean'],
  ['session lst', 'session list'],
  ['secret release', 'secret revoke'],
  ['secret get', 'secret lease'],
  ['secret show', 'secret list'],
  ['secret delete', 'secret rm'],
  ['secret rn', undefined],
  ['task logs', 'task history'],
  ['agent stop', 'session stop'],
  ['agent ps', 'agent list'],
  ['daemon stat', 'daemon status'],
  ['help nope', undefined],
  ['sesion list', 'session'],
  ['fuse cancle', 'fuse cancel'],
  ['fuse zzz', undefined],
  ['hhealth', 'health'],
  ['orch', 'orchestrate'],
];

test('an unknown command is answered with the one that does it here, and never with a guess far off', async (context) => {
  const world = new World(context);
  for (const [typed, meant] of TYPED) {
    const ended = await world.run(typed.split(' '));
    assert.equal(ended.code, 64, typed);
    const hint = ended.stderr.split('\n')[1];
    if (meant === undefined) assert.match(hint ?? '', /^tenure: see 'tenure.* --help'$/, typed);
    else assert.equal(hint, `tenure: did you mean 'tenure ${meant}'?`, typed);
  }
});

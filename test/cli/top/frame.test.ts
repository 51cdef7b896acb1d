import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DaemonStatus, LeaseStatus } from '@tenure/client';
import fc from 'fast-check';
import { widthOf } from '../../../src/cli/text_width.js';
import { firstShown, shareRows } from '../../../src/cli/top/frame_rules.js';
import { FIRST_VIEW } from '../../../src/cli/top/view_state.js';
import { at, held, screen, seconds, stateWith } from './top_world.js';

const many = (count: number) =>
  stateWith(
    ...Array.from({ length: count }, (_, index) =>
      held(`l${index}`, `dir/home/me/数据/${'deep/'.repeat(index % 30)}${index}`, {
        reason: 'because '.repeat(index % 20),
      }),
    ),
  );

test('a picture has exactly the size of the screen, and no line is wider', () => {
  for (const count of [0, 5, 500]) {
    const state = many(count);
    for (const columns of [20, 60, 80, 200]) {
      for (const rows of [8, 24]) {
        const lines = screen(state, at(9), { columns, rows });
        assert.equal(lines.length, rows, `${count} leases at ${columns}x${rows}`);
        for (const line of lines) assert.ok(widthOf(line) <= columns, `${columns}: ${line}`);
        assert.equal(lines.at(-1), 'footer');
      }
    }
  }
});

test('where there is next to no room, the list of the cursor is shown alone', () => {
  const lines = screen(many(5), at(9), { columns: 80, rows: 8 });
  assert.match(lines.join('\n'), /LEASES 1-3 of 5/);
  assert.doesNotMatch(lines.join('\n'), /SESSIONS/);
  assert.match(lines.join('\n'), /^LEASES .* Tab: sessions; by resource$/m, 'and says what else there is');
});

test('warnings leave the list its room, and say that there are more', () => {
  const state = many(5);
  const warnings = ['one', 'two', 'three'].map((code) => ({ code, message: 'x\n  y', remedy: '', since: undefined }));
  state.tellStatus({ ...DaemonStatus.decode(new Uint8Array()), warnings }, at(0));
  assert.match(screen(state, at(9), { columns: 50, rows: 8 }).join('\n'), /and 2 more.*\nLEASES 1-2 of 5/);
  assert.match(screen(state, at(9), { columns: 50, rows: 24 }).join('\n'), /warning three: x\n\nLEASES/);
});

test('the time that the daemon is up, and the longest wait, go on between what it tells, and stand while it is away', () => {
  const state = many(1);
  const leases = LeaseStatus.decode(new Uint8Array());
  const told = { uptime: seconds(7), leases: { ...leases, waiters: 1, longestWait: seconds(5) } };
  state.tellStatus({ ...DaemonStatus.decode(new Uint8Array()), ...told }, at(10));
  const first = (second: number): string => screen(state, at(second))[0] ?? '';
  assert.match(first(10), /up 7s .*longest 5s/);
  assert.match(first(13), /up 10s .*longest 8s/);
  state.tellBreak(at(14));
  assert.match(first(20), /up 11s .*longest 9s/);
});

test('of a long list the part around the cursor is shown, and which part it is', () => {
  const view = { ...FIRST_VIEW, selections: { ...FIRST_VIEW.selections, leases: { key: 'l250', index: 250 } } };
  const lines = screen(many(500), at(9), { columns: 80, rows: 24 }, view);
  assert.ok(lines.some((line) => line.startsWith('> ')));
  assert.match(lines.join('\n'), /^LEASES \d+-\d+ of 500 {2}by resource$/m);
});

test('what a filter leaves out is said', () => {
  const lines = screen(many(5), at(9), undefined, { ...FIRST_VIEW, filter: 'nothing like it' });
  assert.match(lines.join('\n'), /LEASES 0 {2}5 filtered out\n {2}none that the filter selects/);
});

test('names of others cannot drive the terminal', () => {
  const lines = screen(stateWith(held('l1', 'a\x1b[2Jb', { reason: '\x07' })), at(0));
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that there are none is what is tested.
  assert.doesNotMatch(lines.join(''), /[\x00-\x1f\x7f-\x9f]/);
  assert.match(lines.join('\n'), /a\\x1b\[2Jb/);
});

test('each list gets what it needs, or its share of what there is', () => {
  assert.deepEqual(shareRows([5, 3], 20), [5, 3]);
  assert.deepEqual(shareRows([500, 3], 20), [17, 3]);
  assert.deepEqual(shareRows([500, 500], 21), [11, 10]);
  assert.deepEqual(shareRows([5], 0), [0]);
  fc.assert(
    fc.property(fc.array(fc.nat(100), { minLength: 1, maxLength: 4 }), fc.nat(80), (wanted, room) => {
      const shares = shareRows(wanted, room);
      assert.equal(
        shares.reduce((sum, share) => sum + share, 0),
        Math.min(
          room,
          wanted.reduce((sum, want) => sum + want, 0),
        ),
      );
      for (const [index, share] of shares.entries()) assert.ok(share <= (wanted[index] ?? 0));
    }),
  );
});

test('the cursor is always in sight', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 600 }), fc.integer({ min: 1, max: 50 }), fc.nat(599), (count, room, at) => {
      const selected = at % count;
      const first = firstShown(count, room, selected);
      assert.ok(first >= 0 && first <= selected && selected < first + room);
    }),
  );
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { press, type Shown } from '../../../src/cli/top/key_rules.js';
import { cell, type Row } from '../../../src/cli/top/rows.js';
import { FIRST_VIEW, filtered, selectedIndex, type ViewState } from '../../../src/cli/top/view_state.js';
import { key } from './top_world.js';

const row = (name: string): Row => ({
  key: name,
  cells: [cell(`on ${name}`), cell('excl'), cell('pid 7 sync.sh')],
  words: name,
});
const shownWith = (leases: readonly Row[], sessions: readonly Row[] = []): Shown => ({
  sections: ['leases', 'sessions'],
  rows: { leases, sessions, tasks: [] },
  pageSize: 10,
  pageLines: 30,
});
const rows = Array.from({ length: 25 }, (_, index) => row(`l${index}`));
const shown = shownWith(rows, [row('s1')]);

/** The view after some keys, one after the other. */
const after = (view: ViewState, ...names: readonly string[]): ViewState =>
  names.reduce((current, name) => press(current, key(name), shown).view, view);
const indexIn = (view: ViewState): number => selectedIndex(rows, view.selections.leases);

test('the cursor moves by lines and pages, and stays within the list', () => {
  assert.equal(indexIn(after(FIRST_VIEW, 'down', 'down', 'j', 'k')), 2);
  assert.equal(indexIn(after(FIRST_VIEW, 'pagedown', 'pagedown', 'pagedown')), 24);
  assert.equal(indexIn(after(FIRST_VIEW, 'end', 'pageup')), 14);
  assert.equal(indexIn(after(FIRST_VIEW, 'up')), 0);
});

test('the cursor stays on its row while others come and go, and where it was once that is gone', () => {
  const view = after(FIRST_VIEW, 'down', 'down', 'down');
  assert.equal(selectedIndex([row('new'), ...rows], view.selections.leases), 4);
  assert.equal(
    selectedIndex(
      rows.filter(({ key: name }) => name !== 'l3'),
      view.selections.leases,
    ),
    3,
  );
  assert.equal(selectedIndex(rows.slice(0, 2), view.selections.leases), 1);
  assert.equal(selectedIndex([], view.selections.leases), -1);
});

test('nothing is revoked, asked or stopped without a yes', () => {
  for (const [name, list, kind] of [
    ['r', FIRST_VIEW, 'revoke'],
    ['y', FIRST_VIEW, 'yield'],
    ['x', after(FIRST_VIEW, 'tab'), 'stop'],
  ] as const) {
    const asked = press(list, key(name), shown);
    assert.equal(asked.wish, undefined);
    assert.equal(asked.view.mode.kind, 'confirm');
    for (const no of ['n', 'return', 'escape', 'q', 'down']) {
      const refused = press(asked.view, key(no), shown);
      assert.equal(refused.wish, undefined, no);
      assert.equal(refused.view.mode.kind, 'list');
    }
    const { wish } = press(asked.view, key('y'), shown);
    assert.equal(wish?.kind === 'do' && wish.order.kind, kind);
  }
});

test('what is confirmed is what was asked about, whatever moved meanwhile', () => {
  const asked = press(after(FIRST_VIEW, 'down'), key('r'), shown).view;
  const { wish } = press(asked, key('y'), shownWith([row('other')]));
  assert.deepEqual(wish, {
    kind: 'do',
    order: { kind: 'revoke', leaseId: 'l1', what: 'revoke the lease on on l1, held by pid 7 sync.sh' },
  });
});

test('a queue without a holder has nothing to revoke, and an empty list nothing to do', () => {
  const queue = shownWith([row('queue gpu')]);
  assert.equal(press(FIRST_VIEW, key('r'), queue).view.mode.kind, 'list');
  for (const name of ['r', 'e', 'down']) assert.equal(press(FIRST_VIEW, key(name), shownWith([])).wish, undefined);
});

test('a filter is typed, kept by Enter and dropped by Esc; keys are letters meanwhile', () => {
  const typed = after(FIRST_VIEW, '/', 'q', 'r', 'x', 'backspace');
  assert.equal(typed.filter, 'qr');
  assert.equal(after(typed, 'return').filter, 'qr');
  assert.equal(after(after(typed, 'return'), '/', 's', 'escape').filter, 'qr', 'the one before is back');
  assert.equal(after(typed, 'return', 'escape').filter, '');
  assert.equal(press(typed, { name: '', ctrl: false, text: '\x1b[31m' }, shown).view.filter, 'qr[31m');
});

test('a filter selects the rows with all of its words', () => {
  const all = [row('gpu train'), row('gpu infer'), row('nightly')];
  assert.deepEqual(
    filtered(all, ' GPU  inf ').map(({ key: name }) => name),
    ['gpu infer'],
  );
  assert.equal(filtered(all, '').length, 3);
});

test('lists are sorted each by its own', () => {
  const view = after(FIRST_VIEW, 's', 'tab', 's', 's');
  assert.deepEqual([view.leaseSort, view.sessionSort], ['age', 'directory']);
  assert.equal(after(FIRST_VIEW, 's', 's', 's', 's', 's').leaseSort, 'resource');
});

test('a page scrolls no further than its end, and is left by q', () => {
  const page: ViewState = { ...FIRST_VIEW, mode: { kind: 'page', title: 't', lines: [], top: 0 } };
  const top = (view: ViewState): number => (view.mode.kind === 'page' ? view.mode.top : Number.NaN);
  assert.equal(top(after(page, 'down')), 1);
  assert.equal(top(after(page, 'pagedown', 'pagedown', 'pagedown')), 20);
  assert.equal(after(page, 'q').mode.kind, 'list');
});

test('Ctrl-C quits, whatever is on the screen', () => {
  const typed = after(FIRST_VIEW, '/', 'a');
  assert.deepEqual(press(typed, { name: 'c', ctrl: true, text: '\x03' }, shown).wish, { kind: 'quit' });
});

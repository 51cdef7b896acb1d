import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { Script } from 'node:vm';
import fc from 'fast-check';
import { widthOf } from '../../../src/cli/text_width.js';
import { describeTimeline } from '../../../src/cli/timeline/chart_text.js';
import { escaped } from '../../../src/cli/timeline/html_rules.js';
import { timelinePage } from '../../../src/cli/timeline/page.js';
import type { Hold, Run, Timeline } from '../../../src/cli/timeline/timeline.js';
import { waitsOf } from '../../../src/cli/timeline/wait_rules.js';
import { ms } from './entries.js';

const NASTY = `</script><script>alert("1")</script>'\x1b[2J&amp;\u202egnp.\u2028`;

function hold(index: number, text = `name ${index}`): Hold {
  const startMs = ms(index * 7);
  const life = {
    startMs,
    endMs: startMs + 60_000,
    drainedMs: startMs + (index % 5 === 0 ? 90_000 : 60_000),
    waitedMs: (index % 3) * 20_000,
  };
  const names = { resource: text, leaseId: `l${index}`, clientId: text, who: text, purpose: text };
  return { ...names, ...life, mode: index % 4 === 0 ? 'shared' : 'exclusive', end: 'released' };
}

function timelineOf(count: number, text?: string): Timeline {
  const holds = Array.from({ length: count }, (_, index) => hold(index, text));
  const words = text ?? 'codex';
  const runs: Run[] =
    count === 0
      ? []
      : [
          {
            kind: 'session',
            id: words,
            name: words,
            about: words,
            startMs: ms(10),
            endMs: ms(50),
            outcome: words,
            tone: 'good',
          },
          {
            kind: 'task',
            id: words,
            name: words,
            about: words,
            startMs: ms(10),
            endMs: ms(50),
            outcome: words,
            tone: 'bad',
          },
        ];
  const window = { fromMs: ms(0), toMs: ms(3_600), nowMs: ms(3_600), isFitted: false };
  const marks = count === 0 ? [] : [{ atMs: ms(5), text: text ?? 'tenured started' }];
  return { ...window, holds, waits: waitsOf(holds, []), runs, marks, notes: ['The audit log is empty.'] };
}

const options = { all: false, offsetMs: 0, ascii: false };

test('the chart fits the width of the terminal', () => {
  for (const count of [0, 5, 500]) {
    for (const width of [60, 80, 200]) {
      const [chart = ''] = describeTimeline(timelineOf(count), { ...options, width }).split('\n\nWAITED');
      for (const line of chart.split('\n').slice(1)) assert.ok(widthOf(line) <= width, line);
    }
  }
});

test('rows that are left out are counted, and all of them are there when they are asked for', () => {
  const few = describeTimeline(timelineOf(500), { ...options, width: 80 });
  assert.match(few, /^and 462 more: --all/m);
  const all = describeTimeline(timelineOf(500), { ...options, width: 80, all: true });
  assert.match(all, /^name 499 /m);
});

test('names stand as people count', () => {
  const holds = [10, 9, 100].map((number, index) => ({ ...hold(index), resource: `gpu/${number}` }));
  const chart = describeTimeline({ ...timelineOf(0), holds }, { ...options, width: 80 });
  assert.match(chart, /gpu\/9 (.|\n)*gpu\/10 (.|\n)*gpu\/100 /);
});

test('of many starts of the daemon the last are told, and of how many', () => {
  const marks = Array.from({ length: 12 }, (_, index) => ({ atMs: ms(index), text: `start ${index}` }));
  const text = describeTimeline({ ...timelineOf(0), marks }, { ...options, width: 80 });
  assert.match(text, /THE DAEMON \(last 10 of 12\)\n.* start 2\n/);
  assert.match(describeTimeline(timelineOf(2), { ...options, width: 80 }), /THE DAEMON\n/);
});

test('what is short shows, what waits has a line of its own, and other letters do where these are unknown', () => {
  const day = { ...timelineOf(2), toMs: ms(86_400) };
  assert.match(describeTimeline(day, { ...options, width: 60 }), /^name 1 +█\n {2}waiting +░/m);
  assert.match(describeTimeline(day, { ...options, width: 60, ascii: true }), /^name 1 +#\n {2}waiting +\./m);
});

test('names of others drive no terminal', () => {
  const text = describeTimeline(timelineOf(3, NASTY), { ...options, width: 80 });
  assert.doesNotMatch(text.replaceAll('\n', ''), /[\p{Cc}\p{Zl}\p{Bidi_Control}]/u);
  assert.match(text, /\\x1b\[2J&amp;\\u202egnp/, 'what they are is shown');
});

test('whatever names say, it is text in the page', () => {
  const page = timelinePage(timelineOf(5, NASTY), 0);
  assert.equal(page.match(/<script/g)?.length, 2, 'the page has its own two, the scale and the script');
  assert.equal(page.includes('alert("1")'), false);
  assert.doesNotMatch(page, /\p{Bidi_Control}/u, 'nor does a name turn the text around it');
  assert.equal(page.includes('\x1b'), false);
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('<', '>', '&', '"', "'", '\x1b', '#', '3', ';', 'é') }), (text) => {
      assert.doesNotMatch(escaped(text), /[<>"']|&(?!#\d+;)/);
    }),
  );
});

test('the page asks for nothing, and forbids it', () => {
  for (const count of [0, 5, 500]) {
    const page = timelinePage(timelineOf(count), 0);
    assert.doesNotMatch(page, /https?:|src=|@import|url\(|<link|<img|<iframe/);
    assert.match(page, /default-src &#39;none&#39;/);
  }
});

test('the script of the page is the one that its policy allows, and is no broken one', () => {
  const page = timelinePage(timelineOf(5), 0);
  const script = /<script>([\s\S]*?)<\/script>/.exec(page)?.[1] ?? '';
  const hash = createHash('sha256').update(script).digest('base64');
  assert.ok(page.includes(`sha256-${hash}`));
  assert.doesNotThrow(() => new Script(script));
  const scale: unknown = JSON.parse(/id="scale">(.*?)<\/script>/.exec(page)?.[1] ?? '');
  assert.equal(typeof scale === 'object' && scale !== null && 'from' in scale && scale.from, ms(0));
});

test('every lease is in the page, at its place', () => {
  const page = timelinePage(timelineOf(3), 0);
  assert.match(
    page,
    /<div class="bar held" tabindex="0" style="left:0\.1944%;width:1\.6667%" title="name 1, exclusive\n/,
  );
  assert.match(page, /waited for 20s before/);
  assert.match(page, /<div class="bar draining"/);
  assert.match(page, /class="legend">.*the daemon started, stopped or stood still/s);
  assert.doesNotMatch(timelinePage(timelineOf(0), 0), /the daemon started/);
});

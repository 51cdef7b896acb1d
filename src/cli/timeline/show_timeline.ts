import type { Client } from '@tenure/client';
import { describeTimeline } from './chart_text.js';
import { timelinePage } from './page.js';
import { readTimeline, type TimelineQuery } from './read_timeline.js';
import { timelineJson } from './timeline_json.js';

/** What is no terminal and has no COLUMNS. */
const DEFAULT_COLUMNS = 100;

export async function timelineAsText(client: Client, query: TimelineQuery, all: boolean): Promise<string> {
  const width = process.stdout.columns || Number(process.env['COLUMNS']) || DEFAULT_COLUMNS;
  const options = { width, all, offsetMs: localOffsetMs(query.toMs), ascii: !speaksUtf8() };
  return describeTimeline(await readTimeline(client, query), options);
}

export async function timelineAsJson(client: Client, query: TimelineQuery): Promise<object> {
  return timelineJson(await readTimeline(client, query));
}

export async function timelineAsPage(client: Client, query: TimelineQuery): Promise<string> {
  return timelinePage(await readTimeline(client, query), localOffsetMs(query.toMs));
}

/** Where no locale is named, nobody has said otherwise. */
function speaksUtf8(): boolean {
  const { LC_ALL, LC_CTYPE, LANG } = process.env;
  const locale = [LC_ALL, LC_CTYPE, LANG].find((name) => name !== undefined && name !== '');
  return locale === undefined || /utf-?8/i.test(locale);
}

function localOffsetMs(atMs: number): number {
  return -new Date(atMs).getTimezoneOffset() * 60_000;
}

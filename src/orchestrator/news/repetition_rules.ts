import type { HolderFacts, RunEnd } from '../runs/run_end.js';
import type { OrchestratorNews } from './news.js';

const NOTICE = 'notice ';

/** What a piece of news is about, and what it says of it; undefined: it is told each time. */
export function topicOf(news: OrchestratorNews): { readonly topic: string; readonly cause: string } | undefined {
  switch (news.kind) {
    case 'ended':
      return { topic: `task ${news.task}`, cause: causeOf(news.end, news.runId) };
    case 'waiting':
      return { topic: `task ${news.task}`, cause: `waiting ${waitedFor(news.holder) ?? news.why}` };
    case 'notice':
      return news.level === 'info' ? undefined : { topic: `${NOTICE}${news.text}`, cause: news.level };
    case 'started':
    case 'retrying':
    case 'adopted':
    case 'restarting':
    case 'yield-asked':
      return undefined;
  }
}

/** Whether the news says what the last one on its topic said: a skip or a failure for the same cause, time and again. */
export function isRepeated(last: ReadonlyMap<string, string>, news: OrchestratorNews): boolean {
  const told = topicOf(news);
  return told !== undefined && last.get(told.topic) === told.cause;
}

/** Whether what was warned of before is to be told again, should it come again: the daemon is back, or the file was read. */
export function isForgotten(topic: string, news: OrchestratorNews): boolean {
  return news.kind === 'notice' && news.level === 'info' && topic.startsWith(NOTICE);
}

/** By the lease, whose holder becomes another process when the command begins that it was taken for. */
function waitedFor(holder: HolderFacts | undefined): string | undefined {
  return holder === undefined ? undefined : `${holder.resource} ${holder.leaseId}`;
}

function causeOf({ status, reasonCode, phase, holder, blockingTask, error }: RunEnd, runId: string): string {
  switch (status) {
    case 'completed':
    case 'degraded':
      // Each is news.
      return `${status} ${runId}`;
    case 'skipped':
      return ['skipped', reasonCode, holder?.leaseId, holder?.pid, blockingTask].join(' ');
    case 'failed':
      return ['failed', reasonCode, phase, error].join(' ');
  }
}

import { describeDuration } from '@tenure/client/duration-text';
import type { RunEnd } from '../runs/run_end.js';
import { describeHolder } from '../runs/task_run.js';
import type { OrchestratorNews } from './news.js';

/** A piece of news as a line for people, without its time. */
export function newsText(news: OrchestratorNews): string {
  switch (news.kind) {
    case 'started':
      return `${news.task}: started${news.pid === undefined ? '' : ` as pid ${news.pid}`}`;
    case 'waiting':
      return `${news.task}: waits ${news.why}`;
    case 'retrying':
      return `${news.task}: failed (${news.error}); next attempt in ${describeDuration(news.inMs)}`;
    case 'ended':
      return `${news.task}: ${endText(news.end, news.tookMs)}${outputText(news.output)}`;
    case 'adopted':
      return `${news.task}: still runs as pid ${news.pid}; adopted`;
    case 'restarting':
      return `${news.task}: starts again in ${describeDuration(news.inMs)}`;
    case 'yield-asked':
      return `${news.task}: is asked to give way: ${news.why}`;
    case 'notice':
      return news.text;
  }
}

function endText(end: RunEnd, tookMs: number): string {
  switch (end.status) {
    case 'completed':
      return end.reasonCode === 'shutdown' ? 'stopped' : `completed in ${describeDuration(tookMs)}`;
    case 'degraded':
      return `degraded (${end.reasonCode}): ${end.error ?? ''}`;
    case 'failed':
      return `failed (${end.reasonCode}): ${end.error ?? ''}`;
    case 'skipped':
      return `skipped (${end.reasonCode})${skipText(end)}`;
  }
}

function outputText(path: string | undefined): string {
  return path === undefined ? '' : `; output in ${path}`;
}

function skipText({ holder, blockingTask, error, exitCode, reasonCode }: RunEnd): string {
  if (reasonCode === 'yielded') return `: it gave way${error === undefined ? '' : `: ${error}`}`;
  if (holder !== undefined) return `: ${holder.resource} is held by ${describeHolder(holder)}`;
  if (reasonCode === 'dependency') return `: ${blockingTask} did not complete`;
  if (blockingTask !== undefined) return `: ${error ?? `${blockingTask} runs`}`;
  if (exitCode !== undefined) return `: its command says that a lease is held (exit code ${exitCode})`;
  return error === undefined ? '' : `: ${error}`;
}

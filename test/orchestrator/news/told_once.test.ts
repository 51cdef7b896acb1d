import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OrchestratorNews } from '../../../src/orchestrator/news/news.js';
import { toldOnce } from '../../../src/orchestrator/news/told_once.js';
import { type RunEnd, skipped } from '../../../src/orchestrator/runs/run_end.js';

function listener(): { tell: (news: OrchestratorNews) => void; told: string[] } {
  const told: string[] = [];
  const tell = toldOnce((news) => {
    told.push(
      news.kind === 'ended' ? `${news.task} ${news.end.status} ${news.end.blockingTask ?? ''}`.trim() : news.kind,
    );
  });
  return { tell, told };
}

let runs = 0;
const ended = (task: string, end: RunEnd): OrchestratorNews => ({
  kind: 'ended',
  task,
  runId: `r${++runs}`,
  end,
  tookMs: 1,
  output: undefined,
});
const done: RunEnd = { status: 'completed', reasonCode: '', phase: 'child-process' };

test('a skip for the same cause is told once, for another cause again, and anew after a run', () => {
  const { tell, told } = listener();
  const behind = (blockingTask: string) => ended('a', skipped('backpressure', 'schedule', { blockingTask }));
  for (const news of [behind('x'), behind('x'), behind('x'), behind('y'), ended('a', done), behind('y')]) tell(news);
  assert.deepEqual(told, ['a skipped x', 'a skipped y', 'a completed', 'a skipped y']);
});

test('what befalls one task keeps nothing of another untold', () => {
  const { tell, told } = listener();
  const cause = skipped('lease-held', 'lease');
  for (const task of ['a', 'b', 'a', 'b']) tell(ended(task, cause));
  assert.deepEqual(told, ['a skipped', 'b skipped']);
});

test('a wait is told once for a lease, whichever of its task’s processes has it, and again for another lease', () => {
  const { tell, told } = listener();
  const waiting = (leaseId: string, pid: number): OrchestratorNews => {
    const holder = { leaseId, resource: 'nightly', pid, description: 'task summary', clientId: '', reason: '' };
    return { kind: 'waiting', task: 'a', runId: 'r', why: `for nightly, held by pid ${pid} task summary`, holder };
  };
  for (const news of [waiting('l1', 1), waiting('l1', 2), waiting('l2', 3), waiting('l2', 4), waiting('l1', 2)])
    tell(news);
  assert.deepEqual(told, ['waiting', 'waiting', 'waiting']);
});

test('every success is told', () => {
  const { tell, told } = listener();
  tell(ended('a', done));
  tell(ended('a', done));
  assert.equal(told.length, 2);
});

test('a listener that throws breaks off nothing: its error is the program’s', async () => {
  const thrown = new Promise((resolve) => {
    const before = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException');
    process.once('uncaughtException', (error) => {
      for (const listener of before) process.on('uncaughtException', listener);
      resolve(error);
    });
  });
  const fault = new Error('of the listener');
  const tell = toldOnce(() => {
    throw fault;
  });
  tell({ kind: 'restarting', task: 'web', inMs: 5 });
  assert.equal(await thrown, fault);
});

test('a warning is told once, and again when the daemon was back in between', () => {
  const { tell, told } = listener();
  const away: OrchestratorNews = { kind: 'notice', level: 'warn', text: 'no daemon' };
  const other: OrchestratorNews = { kind: 'notice', level: 'warn', text: 'outcomes are kept' };
  for (const news of [away, other, away, other]) tell(news);
  assert.equal(told.length, 2);
  tell({ kind: 'notice', level: 'info', text: 'connected' });
  tell(away);
  assert.equal(told.length, 4);
});

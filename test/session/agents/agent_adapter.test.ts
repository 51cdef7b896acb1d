import assert from 'node:assert/strict';
import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { agentAdapter } from '../../../src/session/agents/agent_adapter.js';
import type { AgentProgram, FoundSession } from '../../../src/session/agents/agent_program.js';
import { temporaryFolder } from '../../daemon/temporary_folder.js';

const order = { prompt: 'do it', model: '', args: [], directory: '/tmp' };
const found: FoundSession = {
  nativeId: 'n1',
  state: 'idle',
  directory: '/tmp',
  title: '',
  prompt: '',
  model: '',
  usage: undefined,
  process: undefined,
  startWallMs: undefined,
  activityWallMs: 5,
  parentNativeId: '',
};

/** Reads itself by `this`, as a class would. */
class Program implements AgentProgram {
  readonly name = 'tester';
  readonly command = 'tester-cli';
  readonly asked: unknown[] = [];

  async discover(sinceWallMs: number, signal: AbortSignal): Promise<readonly FoundSession[]> {
    this.asked.push(sinceWallMs, signal);
    return [found];
  }
  plan() {
    return { argv: [this.command, 'run'], environment: {}, input: 'do it' } as const;
  }
  planResume(nativeId: string) {
    return { argv: [this.command, 'resume', nativeId], environment: {}, input: undefined } as const;
  }
  nativeIdOf(output: string) {
    return `${this.name}-${output}`;
  }
  resultOf(output: string) {
    return { success: this.command !== output, detail: output, nativeId: 'n1', usage: undefined };
  }
}

test('an agent is asked as it is', async () => {
  const program = new Program();
  const adapter = agentAdapter(program, { path: undefined });
  const { signal } = new AbortController();
  assert.equal(adapter.name, 'tester');
  assert.deepEqual(await adapter.discover(7, signal), [found]);
  assert.deepEqual(program.asked, [7, signal]);
  assert.deepEqual((await adapter.plan(order)).argv, ['tester-cli', 'run']);
  assert.deepEqual((await adapter.planResume?.('n1', order))?.argv, ['tester-cli', 'resume', 'n1']);
  assert.equal(adapter.nativeIdOf?.('first'), 'tester-first');
  assert.equal((await adapter.resultOf('said'))?.detail, 'said');
  assert.equal(adapter.remote, undefined);
});

test('an agent is there while its program is on the PATH, or on that of an order', async (t) => {
  const folder = temporaryFolder(t);
  const empty = temporaryFolder(t);
  const adapter = agentAdapter(new Program(), { path: folder });
  assert.equal(await adapter.available(), false);
  const file = join(folder, 'tester-cli');
  writeFileSync(file, '#!/bin/sh\n');
  assert.equal(await adapter.available(), false, 'it can not be executed yet');
  chmodSync(file, 0o755);
  assert.equal(await adapter.available(), true);
  assert.equal(await adapter.available(empty), false);
  assert.equal(await agentAdapter(new Program(), { path: undefined }).available(`${empty}:${folder}`), true);
  rmSync(file);
  assert.equal(await adapter.available(), false);
});

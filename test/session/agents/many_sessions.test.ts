import assert from 'node:assert/strict';
import { readFileSync, rmSync } from 'node:fs';
import { describe, type TestContext, test } from 'node:test';
import type { AgentProgram, Surroundings } from '../../../src/session/agents/agent_program.js';
import { claudeCode } from '../../../src/session/agents/claude_code.js';
import { CLAUDE_TRANSCRIPT } from '../../../src/session/agents/claude_code_transcript_rules.js';
import { codex } from '../../../src/session/agents/codex.js';
import { findFiles } from '../../../src/session/agents/found_files.js';
import { pi } from '../../../src/session/agents/pi.js';
import { ReadFiles } from '../../../src/session/agents/read_files.js';
import { AgentHome, discover, sample } from './agent_home.js';

const COUNT = 1000;
/** Far less than to open each once more; the threads that ask for the files' states wake node by 8 bytes each time. */
const FEW_BYTES = 20_000;

const uuid = (index: number): string => `${index.toString(16).padStart(8, '0')}-2222-4333-8444-555555555555`;

/** All bytes that this process has read from files so far. */
function bytesRead(): number {
  return Number(/^rchar: (\d+)$/m.exec(readFileSync('/proc/self/io', 'latin1'))?.[1]);
}

function claudeSession(home: AgentHome, index: number): string {
  const text = sample('claude/finished.jsonl').replace('echo hi"', `echo ${index}"`);
  return home.write(`.claude/projects/-project-${index % 20}/${uuid(index)}.jsonl`, text);
}

const PROGRAMS: readonly {
  readonly make: (surroundings: Surroundings) => AgentProgram;
  readonly write: (home: AgentHome, index: number) => string;
}[] = [
  { make: claudeCode, write: claudeSession },
  {
    make: codex,
    write: (home, index) => {
      const day = `.codex/sessions/2026/11/${1 + (index % 28)}`;
      return home.write(`${day}/rollout-2026-11-20T11-31-36-${uuid(index)}.jsonl`, sample('codex/rollout.jsonl'));
    },
  },
  {
    make: pi,
    write: (home, index) => {
      const text = sample('pi/session.jsonl').replaceAll('01a1f8bb-6daf-713f-ae38-6863359a6600', uuid(index));
      return home.write(
        `.pi/agent/sessions/--project-${index % 20}--/2026-11-20T11-33-15-311Z_${uuid(index)}.jsonl`,
        text,
      );
    },
  },
];

/** Nothing runs there, so that only files are read. */
function still(t: TestContext): { readonly home: AgentHome; readonly surroundings: Surroundings } {
  const home = new AgentHome(t);
  return { home, surroundings: { ...home.surroundings(), processes: async () => [] } };
}

describe('of a thousand sessions', () => {
  for (const { make, write } of PROGRAMS) {
    test(`${make.name} opens at a second look only what has changed`, async (t) => {
      const { home, surroundings } = still(t);
      for (let index = 0; index < COUNT; index += 1) write(home, index);
      const program = make(surroundings);
      assert.equal((await discover(program)).length, COUNT);
      const before = bytesRead();
      assert.equal((await discover(program)).length, COUNT);
      assert.ok(bytesRead() - before < FEW_BYTES, `${bytesRead() - before} bytes were read`);
      write(home, COUNT);
      const between = bytesRead();
      assert.equal((await discover(program)).length, COUNT + 1);
      assert.ok(bytesRead() - between < FEW_BYTES, `${bytesRead() - between} bytes were read`);
    });
  }

  test('those that are gone leave nothing behind', async (t) => {
    const { home } = still(t);
    const paths = Array.from({ length: 400 }, (_, index) => claudeSession(home, index));
    const files = new ReadFiles(CLAUDE_TRANSCRIPT);
    const read = async (): Promise<number> => {
      const signal = AbortSignal.timeout(10_000);
      return (await files.read(await findFiles(home.path('.claude'), 2, /\.jsonl$/, signal), signal)).size;
    };
    assert.equal(await read(), 400);
    for (const path of paths.slice(1)) rmSync(path);
    assert.equal(await read(), 1);
    assert.equal(files.size, 1);
  });
});

describe('a look', () => {
  for (const { make } of PROGRAMS) {
    test(`of ${make.name} ends with its time, also where the machine does not answer`, async (t) => {
      const { home, surroundings } = still(t);
      claudeSession(home, 0);
      home.write(`.codex/thread-writer-locks/${uuid(0)}.lock`, '');
      const never: Surroundings = { ...surroundings, processes: () => new Promise(() => undefined) };
      home.write(`.claude/sessions/${process.pid}.json`, JSON.stringify({ pid: process.pid, sessionId: uuid(0) }));
      const program = make(never);
      const time = new AbortController();
      const look = program.discover(0, time.signal);
      time.abort(new Error('5 s are over'));
      await assert.rejects(look, /5 s are over/);
      await assert.rejects(program.discover(0, AbortSignal.abort(new Error('too late'))), /too late/);
    });
  }
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { claudeCode } from '../../../src/session/agents/claude_code.js';
import { codex } from '../../../src/session/agents/codex.js';
import { openCode } from '../../../src/session/agents/opencode.js';
import { pi } from '../../../src/session/agents/pi.js';
import { AgentHome, sample } from './agent_home.js';

const CLAUDE_ID = '11111111-2222-4333-8444-555555555555';

test('each agent says its id at its start, also where the rest is cut or never came', (t) => {
  const surroundings = new AgentHome(t).surroundings();
  const [claude, gpt, open, raspberry] = [claudeCode, codex, openCode, pi].map((program) => program(surroundings));
  const starts = [
    [claude, sample('claude/stdout_killed.jsonl'), CLAUDE_ID],
    [claude, `{"type":"system","subtype":"init","cwd":"/a","session_id":"${CLAUDE_ID}","tools":["Ta`, CLAUDE_ID],
    [gpt, sample('codex/stdout_killed.jsonl'), '01a1f8b9-ed81-7401-b4ac-e662dc123e43'],
    [open, '{"type":"step_start","timestamp":1,"sessionID":"ses_e07453","part":{"id":"prt_1"', 'ses_e07453'],
    [raspberry, '{"type":"session","version":3,"id":"01a1f8bb","cwd":"/a"}\n{"type":"agent_start","id":"x', '01a1f8bb'],
  ] as const;
  for (const [program, output, id] of starts) assert.equal(program?.nativeIdOf(output), id);
});

test('what is said of ids in a text is none, nor is the half of one', (t) => {
  const surroundings = new AgentHome(t).surroundings();
  const said = JSON.stringify({ type: 'text', text: '{"session_id":"a","thread_id":"b","sessionID":"c"}' });
  for (const program of [claudeCode, codex, openCode, pi]) {
    const { nativeIdOf } = program(surroundings);
    assert.equal(nativeIdOf(said), '');
    assert.equal(nativeIdOf('{"type":"session","session_id":"1111'), '');
    assert.equal(nativeIdOf('no JSON at all\n'), '');
    assert.equal(nativeIdOf(''), '');
  }
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { AgentResult } from '../../../src/session/agents/agent_program.js';
import { resultOfClaude } from '../../../src/session/agents/claude_code_result_rules.js';
import { resultOfCodex } from '../../../src/session/agents/codex_result_rules.js';
import { resultOfOpenCode } from '../../../src/session/agents/opencode_result_rules.js';
import { resultOfPi } from '../../../src/session/agents/pi_result_rules.js';
import { sample } from './agent_home.js';

const CLAUDE_ID = '11111111-2222-4333-8444-555555555555';
const CODEX_ID = '01a1f8b9-ed81-7401-b4ac-e662dc123e43';
const PI_ID = '01a1f8bb-6daf-713f-ae38-6863359a6600';
const OPENCODE_ID = 'ses_e07452bf6ffewGA6SOsAVT9K3i';

const well = (nativeId: string, inputTokens?: number, outputTokens = 0, costUsd?: number): AgentResult => ({
  success: true,
  detail: '',
  nativeId,
  usage: inputTokens === undefined ? undefined : { inputTokens, outputTokens, costUsd },
});

const badly = (nativeId: string, detail: string): AgentResult => ({
  success: false,
  detail,
  nativeId,
  usage: undefined,
});

describe('the result of', () => {
  test('Claude Code: an error of the service says success and is none, an interruption exits with 0', () => {
    assert.deepEqual(resultOfClaude(sample('claude/stdout_success.jsonl')), well(CLAUDE_ID, 949, 16, 0.004116));
    assert.deepEqual(resultOfClaude(sample('claude/stdout_api_error.jsonl')), {
      ...badly(CLAUDE_ID, 'API Error: 400 mock failure 400'),
      usage: undefined,
    });
    assert.deepEqual(resultOfClaude(sample('claude/stdout_interrupted.jsonl')), {
      ...badly(CLAUDE_ID, 'it was interrupted (error during execution)'),
      usage: { inputTokens: 460, outputTokens: 17, costUsd: 0.00218 },
    });
    assert.equal(resultOfClaude(sample('claude/stdout_killed.jsonl')), undefined);
    const unknown = {
      type: 'result',
      subtype: 'error_during_execution',
      is_error: true,
      errors: ['No conversation found'],
    };
    assert.equal(resultOfClaude(JSON.stringify(unknown))?.detail, 'error during execution: No conversation found');
    assert.equal(resultOfClaude('{"type":"result","subtype":"error_max_turns"}\n')?.detail, 'error max turns');
  });

  test('Codex: a turn that failed, was aborted, or was not ended', () => {
    assert.deepEqual(resultOfCodex(sample('codex/stdout_completed.jsonl')), well(CODEX_ID, 11552, 16));
    assert.deepEqual(resultOfCodex(sample('codex/stdout_failed.jsonl')), badly(CODEX_ID, 'mock failure 400'));
    const interrupted = 'it was interrupted before its turn had ended';
    assert.equal(resultOfCodex(sample('codex/stdout_killed.jsonl'))?.detail, interrupted);
    // A turn before it had gone well.
    const second = resultOfCodex(sample('codex/stdout_completed.jsonl') + sample('codex/stdout_killed.jsonl'));
    assert.deepEqual([second?.success, second?.detail], [false, interrupted]);
    const event = (payload: object): string => `${JSON.stringify({ type: 'event_msg', payload })}\n`;
    assert.equal(resultOfCodex(event({ type: 'task_complete', last_agent_message: 'x' }))?.success, true);
    const failed = event({ type: 'task_complete', error: { message: 'no more credit' } });
    assert.deepEqual(resultOfCodex(failed), badly('', 'no more credit'));
    const aborted = JSON.stringify({ id: '0', msg: { type: 'turn_aborted', reason: 'interrupted' } });
    assert.deepEqual(resultOfCodex(aborted), badly('', 'the turn was aborted: interrupted'));
  });

  test('OpenCode: the last step decides', () => {
    assert.deepEqual(resultOfOpenCode(sample('opencode/stdout_success.jsonl')), well(OPENCODE_ID));
    assert.deepEqual(
      resultOfOpenCode(sample('opencode/stdout_api_error.jsonl')),
      badly(OPENCODE_ID, 'mock failure 400'),
    );
    assert.equal(resultOfOpenCode(sample('opencode/stdout_killed.jsonl')), undefined);
    const gotOver = sample('opencode/stdout_api_error.jsonl') + sample('opencode/stdout_success.jsonl');
    assert.equal(resultOfOpenCode(gotOver)?.success, true);
  });

  test('Pi: exit code 0 after an error of the service is a failure', () => {
    assert.deepEqual(resultOfPi(sample('pi/stdout_success.jsonl')), well(PI_ID, 1647, 15, 0.75));
    const message = '400: {"type":"api_error","message":"mock failure 400","code":"400"}';
    assert.deepEqual(resultOfPi(sample('pi/stdout_api_error.jsonl')), badly(PI_ID, message));
    assert.equal(resultOfPi(sample('pi/stdout_killed.jsonl')), undefined);
  });

  test('Pi: the end of the run’s last event is enough', () => {
    const cut = (name: string): string => sample(name).slice(sample(name).indexOf('"agent_end"') + 30);
    assert.equal(resultOfPi(cut('pi/stdout_success.jsonl'))?.success, true);
    const failed = resultOfPi(cut('pi/stdout_api_error.jsonl'));
    assert.equal(failed?.success, false);
    assert.match(failed?.detail ?? '', /"message":"mock failure 400"/);
    const quoted = JSON.stringify({ text: '"stopReason":"error"' }).slice(5);
    assert.equal(resultOfPi(quoted), undefined);
  });

  test('whatever is no event, and however its beginning is cut', () => {
    const noise = fc.oneof(fc.string(), fc.json(), fc.constantFrom('\n', '{"type":"result"', '[]\n', 'null\n', '{}\n'));
    const readers = [resultOfClaude, resultOfCodex, resultOfOpenCode, resultOfPi];
    const names = ['claude/stdout_success', 'codex/stdout_completed', 'opencode/stdout_success', 'pi/stdout_success'];
    fc.assert(
      fc.property(noise, fc.nat(3), (text, index) => {
        for (const read of readers) read(text);
        const whole = sample(`${names[index]}.jsonl`);
        assert.equal(readers[index]?.(`${text.replaceAll(/["{[]/g, '')}\n${whole}warning: not JSON\n`)?.success, true);
      }),
    );
  });
});

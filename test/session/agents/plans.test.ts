import assert from 'node:assert/strict';
import { test } from 'node:test';
import { claudeCode } from '../../../src/session/agents/claude_code.js';
import { codex } from '../../../src/session/agents/codex.js';
import { openCode } from '../../../src/session/agents/opencode.js';
import { pi } from '../../../src/session/agents/pi.js';
import { AgentHome } from './agent_home.js';

const ORDER = { prompt: '-p is my\nprompt', model: 'm', args: ['--add', 'x'], directory: '/x' };

test('each agent runs without a terminal, prints JSON, and reads its prompt where nobody can see it', (t) => {
  const surroundings = new AgentHome(t).surroundings();
  const expected: Readonly<Record<string, readonly [string, string, string]>> = {
    'claude-code': [
      'claude --print --output-format stream-json --verbose',
      'claude --print --output-format stream-json --verbose --model m --add x',
      'claude --print --output-format stream-json --verbose --model m --resume ID --add x',
    ],
    codex: [
      'codex exec --json --skip-git-repo-check',
      'codex exec --json --skip-git-repo-check --model m --add x',
      'codex exec --json --skip-git-repo-check --model m --add x resume ID -',
    ],
    opencode: [
      'opencode run --format json',
      'opencode run --format json --model m --add x',
      'opencode run --format json --model m --session ID --dir /x --add x',
    ],
    pi: [
      'pi --mode json --print',
      'pi --mode json --print --model m --add x',
      'pi --mode json --print --model m --session ID --add x',
    ],
  };
  for (const program of [claudeCode, codex, openCode, pi].map((make) => make(surroundings))) {
    const plain = program.plan({ ...ORDER, model: '', args: [] });
    const plans = [plain, program.plan(ORDER), program.planResume('ID', ORDER)];
    assert.deepEqual(
      plans.map((plan) => plan?.argv.join(' ')),
      expected[program.name],
    );
    for (const plan of plans) {
      assert.equal(plan?.input, ORDER.prompt);
      assert.equal(plan?.argv[0], program.command);
    }
  }
});

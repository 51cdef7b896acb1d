import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { type Session, SessionState } from '@tenure/client';
import { Terminal } from '../cli/terminal.js';
import { until } from '../e2e/until.js';
import { AgentWorld, hasEnded, isWorking, longCommand, PATIENCE_MS } from './agent_world.js';

/** Something that it asks a person for, for it changes something. */
const WORK = 'bash: touch begun; until [ -e go ]; do sleep 0.1; done';
const ENTER = '\r';
const CLEAR_LINE = '\u0015';
/** A question is drawn a moment before it takes a key, and drops what comes too soon. */
const KEY_AGAIN_MS = 2_000;

const isIdle = ({ state }: Session): boolean => state === SessionState.IDLE;
const isWaiting = ({ state }: Session): boolean => state === SessionState.WAITING;

/** An agent on a terminal, in a directory. */
function open(world: AgentWorld, directory: string, command: string): Terminal {
  // Without a size it draws nothing.
  const script = `stty rows 50 cols 200; cd '${directory}'; exec ${command}`;
  return new Terminal(world, [script], {}, ['sh', '-c']);
}

async function shows(terminal: Terminal, text: string): Promise<void> {
  await until(`${text} on the terminal`, () => terminal.output.includes(text), PATIENCE_MS);
}

/** Types a prompt. Enter comes once it is there to be seen, or it would be part of what is pasted. */
async function ask(terminal: Terminal, prompt: string): Promise<void> {
  terminal.type(prompt);
  await shows(terminal, prompt.split(' ').at(-1) ?? '');
  terminal.type(ENTER);
}

/** Says yes, until its session goes on. */
async function sayYes(terminal: Terminal, world: AgentWorld, directory: string): Promise<void> {
  await shows(terminal, 'Yes');
  let pressedMs = Number.NEGATIVE_INFINITY;
  await world.untilSession('it to take the answer', directory, ({ state }) => {
    if (state !== SessionState.WAITING) return true;
    const nowMs = performance.now();
    if (nowMs - pressedMs >= KEY_AGAIN_MS) {
      terminal.type('1');
      pressedMs = nowMs;
    }
    return false;
  });
}

describe('claude-code, on a terminal', () => {
  test('is idle, waits for a person, works, and is idle again, until it is left', async (t) => {
    const world = await AgentWorld.open(t);
    const directory = world.makeFolder('project');
    writeFileSync(
      join(world.home, '.claude.json'),
      JSON.stringify({
        hasCompletedOnboarding: true,
        theme: 'dark',
        customApiKeyResponses: { approved: [world.env['ANTHROPIC_API_KEY']] },
        projects: { [directory]: { hasTrustDialogAccepted: true } },
      }),
    );
    const terminal = open(world, directory, 'claude --model mock-model --permission-mode default');
    const idle = await world.untilSession('it to be there', directory, isIdle);
    assert.equal(idle.launched, false);

    await ask(terminal, WORK);
    const waiting = await world.untilSession('it to wait for a yes', directory, isWaiting);
    assert.equal(waiting.sessionId, idle.sessionId);
    await sayYes(terminal, world, directory);
    const working = await world.untilSession('it to work', directory, isWorking);
    assert.deepEqual({ prompt: working.prompt, model: working.model }, { prompt: WORK, model: 'mock-model' });

    writeFileSync(join(directory, 'go'), '');
    await world.untilSession('it to be idle again', directory, isIdle);
    // An answer that came twice would stand there.
    terminal.type(CLEAR_LINE);
    await ask(terminal, '/exit');
    await world.untilSession('its end', directory, hasEnded);
    assert.equal(await terminal.end(), 0);
  });
});

describe('codex, on terminals', () => {
  test('works on each; none is stopped that shares its process with another, for both would end', async (t) => {
    const world = await AgentWorld.open(t);
    const directories = [world.makeFolder('one'), world.makeFolder('another')];
    for (const directory of directories) world.trustForCodex(directory);
    const commands: RegExp[] = [];
    const sessions: Session[] = [];
    for (const directory of directories) {
      const { command, pattern } = longCommand();
      commands.push(pattern);
      const terminal = open(world, directory, 'codex');
      await shows(terminal, 'state=idle');
      await ask(terminal, `bash: ${command}`);
      await world.untilRunning(pattern);
      sessions.push(await world.untilSession('it to work', directory, isWorking));
    }
    const [first, second] = sessions;
    assert.deepEqual(first?.process, second?.process, 'its server');

    const { code, stderr } = await world.run(['session', 'stop', first?.sessionId ?? '']);
    assert.notEqual(code, 0);
    assert.match(stderr, new RegExp(`shares its process with ${second?.sessionId}`));
    for (const pattern of commands) assert.equal(world.running(pattern).length, 1);

    // Ended by itself it takes its sockets away, which are outside of this world.
    for (const pid of world.running(/\/bin\/codex app-server/)) process.kill(pid, 'SIGTERM');
    await until('the end of the servers', () => world.running(/\/bin\/codex app-server/).length === 0, PATIENCE_MS);
  });
});

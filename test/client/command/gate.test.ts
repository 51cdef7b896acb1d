import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { until } from '../../e2e/until.js';
import { removeFolder } from '../../removed_folder.js';

const PROGRAM = join(import.meta.dirname, 'gate_program.ts');
const NODE_ARGS = ['--conditions=tenure-source', '--import', 'tsx', PROGRAM];

interface Gated {
  readonly program: ChildProcess;
  /** The command's pid, from before it runs. */
  readonly pid: number;
  readonly output: Promise<string>;
  say(word: 'open' | 'abandon'): void;
}

async function gate(
  context: TestContext,
  command: readonly string[],
  options: { env?: NodeJS.ProcessEnv; fds?: readonly number[] } = {},
): Promise<Gated> {
  const program = spawn(process.execPath, [...NODE_ARGS, ...command], {
    stdio: ['pipe', 'pipe', 'pipe', ...(options.fds ?? [])],
    env: { ...process.env, ...options.env },
  });
  context.after(() => program.kill('SIGKILL'));
  const { stdout, stderr, stdin } = program;
  assert.ok(stdout !== null && stderr !== null && stdin !== null);
  const output = text(stdout);
  const [line]: unknown[] = await once(stderr, 'data');
  const pid = Number(/^gated (\d+)/.exec(String(line))?.[1]);
  return { program, pid, output, say: (word) => void stdin.write(`${word}\n`) };
}

function scratch(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'tnr-'));
  context.after(() => removeFolder(folder));
  return folder;
}

function isGone(pid: number): boolean {
  return !existsSync(`/proc/${pid}`);
}

test('the command runs under the pid that was known before, with its arguments as they are', async (context) => {
  const gated = await gate(context, ['sh', '-c', 'echo "$$:$1:$2"', 'sh', 'two words', '*']);
  gated.say('open');
  assert.equal(await gated.output, `${gated.pid}:two words:*\n`);
});

test('the exit code passes through', async (context) => {
  const gated = await gate(context, ['sh', '-c', 'exit 7']);
  gated.say('open');
  const [code]: unknown[] = await once(gated.program, 'exit');
  assert.equal(code, 7);
});

test('a gate that is abandoned never runs the command', async (context) => {
  const file = join(scratch(context), 'ran');
  const gated = await gate(context, ['touch', file]);
  gated.say('abandon');
  await once(gated.program, 'exit');
  assert.equal(existsSync(file), false);
});

test('a wrapper killed before the gate opens takes the command with it', async (context) => {
  const file = join(scratch(context), 'ran');
  const gated = await gate(context, ['touch', file]);
  gated.program.kill('SIGKILL');
  await until('the end of the gate', () => isGone(gated.pid));
  assert.equal(existsSync(file), false);
});

test('descriptors of the caller reach the command untouched, and the gate leaves none of its own', async (context) => {
  const folder = scratch(context);
  writeFileSync(join(folder, 'three'), 'of three');
  writeFileSync(join(folder, 'four'), '');
  const [three, four] = [openSync(join(folder, 'three'), 'r'), openSync(join(folder, 'four'), 'w')];
  const gated = await gate(context, ['sh', '-c', 'cat <&3; echo of four >&4; ls /proc/$$/fd'], { fds: [three, four] });
  closeSync(three);
  closeSync(four);
  gated.say('open');
  const [read, ...fds] = (await gated.output).replace('of three', 'of three\n').trim().split('\n');
  assert.equal(read, 'of three');
  assert.equal(readFileSync(join(folder, 'four'), 'utf8'), 'of four\n');
  // Higher ones come from whatever runs the tests.
  assert.deepEqual(
    fds.filter((fd) => fd.length === 1),
    ['0', '1', '2', '3', '4'],
  );
});

test('variables that a shell has no name for reach the command', {
  skip: !existsSync('/bin/bash'),
}, async (context) => {
  const env = { 'a.b': 'dotted', 'BASH_FUNC_greet%%': '() {  echo hello\n}' };
  const gated = await gate(context, ['bash', '-c', 'greet; env | grep a.b='], { env });
  gated.say('open');
  assert.equal(await gated.output, 'hello\na.b=dotted\n');
});

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  discoverAnswer,
  emptyAnswer,
  helloAnswer,
  type Method,
  outputAnswer,
  planAnswer,
  readAnswer,
  resultAnswer,
} from '../../../src/session/external/external_protocol.js';
import { temporaryFolder } from '../../daemon/temporary_folder.js';
import { scriptOf } from './adapter_scripts.js';
import { AdapterTalk } from './adapter_talk.js';
import { faultOf } from './conformance.js';
import { CHECKS } from './conformance_checks.js';

const root = join(import.meta.dirname, '../../..');
const PROGRAM = join(import.meta.dirname, 'external_conformance_program.ts');

function checkProgram(...args: string[]) {
  const node = ['--conditions=tenure-source', '--import', 'tsx', PROGRAM, ...args];
  return spawnSync(process.execPath, node, { cwd: root, encoding: 'utf8' });
}

test('the example does all right', (t) => {
  const gateway = join(temporaryFolder(t), 'gateway.json');
  const checked = checkProgram('--', 'examples/external-adapter/adapter.mjs', gateway);
  assert.equal(checked.stdout.match(/^FAULT .*/m)?.[0], undefined, checked.stdout);
  assert.equal(checked.stdout.match(/^ok /gm)?.length, CHECKS.length);
  assert.match(checked.stdout, new RegExp(`\n${CHECKS.length} ok, 0 faults\n$`));
  assert.equal(checked.status, 0, checked.stderr);
});

test('a program that is no adapter has every fault, and ends with 1', () => {
  const checked = checkProgram('--', 'true');
  assert.match(checked.stdout, /^FAULT {2}discover tells of sessions: it ended with exit code 0$/m);
  assert.match(checked.stdout, /\n0 ok, \d+ faults\n$/);
  assert.equal(checked.status, 1, checked.stderr);
  assert.equal(checkProgram().status, 64);
});

const CALM = 'say(usual(request))';

/** What an adapter does wrong, by the name of the check that finds it. */
const FAULTS: readonly (readonly [check: string, take: string, fault: RegExp, setup?: string])[] = [
  [
    'hello is answered with the protocol',
    `say({ id: request.id, result: { protocol: 2 } })`,
    /^speaks protocol 2, not 1$/,
  ],
  [
    'hello is answered with the protocol',
    `say({ id: request.id, result: { protocol: 1, motd: 'hi' } })`,
    /has motd, which means nothing/,
  ],
  ['nothing is said before it is asked for', CALM, /^says what is no answer: 'Welcome!'$/, `console.log('Welcome!')`],
  [
    'a daemon of a later protocol gets an answer',
    `if (request.params.protocol === 1) ${CALM}; else process.exit(1)`,
    /^ended with exit code 1$/,
  ],
  [
    'discover tells of sessions',
    `request.method === 'hello' ? ${CALM} : say({ id: request.id, result: [] })`,
    /^says what is no answer/,
  ],
  [
    'discover tells of sessions',
    `request.method === 'hello' ? ${CALM} : say({ id: request.id, result: { sessions: [{ id: 'a', state: 'idle', pid: 3 }] } })`,
    /has sessions\.0\.pid, which means nothing/,
  ],
  [
    'discover tells of sessions',
    `request.method === 'hello' ? ${CALM} : say({ id: request.id, result: { sessions: [{ id: 'a' }] } })`,
    /can't be used: sessions\.0\.state: /,
  ],
  ['discover tells of sessions', `${CALM}; if (request.id === 2) ${CALM}`, /^answers request 2 twice$/],
  [
    'discover tells of sessions',
    `say({ ...usual(request), id: request.id + 5 })`,
    /^answers request 6 though nobody has made it$/,
  ],
  [
    'discover leaves out what ended before',
    `request.method === 'hello' ? ${CALM} : say({ id: request.id, result: { sessions: [{ id: 'a', state: 'ended' }] } })`,
    /^tells of a, which ended before sinceMs$/,
  ],
  [
    'processes that are told of live',
    `request.method === 'hello' ? ${CALM} : say({ id: request.id, result: { sessions: [{ id: 'a', state: 'idle', process: { pid: process.pid, startTicks: 1 } }] } })`,
    /^says that a is idle, but there is no process/,
  ],
  [
    'a method that nobody knows is unsupported',
    `request.method === 'dance' ? say({ id: request.id, result: {} }) : ${CALM}`,
    /^answers dance with a result, not unsupported$/,
  ],
  ['a field that nobody knows is passed over', `request.news ? process.exit(1) : ${CALM}`, /^ended with exit code 1$/],
  [
    'params that can not be used are an error, and not the end',
    `request.method === 'send' ? say({ id: request.id, result: {} }) : ${CALM}`,
    /^does send without an id$/,
  ],
  [
    'stop of no session is not-found',
    `request.method === 'stop' ? say({ id: request.id, error: { code: 'ENOENT', message: 'x' } }) : ${CALM}`,
    /^answers stop with the error ENOENT, not not-found or unsupported$/,
  ],
  [
    'output comes in pieces, from where it is asked for',
    `request.method === 'output' ? say({ id: request.id, result: { offset: 0, output: 'YQ==', ended: false } }) : ${CALM}`,
    /^answers output of one from 0, not 3$/,
  ],
  [
    'a launch is planned, or unsupported',
    `request.method === 'planLaunch' ? say({ id: request.id, result: { argv: ['no-such-program-x'] } }) : ${CALM}`,
    /^plans to run no-such-program-x/,
  ],
  [
    'the prompt is no argument',
    `request.method === 'planLaunch' ? say({ id: request.id, result: { argv: ['sh', '-c', request.params.prompt] } }) : ${CALM}`,
    /^gives the prompt as an argument/,
  ],
  [
    'an output without a result has none',
    `request.method === 'result' ? say({ id: request.id, result: { result: { success: true } } }) : ${CALM}`,
    /^finds a result in ""$/,
  ],
  [
    'it ends as its input does',
    CALM,
    /^does not end within 3 s of the end of its input$/,
    'setInterval(() => 0, 1000)',
  ],
  [
    'it ends as its input does',
    CALM,
    /^ends in the middle of a line: bye$/,
    `process.on('exit', () => require('fs').writeSync(1, 'bye'))`,
  ],
];

for (const [name, take, expected, setup] of FAULTS) {
  test(`${name}: ${expected.source}`, async (t) => {
    const check = CHECKS.find((one) => one.name === name);
    assert.ok(check !== undefined);
    const script = scriptOf(temporaryFolder(t), take, setup);
    assert.match(
      (await faultOf(check, () => new AdapterTalk(process.execPath, ['-e', script]))) ?? 'nothing',
      expected,
    );
  });
}

test('the page has an example of every request, and each is as the daemon reads it', () => {
  const answers = {
    hello: helloAnswer,
    discover: discoverAnswer,
    planLaunch: planAnswer,
    planResume: planAnswer,
    result: resultAnswer,
    stop: emptyAnswer,
    send: emptyAnswer,
    output: outputAnswer,
  } satisfies Record<Method, unknown>;
  const shown = new Set<string>();
  const page = readFileSync(join(root, 'docs/external-adapters.md'), 'utf8');
  for (const [, request = '', answer = ''] of page.matchAll(/```jsonl\n(.*)\n(.*)\n```/g)) {
    const { id, method, params } = JSON.parse(request);
    const read = readAnswer(answer);
    assert.equal(read?.id, id, answer);
    assert.equal(typeof params, 'object', request);
    const schema = Object.entries(answers).find(([name]) => name === method)?.[1];
    assert.ok(schema !== undefined, request);
    if (read?.error !== undefined) continue;
    shown.add(method);
    assert.deepEqual(schema.safeParse(read?.result).error, undefined, answer);
  }
  assert.deepEqual([...shown].sort(), Object.keys(answers).sort());
  assert.match(page, new RegExp(`\n${CHECKS.length} ok, 0 faults\n`));
});

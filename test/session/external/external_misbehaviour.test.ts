import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { readStartTicks } from '../../../src/os/process_facts.js';
import { ExternalAdapter } from '../../../src/session/external/external_adapter.js';
import { askAll } from '../../../src/session/listing/fan_out.js';
import { temporaryFolder } from '../../daemon/temporary_folder.js';
import { start, until } from '../../os/child_process.js';
import { refused } from '../refused.js';
import { isAlive, scripted } from './adapter_scripts.js';

const order = { prompt: 'sing', model: '', args: [], directory: '/tmp' };
const never = (): AbortSignal => new AbortController().signal;
const MB = 1024 * 1024;

const MISBEHAVIOURS: readonly { readonly name: string; readonly take: string; readonly error: RegExp }[] = [
  { name: 'garbage', take: `print('what?\\n')`, error: /^said what is no answer: 'what\?'$/ },
  { name: 'JSON that is no answer', take: `say([request.id])`, error: /^said what is no answer: '\[2\]'$/ },
  {
    name: 'both a result and an error',
    take: `say({ id: request.id, result: {}, error: { code: 'x', message: 'x' } })`,
    error: /^said what is no answer/,
  },
  {
    name: 'half a line, and the end',
    take: `process.stdout.write('{"id":2,"res', () => process.exit(0))`,
    error: /^ended with exit code 0 in the middle of an answer$/,
  },
  {
    name: 'death in mid-answer',
    take: `process.stdout.write('{"id":2,', () => process.kill(process.pid, 'SIGSEGV'))`,
    error: /^died of SIGSEGV in the middle of an answer$/,
  },
  {
    name: 'an end without an answer',
    take: `console.error('first\\nall is\\tlost\\n'); process.exit(3)`,
    error: /^ended with exit code 3: all is lost$/,
  },
  {
    name: 'another id',
    take: `say({ ...usual(request), id: 77 })`,
    error: /^answered a request that nobody waits for: 77$/,
  },
  {
    name: 'one line of 100 MB',
    take: `const a = Buffer.alloc(1e6, 'a'); for (let n = 0; n < 100; n += 1) print(a)`,
    error: /^answered with a line of more than 8 MiB$/,
  },
  {
    name: 'many lines of 100 MB',
    take: `const a = Buffer.alloc(1e6, 'aaaaaaaaa\\n'); for (let n = 0; n < 100; n += 1) print(a)`,
    error: /^said what is no answer: 'aaaaaaaaa'$/,
  },
  { name: 'an empty line', take: `print('\\n'); say(usual(request))`, error: /^said what is no answer: ''$/ },
];

for (const { name, take, error } of MISBEHAVIOURS) {
  test(`${name}: an error of that question, and the next one is answered`, async (t) => {
    const { adapter, pids } = scripted(
      t,
      `if (request.method === 'discover' && runs === 1) { ${take} } else say(usual(request))`,
    );
    await assert.rejects(adapter.discover(0, never()), { message: error });
    assert.equal((await adapter.discover(0, never())).length, 1);
    const [first = 0, second] = pids();
    assert.notEqual(first, second);
    await until(() => !isAlive(first), 'the first process is gone');
  });
}

test('an adapter that hangs is killed at the limit with what it has started, whatever it does about TERM', async (t) => {
  const stubborn = `process.on('SIGTERM', () => 0); spawn('sh', ['-c', 'trap "" TERM HUP; echo $$ >child; sleep 60 & wait']);`;
  const { adapter, gone } = scripted(t, `if (request.method !== 'discover') say(usual(request))`, {
    setup: `setTimeout(() => { ${stubborn} })`,
    limits: { quickMs: 3_000 },
  });
  await assert.rejects(adapter.discover(0, never()), { message: 'did not answer discover within 3 s' });
  await Promise.all([gone('pids'), gone('child')]);
});

test('half an answer is none', async (t) => {
  const { adapter, gone } = scripted(t, `if (request.method === 'hello') say(usual(request)); else print('{"id":2')`, {
    limits: { quickMs: 3_000 },
  });
  await assert.rejects(adapter.discover(0, never()), { message: 'did not answer discover within 3 s' });
  await gone('pids');
});

test('an answer given twice is one, and the end of that process', async (t) => {
  const { adapter, pids, gone } = scripted(
    t,
    'say(usual(request)); if (runs === 1 && request.id > 1) say(usual(request))',
  );
  assert.equal((await adapter.discover(0, never())).length, 1);
  await gone('pids');
  assert.equal((await adapter.discover(0, never())).length, 1);
  assert.equal(pids().length, 2);
});

test('what an adapter prints without being asked ends it before it is believed', async (t) => {
  const { adapter } = scripted(t, 'say(usual(request))', { setup: 'console.log("Welcome!")' });
  await assert.rejects(adapter.discover(0, never()), { message: "said what is no answer: 'Welcome!'" });
});

test('what an adapter writes to standard error holds nobody up, and is kept to its end', async (t) => {
  const { adapter } = scripted(
    t,
    `if (request.method !== 'discover') say(usual(request));
     else if (request.params.sinceMs === 0) { require('fs').writeSync(2, Buffer.alloc(60_000, 'e')); say(usual(request)); }
     else { console.error('x'.repeat(5e6) + '\\nthe last word'); process.exitCode = 1; process.stdin.destroy(); }`,
  );
  for (let n = 0; n < 50; n += 1) assert.equal((await adapter.discover(0, never())).length, 1);
  await assert.rejects(adapter.discover(1, never()), { message: 'ended with exit code 1: the last word' });
});

test('100 MB of garbage leave no mark on this process', async (t) => {
  const take =
    "const a = Buffer.alloc(1e6, 'a'); const more = () => { for (;;) if (!process.stdout.write(a)) return process.stdout.once('drain', more); }; more()";
  const { adapter } = scripted(t, take);
  await assert.rejects(adapter.discover(0, never()), /8 MiB/);
  const before = process.memoryUsage.rss();
  for (let n = 0; n < 5; n += 1) await assert.rejects(adapter.discover(0, never()), /8 MiB/);
  const grown = (process.memoryUsage.rss() - before) / MB;
  assert.ok(grown < 80, `grew by ${grown} MiB`);
});

const UNUSABLE: readonly (readonly [result: string, fault: RegExp])[] = [
  ['{}', /^gave an unusable answer to discover: sessions: /],
  ['{ sessions: [{ id: "a" }] }', /sessions\.0\.state: /],
  ['{ sessions: [{ id: "", state: "idle" }] }', /sessions\.0\.id: /],
  ['{ sessions: [{ id: "a\\u001b", state: "idle" }] }', /sessions\.0\.id: has a control character/],
  ['{ sessions: [{ id: "a", state: "busy" }] }', /sessions\.0\.state: /],
  ['{ sessions: [{ id: "a", state: "idle", directory: "./x" }] }', /sessions\.0\.directory: is no absolute path/],
  ['{ sessions: [{ id: "a", state: "idle", process: { pid: 1, startTicks: 1 } }] }', /sessions\.0\.process\.pid: /],
  ['{ sessions: [{ id: "a", state: "idle", usage: { inputTokens: -1, outputTokens: 0 } }] }', /inputTokens: /],
  ['{ sessions: [{ id: "a", state: "idle" }, { id: "a", state: "ended" }] }', /sessions: has one id twice/],
];

test('an answer of a wrong shape is an error that says what is wrong, and the process goes on', async (t) => {
  const results = UNUSABLE.map(([result]) => result).join(',');
  const { adapter, pids } = scripted(
    t,
    `if (request.method === 'discover') say({ id: request.id, result: [${results}][request.params.sinceMs] }); else say(usual(request))`,
  );
  for (const [index, [, fault]] of UNUSABLE.entries()) {
    await assert.rejects(adapter.discover(index, never()), (error: Error) => {
      assert.match(error.message, fault);
      return true;
    });
  }
  assert.equal(pids().length, 1);
});

test('what is shown of a session holds no line end and no megabytes', async (t) => {
  const text = `'a\\n\\u001b[31mb' + 'c'.repeat(1e6)`;
  const { adapter } = scripted(
    t,
    `say(request.method === 'hello' ? usual(request) : { id: request.id, result: { sessions: [{ id: 'one', state: 'idle', title: ${text}, prompt: ${text}, model: ${text} }] } })`,
  );
  const [found] = await adapter.discover(0, never());
  for (const shown of [found?.title, found?.prompt, found?.model]) {
    assert.equal(shown?.length, 200);
    assert.ok(shown?.startsWith('a [31mbcc'), shown);
  }
});

test('a session lives as long as the process that it names', async (t) => {
  const child = start(t, 'sleep', ['60']);
  const startTicks = readStartTicks(child.pid ?? 0) ?? 0;
  const { adapter, folder } = scripted(
    t,
    `if (request.method !== 'discover') return say(usual(request));
     const process = JSON.parse(readFileSync('process', 'utf8'));
     say({ id: request.id, result: { sessions: ['running', 'ended'].map((state) => ({ id: state, state, process })) } });`,
  );
  const told = { pid: child.pid, startTicks };
  const look = async (named: object) => {
    writeFileSync(join(folder, 'process'), JSON.stringify(named));
    return (await adapter.discover(0, never())).map(({ state, process }) => [state, process]);
  };
  assert.deepEqual(await look(told), [
    ['running', told],
    ['ended', undefined],
  ]);
  const nobody = [
    ['ended', undefined],
    ['ended', undefined],
  ];
  assert.deepEqual(await look({ ...told, startTicks: startTicks + 1 }), nobody);
  child.kill('SIGKILL');
  await until(() => !isAlive(child.pid ?? 0), 'the process is gone');
  assert.deepEqual(await look(told), nobody);
});

test('an adapter of another protocol is not believed', async (t) => {
  const { adapter } = scripted(
    t,
    `say(request.method === 'hello' ? { id: 1, result: { protocol: 2 } } : usual(request))`,
  );
  await assert.rejects(
    adapter.plan(order),
    refused('ADAPTER_UNAVAILABLE', /^adapter scripted speaks protocol 2; this is 1$/),
  );
});

test('a program that is not there, or is none, is told', async (t) => {
  const folder = temporaryFolder(t);
  writeFileSync(join(folder, 'plain'), '');
  for (const [name, code] of [
    ['absent', 'ENOENT'],
    ['plain', 'EACCES'],
  ] as const) {
    const adapter = new ExternalAdapter({ name: 'x', command: [join(folder, name)], environment: {} });
    await assert.rejects(adapter.discover(0, never()), { message: `could not be started: ${code}` });
    await adapter.close();
  }
});

test('who asked may leave; the answer that comes later harms nobody', async (t) => {
  const { adapter, pids } = scripted(
    t,
    `if (request.method === 'discover' && request.params.sinceMs === 1) globalThis.kept = request;
     else { if (request.params.sinceMs === 2) say(usual(kept)); say(usual(request)); }`,
  );
  const control = new AbortController();
  const left = adapter.discover(1, control.signal);
  assert.equal((await adapter.discover(0, never())).length, 1);
  control.abort(new Error('gone home'));
  await assert.rejects(left, { message: 'gone home' });
  await assert.rejects(adapter.discover(0, control.signal), { message: 'gone home' });
  assert.equal((await adapter.discover(2, never())).length, 1);
  assert.equal((await adapter.discover(0, never())).length, 1);
  assert.equal(pids().length, 1);
});

test('answers may come in any order', async (t) => {
  const { adapter, pids } = scripted(
    t,
    `if (request.method === 'hello') return say(usual(request));
     (globalThis.kept ??= []).unshift(request);
     if (kept.length === 20) for (const { id, params } of kept) say({ id, result: { offset: params.offset, output: '', ended: true } });`,
  );
  const all = Array.from({ length: 20 }, (_, offset) => adapter.remote.output('one', offset, never()));
  assert.deepEqual(
    (await Promise.all(all)).map(({ offset }) => offset),
    Array.from({ length: 20 }, (_, offset) => offset),
  );
  assert.equal(pids().length, 1);
});

test('requests that are never answered do not pile up', async (t) => {
  const { adapter } = scripted(t, `if (request.method === 'hello') say(usual(request))`);
  const control = new AbortController();
  const asked = Array.from({ length: 70 }, () => adapter.remote.output('one', 0, control.signal).catch(String));
  const refusal = /has 64 requests to answer already/;
  assert.match(String(await Promise.race(asked)), refusal);
  control.abort();
  const refusals = (await Promise.all(asked)).filter((answer) => refusal.test(String(answer)));
  assert.ok(refusals.length >= 6 && refusals.length <= 7, `${refusals.length} are refused`);
});

test('an adapter that nobody asks is ended, and started again when it is asked', async (t) => {
  const { adapter, pids, gone } = scripted(t, 'say(usual(request))', { limits: { idleMs: 300 } });
  await adapter.discover(0, never());
  await adapter.discover(0, never());
  assert.equal(pids().length, 1);
  await gone('pids');
  await adapter.discover(0, never());
  assert.equal(pids().length, 2);
});

test('closing ends an adapter, also one that does not care for the end of its input', async (t) => {
  const { adapter, pids, gone } = scripted(t, 'if (request.method === "hello") say(usual(request))', {
    setup: 'setInterval(() => 0, 1000)',
  });
  const asked = adapter.discover(0, never());
  asked.catch(() => undefined);
  await until(() => pids().length > 0, 'it was started');
  await adapter.close();
  await assert.rejects(asked, { message: 'was ended' });
  await gone('pids');
  await assert.rejects(adapter.discover(0, never()), { message: 'is not asked any more: the daemon stops' });
});

test('an adapter is no process of the session that the daemon was started in', async (t) => {
  process.env['TENURE_IN_SESSION'] = 'sabcdefghijkl';
  process.env['TENURE_LEASES'] = 'token';
  t.after(() => {
    delete process.env['TENURE_IN_SESSION'];
    delete process.env['TENURE_LEASES'];
  });
  const { adapter } = scripted(
    t,
    `if (request.method === 'hello') return say(usual(request));
     const names = Object.keys(process.env).filter((name) => name.startsWith('TENURE_')).join();
     say({ id: request.id, error: { code: 'failed', message: 'variables: ' + names } });`,
  );
  await assert.rejects(adapter.discover(0, never()), { message: 'variables:' });
});

test('a plan that can not be used is refused, and what is not supported is told as such', async (t) => {
  const plans = [
    '{ argv: [] }',
    '{ argv: [""] }',
    '{ argv: ["a\\0"] }',
    '{ argv: ["a"], environment: { "a b": "" } }',
    '{ argv: ["a"], input: 1 }',
  ];
  const { adapter } = scripted(
    t,
    `if (request.method === 'planLaunch') say({ id: request.id, result: [${plans.join(',')}, { argv: ['a', 'b'], more: 1 }][request.params.args.length] });
     else say(usual(request))`,
  );
  for (let n = 0; n < plans.length; n += 1) {
    const wish = { ...order, args: Array.from({ length: n }, () => 'x') };
    await assert.rejects(
      async () => adapter.plan(wish),
      refused('ADAPTER_UNAVAILABLE', /unusable answer to planLaunch: /),
    );
  }
  const plan = await adapter.plan({ ...order, args: plans });
  assert.deepEqual(plan, { argv: ['a', 'b'], environment: {} });
  assert.equal(await adapter.planResume('one', order), undefined);
  assert.equal(await adapter.resultOf('x'), undefined);
  await assert.rejects(
    adapter.remote.stop('one', 0, never()),
    refused('NOT_SUPPORTED', /^adapter scripted: not stop$/),
  );
});

test('output that goes back, or is too much, is an error; an empty one is waited after', async (t) => {
  const { adapter } = scripted(
    t,
    `const { offset } = request.params;
     if (request.method !== 'output') return say(usual(request));
     const output = Buffer.alloc(offset === 7 ? 65537 : 0).toString('base64');
     say({ id: request.id, result: { offset: offset === 5 ? 4 : offset, output, ended: false } });`,
    { limits: { pollMs: 1_000 } },
  );
  const { remote } = adapter;
  await assert.rejects(remote.output('one', 5, never()), refused('ADAPTER_UNAVAILABLE', /from 4, which is before 5/));
  await assert.rejects(remote.output('one', 7, never()), refused('ADAPTER_UNAVAILABLE', /more than 65536 bytes/));
  await remote.output('one', 0, never());
  const began = performance.now();
  await remote.output('one', 0, never());
  assert.ok(performance.now() - began > 250, `asked again after ${performance.now() - began} ms`);
});

test('one that hangs, one that crashes and one that babbles hold up nobody beyond the limit', async (t) => {
  const good = scripted(t, 'say(usual(request))').adapter;
  const bad = [
    scripted(t, 'if (request.method === "hello") say(usual(request))', { limits: { quickMs: 3_000 } }),
    scripted(t, 'process.exit(1)'),
    scripted(t, 'print("no\\n")'),
  ];
  await good.discover(0, never());
  const all = [good, ...bad.map(({ adapter }) => adapter)];
  const answers = await askAll(all, (adapter, signal) => adapter.discover(0, signal), {
    limitMs: 3_000,
    nowMs: () => performance.now(),
  });
  assert.deepEqual(
    answers.map(({ ok }) => ok),
    [true, false, false, false],
  );
  assert.equal(answers[0]?.value?.length, 1);
  for (const { gone } of bad) await gone('pids');
});

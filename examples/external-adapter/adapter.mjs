#!/usr/bin/env node
// An external adapter for Tenure, of a gateway that is only pretended: its
// sessions stand in a JSON file, where a real adapter would ask the gateway.
//
//   adapter.mjs FILE            speaks the protocol of docs/external-adapters.md
//   adapter.mjs FILE run [ID]   does what standard input says, in a new session or in that one
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const [file, mode, resumedId] = process.argv.slice(2);

/** A request that can't be done: the answer's error. */
class No extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

function pretendedSession(id, now) {
  return {
    id,
    state: id === 'gw-1' ? 'running' : 'waiting',
    directory: '/tmp',
    title: `Pretended session ${id}`,
    prompt: 'Pretend to work.',
    model: 'pretender-1',
    usage: { inputTokens: 1200, outputTokens: 34, costUsd: 0.05 },
    startMs: now - 60_000,
    activityMs: now,
    output: `${id} is here\n`,
  };
}

function load() {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
    return [pretendedSession('gw-1', Date.now()), pretendedSession('gw-2', Date.now())];
  }
}

/** Changes the sessions in one step: a reader sees the old file or the new one. */
function change(act) {
  const sessions = load();
  const result = act(sessions);
  writeFileSync(`${file}.${process.pid}`, JSON.stringify(sessions, undefined, 2));
  renameSync(`${file}.${process.pid}`, file);
  return result;
}

function find(sessions, id) {
  const session = sessions.find((one) => one.id === id);
  if (session === undefined) throw new No('not-found', `there is no session ${id}`);
  return session;
}

function print(session, text) {
  session.output += text;
  session.activityMs = Date.now();
}

/** Clock ticks from boot to the start of this process: field 22, after the name in parentheses. */
function ownStartTicks() {
  const stat = readFileSync('/proc/self/stat', 'latin1');
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]);
}

/** This script itself, as the program of a session that is launched here. */
function planOf({ prompt, model, args }, id) {
  return {
    argv: [process.execPath, fileURLToPath(import.meta.url), file, 'run', ...(id === undefined ? [] : [id]), ...args],
    environment: model === '' ? {} : { PRETENDER_MODEL: model },
    // Never an argument: everybody on the machine can read those.
    input: prompt,
  };
}

const METHODS = {
  hello: () => ({ protocol: 1 }),

  discover: ({ sinceMs }) => ({
    sessions: load()
      .filter(({ state, activityMs }) => state !== 'ended' || activityMs >= sinceMs)
      .map(({ output: _, ...session }) => session),
  }),

  planLaunch: (order) => planOf(order),

  planResume: ({ id, ...order }) => planOf(order, find(load(), id).id),

  result: ({ output }) => {
    // The first line may be cut: only its end is handed over.
    const line = output.split('\n').findLast((one) => one.startsWith('{"type":"result"'));
    if (line === undefined) return { result: null };
    const { success, detail, id, usage } = JSON.parse(line);
    return { result: { success, detail, id, usage } };
  },

  stop: ({ id }) =>
    change((sessions) => {
      const session = find(sessions, id);
      if (session.state !== 'ended') print(session, 'stopped\n');
      session.state = 'ended';
      return {};
    }),

  send: ({ id, input }) =>
    change((sessions) => {
      const session = find(sessions, id);
      if (session.state === 'ended') throw new No('ended', `session ${id} has ended`);
      session.state = 'running';
      print(session, `> ${Buffer.from(input, 'base64').toString()}`);
      return {};
    }),

  output: ({ id, offset, maxBytes }) => {
    const session = find(load(), id);
    const bytes = Buffer.from(session.output);
    const piece = bytes.subarray(offset, offset + maxBytes);
    const ended = session.state === 'ended' && offset + piece.length >= bytes.length;
    return { offset, output: piece.toString('base64'), ended };
  },
};

function answer(line) {
  const { id, method, params } = JSON.parse(line);
  try {
    if (!Object.hasOwn(METHODS, method)) throw new No('unsupported', `${method} is not known here`);
    return { id, result: METHODS[method](params) };
  } catch (error) {
    return { id, error: { code: error.code ?? 'failed', message: error.message } };
  }
}

/** The program of a launched session: it is in the file while it runs, and its last line is its result. */
function run(prompt) {
  const id = change((sessions) => {
    const session = resumedId === undefined ? undefined : find(sessions, resumedId);
    const own = session ?? pretendedSession(`gw-${sessions.length + 1}`, Date.now());
    if (session === undefined) sessions.push(own);
    own.state = 'running';
    own.prompt = prompt;
    own.directory = process.cwd();
    own.process = { pid: process.pid, startTicks: ownStartTicks() };
    return own.id;
  });
  const said = `pretended to do: ${prompt.trim()}\n`;
  process.stdout.write(said);
  const usage = change((sessions) => {
    const session = find(sessions, id);
    print(session, said);
    session.state = 'ended';
    return session.usage;
  });
  const success = !prompt.includes('fail');
  const detail = success ? '' : 'it was told to fail';
  process.stdout.write(`${JSON.stringify({ type: 'result', success, detail, id, usage })}\n`);
}

if (file === undefined || (mode !== undefined && mode !== 'run')) {
  process.stderr.write('usage: adapter.mjs FILE [run [ID]]\n');
  process.exitCode = 64;
} else if (mode === 'run') {
  run(readFileSync(0, 'utf8'));
} else {
  // The end of standard input ends the loop, and with it the adapter.
  for await (const line of createInterface({ input: process.stdin })) {
    process.stdout.write(`${JSON.stringify(answer(line))}\n`);
  }
}

import { accessSync, constants } from 'node:fs';
import { isAbsolute } from 'node:path';
import { isRunning } from '../../../src/os/process_facts.js';
import {
  discoverAnswer,
  helloAnswer,
  outputAnswer,
  PROTOCOL,
  planAnswer,
  resultAnswer,
} from '../../../src/session/external/external_protocol.js';
import { findOnPath } from '../../../src/telemetry/find_on_path.js';
import { type AdapterTalk, Fault } from './adapter_talk.js';

/** One thing that an adapter has to do right, tried with a process of its own. */
export interface Check {
  readonly name: string;
  /** Rejects with a Fault. The hello has been said before, unless it is `raw`. */
  readonly run: (talk: AdapterTalk, another: () => AdapterTalk) => Promise<void>;
  readonly raw?: boolean;
}

const DAY_MS = 86_400_000;
const NOBODY = 'no-such-session-0d9b5c1e';
const PROMPT = 'a prompt that nobody else may read: ü€😀';
const order = { prompt: PROMPT, model: '', args: [], directory: '/tmp' };

export const CHECKS: readonly Check[] = [
  {
    name: 'hello is answered with the protocol',
    raw: true,
    run: async (talk) => {
      const hello = await talk.result('hello', { protocol: PROTOCOL }, helloAnswer);
      if (hello?.protocol !== PROTOCOL) throw new Fault(`speaks protocol ${hello?.protocol}, not ${PROTOCOL}`);
    },
  },
  {
    name: 'nothing is said before it is asked for',
    raw: true,
    run: async (talk) => {
      await talk.quiet(300);
      await talk.hello();
    },
  },
  {
    name: 'a daemon of a later protocol gets an answer',
    raw: true,
    run: async (talk) => void (await talk.ask('hello', { protocol: PROTOCOL + 1, news: true })),
  },
  { name: 'discover tells of sessions', run: async (talk) => void (await sessionsOf(talk, 0)) },
  {
    name: 'discover leaves out what ended before',
    run: async (talk) => {
      const ended = (await sessionsOf(talk, Date.now() + DAY_MS)).find(({ state }) => state === 'ended');
      if (ended !== undefined) throw new Fault(`tells of ${ended.id}, which ended before sinceMs`);
    },
  },
  {
    name: 'processes that are told of live',
    run: async (talk) => {
      for (const { id, state, process } of await sessionsOf(talk, 0)) {
        if (state === 'ended' || process === undefined || isRunning(process.pid, process.startTicks)) continue;
        throw new Fault(`says that ${id} is ${state}, but there is no process ${process.pid} that began then`);
      }
    },
  },
  {
    name: 'a method that nobody knows is unsupported',
    run: async (talk) => demandCode(talk, 'dance', {}, ['unsupported']),
  },
  {
    name: 'a field that nobody knows is passed over',
    run: async (talk) => {
      const { error } = await talk.ask('discover', { sinceMs: 0, news: { more: [] } }, { news: true });
      if (error !== undefined) throw new Fault(`says no to discover: ${error.message}`);
    },
  },
  {
    name: 'params that can not be used are an error, and not the end',
    run: async (talk) => {
      for (const method of ['stop', 'send', 'output', 'planResume']) {
        if ((await talk.ask(method, {})).error === undefined) throw new Fault(`does ${method} without an id`);
      }
      await sessionsOf(talk, 0);
    },
  },
  {
    name: 'many requests at once are each answered',
    run: async (talk) => {
      const ids = Array.from({ length: 20 }, () => talk.nextId());
      const answers = ids.map((id) => talk.answerTo(id, 'discover'));
      talk.write(ids.map((id) => `${JSON.stringify({ id, method: 'discover', params: { sinceMs: 0 } })}\n`).join(''));
      await Promise.all(answers);
    },
  },
  {
    name: 'a request may come in pieces',
    run: async (talk) => {
      const id = talk.nextId();
      const answer = talk.answerTo(id, 'planLaunch');
      const line = Buffer.from(`${JSON.stringify({ id, method: 'planLaunch', params: order })}\n`);
      // In the middle of a character of four bytes.
      const middle = line.indexOf(Buffer.from('😀')) + 2;
      talk.write(line.subarray(0, middle));
      await talk.quiet(100);
      talk.write(line.subarray(middle));
      const { result } = await answer;
      const input = result?.['input'];
      if (typeof input === 'string' && !input.includes(PROMPT)) throw new Fault(`garbles the prompt: ${input}`);
    },
  },
  {
    name: 'a request of 1 MiB is answered',
    run: async (talk) => void (await talk.ask('planLaunch', { ...order, prompt: 'x'.repeat(1024 * 1024) })),
  },
  {
    name: 'stop of no session is not-found',
    run: async (talk) => demandCode(talk, 'stop', { id: NOBODY, graceMs: 0 }, ['not-found', 'unsupported']),
  },
  {
    name: 'send to no session is not-found',
    run: async (talk) => demandCode(talk, 'send', { id: NOBODY, input: 'eA==' }, ['not-found', 'unsupported']),
  },
  {
    name: 'output of no session is not-found',
    run: async (talk) =>
      demandCode(talk, 'output', { id: NOBODY, offset: 0, maxBytes: 10 }, ['not-found', 'unsupported']),
  },
  {
    name: 'output comes in pieces, from where it is asked for',
    run: async (talk) => {
      for (const { id, process } of (await sessionsOf(talk, 0)).slice(0, 3)) {
        if (process === undefined) await readPieces(talk, id);
      }
    },
  },
  {
    name: 'a launch is planned, or unsupported',
    run: async (talk) => {
      const plan = await talk.result('planLaunch', order, planAnswer);
      if (plan === undefined) return;
      const [program] = plan.argv;
      if (!isProgram(program)) throw new Fault(`plans to run ${program}, which is no program here`);
    },
  },
  {
    name: 'the prompt is no argument',
    run: async (talk) => {
      const plan = await talk.result('planLaunch', order, planAnswer);
      if (plan?.argv.some((argument) => argument.includes(PROMPT)) === true) {
        throw new Fault('gives the prompt as an argument, where everybody can read it; give it as input');
      }
    },
  },
  {
    name: 'to go on with no session is not-found',
    run: async (talk) => {
      const { error, result } = await talk.ask('planResume', { id: NOBODY, ...order });
      // One that can't know has a plan.
      if (error === undefined && planAnswer.safeParse(result).success) return;
      demand(error?.code, 'planResume', ['not-found', 'unsupported']);
    },
  },
  {
    name: 'an output without a result has none',
    run: async (talk) => {
      for (const output of ['', 'Killed\n', '{"half', '\u0000\ufffd\n[]\nnull\n{}\n']) {
        const answer = await talk.result('result', { output }, resultAnswer);
        if (answer !== undefined && answer.result !== null) {
          throw new Fault(`finds a result in ${JSON.stringify(output)}`);
        }
      }
    },
  },
  {
    name: 'two processes of it may run',
    run: async (talk, another) => {
      const second = another();
      await second.hello();
      await Promise.all([sessionsOf(talk, 0), sessionsOf(second, 0)]);
    },
  },
  { name: 'it ends as its input does', run: async (talk) => talk.end() },
];

async function sessionsOf(talk: AdapterTalk, sinceMs: number) {
  const answer = await talk.result('discover', { sinceMs }, discoverAnswer);
  if (answer === undefined) throw new Fault('says that discover is unsupported');
  return answer.sessions;
}

async function readPieces(talk: AdapterTalk, id: string): Promise<void> {
  for (const offset of [0, 3, 2 ** 40]) {
    const piece = await talk.result('output', { id, offset, maxBytes: 10 }, outputAnswer);
    if (piece === undefined) return;
    if (piece.offset < offset) throw new Fault(`answers output of ${id} from ${piece.offset}, not ${offset}`);
    if (piece.output.length > 10)
      throw new Fault(`answers ${piece.output.length} bytes of output where 10 were asked for`);
  }
}

async function demandCode(talk: AdapterTalk, method: string, params: object, codes: readonly string[]): Promise<void> {
  const { error } = await talk.ask(method, params);
  demand(error?.code, method, codes);
}

function demand(code: string | undefined, method: string, codes: readonly string[]): void {
  if (code !== undefined && codes.includes(code)) return;
  throw new Fault(
    `answers ${method} with ${code === undefined ? 'a result' : `the error ${code}`}, not ${codes.join(' or ')}`,
  );
}

function isProgram(program: string): boolean {
  if (!isAbsolute(program)) return findOnPath(program, process.env['PATH']) !== undefined;
  try {
    accessSync(program, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

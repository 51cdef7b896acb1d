import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { z } from 'zod';
import { type Answer, faultIn, readAnswer } from '../../../src/session/external/external_protocol.js';

/** Something that an adapter does wrong. */
export class Fault extends Error {
  override readonly name = 'Fault';
}

/** As the daemon waits for what it needs soon. */
const LIMIT_MS = 5_000;
/** The daemon is less patient, but then kills it without a word. */
const END_LIMIT_MS = 3_000;

/** Plays the daemon towards one process of an adapter, and remembers all that it does wrong. */
export class AdapterTalk {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  readonly #answered = new Set<number>();
  readonly #gone: Promise<string>;
  #fail: (fault: Fault) => void = () => undefined;
  /** Rejects with the first fault of the conversation itself. */
  readonly #broken: Promise<never>;
  #partial = '';
  #lastId = 0;

  constructor(command: string, args: readonly string[]) {
    this.#broken = new Promise((_resolve, reject) => {
      this.#fail = reject;
    });
    this.#broken.catch(() => undefined);
    this.#child = spawn(command, args, { detached: true, cwd: '/' });
    this.#gone = new Promise((resolve) => {
      this.#child.once('error', (error) => resolve(`can not be started: ${error.message}`));
      this.#child.once('close', (code, signal) => resolve(`ended with ${signal ?? `exit code ${code}`}`));
    });
    this.#child.stdin.on('error', () => undefined);
    this.#child.stderr.resume();
    this.#child.stdout.setEncoding('utf8').on('data', (text: string) => this.#read(text));
  }

  write(text: string | Buffer): void {
    this.#child.stdin.write(text);
  }

  nextId(): number {
    this.#lastId += 1;
    return this.#lastId;
  }

  ask(method: string, params: object, more: object = {}): Promise<Answer> {
    const id = this.nextId();
    const answer = this.answerTo(id, method);
    this.write(`${JSON.stringify({ id, method, params, ...more })}\n`);
    return answer;
  }

  answerTo(id: number, method: string): Promise<Answer> {
    const answer = new Promise<Answer>((resolve) => this.#waiting.set(id, resolve));
    return this.#within(LIMIT_MS, `does not answer ${method} within ${LIMIT_MS / 1_000} s`, answer);
  }

  /** A result of the right shape, and without fields that nobody knows. Undefined: it says `unsupported`. */
  async result<T>(method: string, params: object, schema: z.ZodType<T>): Promise<T | undefined> {
    const answer = await this.ask(method, params);
    if (answer.error?.code === 'unsupported') return undefined;
    if (answer.error !== undefined) throw new Fault(`${method} fails: ${answer.error.code}, ${answer.error.message}`);
    const read = schema.safeParse(answer.result);
    if (!read.success) throw new Fault(`the result of ${method} can't be used: ${faultIn(read.error)}`);
    const [stray] = strayKeys(answer.result, read.data, '');
    if (stray !== undefined) throw new Fault(`the result of ${method} has ${stray}, which means nothing`);
    return read.data;
  }

  async hello(): Promise<void> {
    await this.ask('hello', { protocol: 1 });
  }

  /** Resolves after so long without a fault. */
  async quiet(ms: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const over = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, ms);
    });
    await Promise.race([over, this.#broken]).finally(() => clearTimeout(timer));
  }

  /** Ends its input, and waits for its end: what it still says is read. */
  async end(): Promise<void> {
    this.#child.stdin.end();
    const late = `does not end within ${END_LIMIT_MS / 1_000} s of the end of its input`;
    await this.#within(END_LIMIT_MS, late, this.#gone, true);
    if (this.#partial !== '') throw new Fault(`ends in the middle of a line: ${this.#partial.slice(0, 60)}`);
    await Promise.race([this.#broken, Promise.resolve()]);
  }

  async kill(): Promise<void> {
    if (this.#child.pid === undefined) return;
    try {
      process.kill(-this.#child.pid, 'SIGKILL');
    } catch {
      // Its group is gone.
    }
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, 'exit');
  }

  async #within<T>(ms: number, late: string, wanted: Promise<T>, mayEnd = false): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new Fault(late)), ms);
    });
    const gone = mayEnd ? [] : [this.#gone.then((how) => Promise.reject(new Fault(how)))];
    try {
      return await Promise.race([wanted, this.#broken, limit, ...gone]);
    } finally {
      clearTimeout(timer);
    }
  }

  #read(text: string): void {
    const lines = `${this.#partial}${text}`.split('\n');
    this.#partial = lines.pop() ?? '';
    for (const line of lines) this.#take(line);
  }

  #take(line: string): void {
    const answer = readAnswer(line);
    if (answer === undefined) {
      this.#fail(new Fault(`says what is no answer: '${line.slice(0, 60)}'`));
      return;
    }
    const resolve = this.#waiting.get(answer.id);
    if (resolve === undefined) {
      const how = this.#answered.has(answer.id) ? 'twice' : 'though nobody has made it';
      this.#fail(new Fault(`answers request ${answer.id} ${how}`));
      return;
    }
    this.#waiting.delete(answer.id);
    this.#answered.add(answer.id);
    resolve(answer);
  }
}

/** Paths of the fields that were passed over when an answer was read. */
function strayKeys(told: unknown, read: unknown, path: string): readonly string[] {
  if (!isObject(told) || !isObject(read) || Buffer.isBuffer(read)) return [];
  return Object.entries(told).flatMap(([key, value]) => {
    const place = path === '' ? key : `${path}.${key}`;
    return key in read ? strayKeys(value, Reflect.get(read, key), place) : [place];
  });
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

import { setMaxListeners } from 'node:events';
import type { z } from 'zod';
import { LONGEST_TIMER_MS } from '../../os/longest_timer.js';
import { detailOf } from '../agents/words_rules.js';
import { ExternalChild } from './external_child.js';
import {
  faultIn,
  helloAnswer,
  MAX_LINE_BYTES,
  type Method,
  PROTOCOL,
  readAnswer,
  requestLine,
} from './external_protocol.js';

const HELLO_LIMIT_MS = 5_000;
const MOST_PENDING = 64;
const SHOWN_CHARACTERS = 60;

/** The adapter understood, and says no. */
export class AnswerError extends Error {
  override readonly name = 'AnswerError';
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

export interface Ask<T> {
  readonly method: Method;
  readonly params: object;
  readonly answer: z.ZodType<T>;
  /** One that is not answered by then ends the adapter's process. */
  readonly limitMs: number;
  /** Who asked has left: the answer is dropped, the limit stays. */
  readonly signal?: AbortSignal | undefined;
}

interface Pending {
  readonly timer: NodeJS.Timeout;
  readonly settle: (result: unknown) => void;
  readonly fail: (error: Error) => void;
}

export interface ExternalTalkParts {
  readonly command: string;
  readonly args: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
  /** Nothing is being asked any more. */
  readonly onIdle: () => void;
  /** It is over; ask another one. */
  readonly onEnd: () => void;
}

/** What is said with one process of an adapter, from its start to its end. */
export class ExternalTalk {
  readonly #child: ExternalChild;
  readonly #parts: ExternalTalkParts;
  readonly #pending = new Map<number, Pending>();
  /** Asked before the hello was answered: one that speaks another protocol must do nothing of it. */
  #held: string[] | undefined = [];
  #lastId = 0;
  #ended: string | undefined;

  constructor(parts: ExternalTalkParts) {
    this.#parts = parts;
    this.#child = new ExternalChild({
      ...parts,
      maxLineBytes: MAX_LINE_BYTES,
      onLine: (line) => this.#take(line),
      onEnd: (why) => this.#end(why),
    });
    const hello = {
      method: 'hello',
      params: { protocol: PROTOCOL },
      answer: helloAnswer,
      limitMs: HELLO_LIMIT_MS,
    } as const;
    this.ask(hello).then(
      ({ protocol }) => {
        if (protocol === PROTOCOL) this.#sendHeld();
        else this.#child.kill(`speaks protocol ${protocol}; this is ${PROTOCOL}`);
      },
      (error: Error) => {
        this.#child.kill(error instanceof AnswerError ? `said no to hello: ${error.message}` : error.message);
      },
    );
  }

  /** Rejects with an AnswerError where the adapter says no, and with another error where it can't be understood. */
  ask<T>({ method, params, answer, limitMs, signal }: Ask<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      if (this.#ended !== undefined) throw new Error(this.#ended);
      if (this.#pending.size >= MOST_PENDING) throw new Error(`has ${MOST_PENDING} requests to answer already`);
      this.#lastId += 1;
      const id = this.#lastId;
      const leave = (): void => reject(signal?.reason);
      if (signal !== undefined) {
        // Any number of requests may be made under one signal: all leave it again.
        setMaxListeners(0, signal);
        signal.addEventListener('abort', leave, { once: true });
      }
      const late = (): void => this.#child.kill(`did not answer ${method} within ${limitMs / 1_000} s`);
      this.#pending.set(id, {
        timer: setTimeout(late, Math.min(limitMs, LONGEST_TIMER_MS)),
        settle: (result) => {
          signal?.removeEventListener('abort', leave);
          const read = answer.safeParse(result);
          if (read.success) resolve(read.data);
          else reject(new Error(`gave an unusable answer to ${method}: ${faultIn(read.error)}`));
        },
        fail: (error) => {
          signal?.removeEventListener('abort', leave);
          reject(error);
        },
      });
      const line = requestLine(id, method, params);
      if (this.#held === undefined || method === 'hello') this.#child.write(line);
      else this.#held.push(line);
    });
  }

  /** Its process is gone, or never will be. */
  async end(): Promise<void> {
    await this.#child.end();
  }

  #sendHeld(): void {
    for (const line of this.#held ?? []) this.#child.write(line);
    this.#held = undefined;
  }

  #take(line: string): void {
    const answer = readAnswer(line);
    if (answer === undefined) {
      this.#child.kill(`said what is no answer: ${shown(line)}`);
      return;
    }
    const pending = this.#pending.get(answer.id);
    if (pending === undefined) {
      this.#child.kill(`answered a request that nobody waits for: ${answer.id}`);
      return;
    }
    this.#pending.delete(answer.id);
    clearTimeout(pending.timer);
    if (answer.error === undefined) pending.settle(answer.result);
    else pending.fail(new AnswerError(answer.error.code, detailOf(answer.error.message)));
    if (this.#pending.size === 0) this.#parts.onIdle();
  }

  #end(why: string): void {
    this.#ended = why;
    for (const { timer, fail } of this.#pending.values()) {
      clearTimeout(timer);
      fail(new Error(why));
    }
    this.#pending.clear();
    this.#parts.onEnd();
  }
}

function shown(line: string): string {
  const start = line.slice(0, SHOWN_CHARACTERS).replaceAll(/\p{Cc}/gu, ' ');
  return `'${start}${line.length > SHOWN_CHARACTERS ? '…' : ''}'`;
}

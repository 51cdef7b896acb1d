import type { z } from 'zod';
import { messageOf } from '../../os/errno.js';
import { isRunning } from '../../os/process_facts.js';
import { type Reason, Refusal } from '../../rpc/refusal.js';
import type { RemoteOutput, RemoteSessions, SessionAdapter } from '../adapter.js';
import type { AgentOrder, AgentResult, FoundSession, LaunchPlan } from '../agents/agent_program.js';
import { detailOf } from '../agents/words_rules.js';
import { foundSession } from './external_found.js';
import { ExternalProgram } from './external_program.js';
import {
  discoverAnswer,
  emptyAnswer,
  MAX_OUTPUT_BYTES,
  type Method,
  outputAnswer,
  planAnswer,
  resultAnswer,
} from './external_protocol.js';
import { AnswerError, type Ask } from './external_talk.js';

export interface ExternalLimits {
  /** For what a list, or the end of a session, waits for. */
  readonly quickMs: number;
  /** For all else; a stop has its grace besides. */
  readonly askMs: number;
  /** A process that nobody asks anything for so long is ended. */
  readonly idleMs: number;
  /** How often output that has not come yet is asked for. */
  readonly pollMs: number;
}

const LIMITS: ExternalLimits = { quickMs: 5_000, askMs: 10_000, idleMs: 60_000, pollMs: 500 };

export interface ExternalAdapterOptions {
  readonly name: string;
  readonly command: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
  readonly limits?: Partial<ExternalLimits>;
}

/**
 * Another program as an adapter, by the protocol of docs/external-adapters.md.
 * What it does wrong is an error of what it was asked, and of nothing else.
 */
export class ExternalAdapter implements SessionAdapter {
  readonly name: string;
  readonly remote: RemoteSessions;
  readonly #program: ExternalProgram;
  readonly #limits: ExternalLimits;
  /** Outputs that were read to their present end, and when it is time to look again. */
  readonly #dry = new Map<string, { readonly over: Promise<void>; readonly stop: () => void }>();

  constructor({ name, command, environment, limits }: ExternalAdapterOptions) {
    this.name = name;
    this.#limits = { ...LIMITS, ...limits };
    this.#program = new ExternalProgram({ command, environment, idleMs: this.#limits.idleMs });
    this.remote = {
      stop: (id, graceMs, signal) => this.#stop(id, graceMs, signal),
      send: (id, bytes, signal) => this.#send(id, bytes, signal),
      output: (id, offset, signal) => this.#output(id, offset, signal),
    };
  }

  async available(path?: string): Promise<boolean> {
    return this.#program.isThere(path);
  }

  async discover(sinceWallMs: number, signal: AbortSignal): Promise<readonly FoundSession[]> {
    const { sessions } = await this.#program.ask({
      method: 'discover',
      params: { sinceMs: Math.floor(sinceWallMs) },
      answer: discoverAnswer,
      limitMs: this.#limits.quickMs,
      signal,
    });
    return sessions.map((told) => foundSession(told, isRunning));
  }

  plan(order: AgentOrder): Promise<LaunchPlan> {
    return this.#ask('planLaunch', { ...order }, planAnswer);
  }

  async planResume(nativeId: string, order: AgentOrder): Promise<LaunchPlan | undefined> {
    try {
      return await this.#ask('planResume', { id: nativeId, ...order }, planAnswer);
    } catch (error) {
      if (error instanceof Refusal && error.reason === 'NOT_SUPPORTED') return undefined;
      throw error;
    }
  }

  async resultOf(outputTail: string): Promise<AgentResult | undefined> {
    try {
      const limitMs = this.#limits.quickMs;
      const { result } = await this.#program.ask({
        method: 'result',
        params: { output: outputTail },
        answer: resultAnswer,
        limitMs,
      });
      if (result === null) return undefined;
      return { success: result.success, detail: detailOf(result.detail), nativeId: result.id, usage: result.usage };
    } catch {
      // Then the exit code alone says how it went.
      return undefined;
    }
  }

  /** Ends its process. */
  async close(): Promise<void> {
    for (const { stop } of this.#dry.values()) stop();
    await this.#program.close();
  }

  async #stop(id: string, graceMs: number, signal: AbortSignal): Promise<void> {
    await this.#ask('stop', { id, graceMs }, emptyAnswer, signal, this.#limits.askMs + graceMs);
  }

  async #send(id: string, bytes: Uint8Array, signal: AbortSignal): Promise<void> {
    await this.#ask('send', { id, input: Buffer.from(bytes).toString('base64') }, emptyAnswer, signal);
  }

  async #output(id: string, offset: number, signal: AbortSignal): Promise<RemoteOutput> {
    const key = `${offset} ${id}`;
    await this.#dry.get(key)?.over;
    const params = { id, offset, maxBytes: MAX_OUTPUT_BYTES };
    const answer = await this.#ask('output', params, outputAnswer, signal);
    if (answer.offset < offset) {
      throw this.#refusal(new Error(`answered output from ${answer.offset}, which is before ${offset}`));
    }
    if (answer.output.length === 0 && !answer.ended) this.#waitBefore(key);
    return { offset: answer.offset, bytes: answer.output, ended: answer.ended };
  }

  /** Who follows the output asks again at once. */
  #waitBefore(key: string): void {
    if (this.#dry.has(key)) return;
    let stop = (): void => undefined;
    const over = new Promise<void>((resolve) => {
      const timer = setTimeout(() => stop(), this.#limits.pollMs);
      stop = () => {
        clearTimeout(timer);
        this.#dry.delete(key);
        resolve();
      };
    });
    this.#dry.set(key, { over, stop });
  }

  async #ask<T>(
    method: Method,
    params: object,
    answer: z.ZodType<T>,
    signal?: AbortSignal,
    limitMs: number = this.#limits.askMs,
  ): Promise<T> {
    const question: Ask<T> = { method, params, answer, limitMs, signal };
    try {
      return await this.#program.ask(question);
    } catch (error) {
      signal?.throwIfAborted();
      throw this.#refusal(error);
    }
  }

  #refusal(error: unknown): Refusal {
    const reason = error instanceof AnswerError ? reasonOf(error.code) : 'ADAPTER_UNAVAILABLE';
    const between = error instanceof AnswerError ? ': ' : ' ';
    return new Refusal(reason, `adapter ${this.name}${between}${detailOf(messageOf(error))}`);
  }
}

function reasonOf(code: string): Reason {
  switch (code) {
    case 'unsupported':
      return 'NOT_SUPPORTED';
    case 'not-found':
      return 'SESSION_NOT_FOUND';
    case 'ended':
      return 'SESSION_ENDED';
    case 'invalid':
      return 'INVALID_FIELD';
    default:
      return 'ADAPTER_UNAVAILABLE';
  }
}

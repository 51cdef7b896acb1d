import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync } from 'node:fs';
import { errnoOf } from '../../os/errno.js';
import { type ChildPipe, pipeFromChild, pipeToChild } from '../../os/pipe.js';

/** How long its end waits for what it has printed before, and the end of its input for its end. */
const GRACE_MS = 200;
const END_GRACE_MS = 1_000;
const KEPT_MESSAGE_CHARACTERS = 2_048;

export interface ExternalChildParts {
  readonly command: string;
  readonly args: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
  /** A longer one ends it. */
  readonly maxLineBytes: number;
  /** Without its line end. */
  readonly onLine: (line: string) => void;
  /** Called once, when nothing more will come; `why` goes on after the adapter's name. */
  readonly onEnd: (why: string) => void;
}

/** An adapter's process: lines in, lines out, and an end that leaves nothing of its process group. */
export class ExternalChild {
  readonly #parts: ExternalChildParts;
  #child: ChildProcess | undefined;
  #input: ChildPipe | undefined;
  #output: ChildPipe | undefined;
  #errors: ChildPipe | undefined;
  /** The last that it wrote to standard error: where it says why it dies. */
  #messages = '';
  #pieces: Buffer[] = [];
  #pieceBytes = 0;
  #over = false;
  #grace: NodeJS.Timeout | undefined;
  /** Resolves once its process is gone. */
  readonly gone: Promise<void>;

  constructor(parts: ExternalChildParts) {
    this.#parts = parts;
    this.gone = new Promise((resolve) => {
      try {
        this.#start(resolve);
      } catch (error) {
        resolve();
        queueMicrotask(() => this.#finish(notStarted(error)));
      }
    });
  }

  /** A child that reads nothing is no failure here: it won't answer in time. */
  write(line: string): void {
    if (!this.#over) this.#input?.ours.write(line);
  }

  /** Ends it now, with its group; `why` is passed to `onEnd`. */
  kill(why: string): void {
    if (this.#over) return;
    killGroup(this.#child);
    this.#finish(why);
  }

  /** Lets it end by itself, as its input does, and kills it where it stays. */
  async end(): Promise<void> {
    this.#input?.ours.end();
    const limits: NodeJS.Timeout[] = [];
    const after = (ms: number, act: () => void): void => void limits.push(setTimeout(act, ms));
    after(END_GRACE_MS, () => this.kill('was ended'));
    // What the kernel keeps in a hanging call dies late, and is not waited for.
    await Promise.race([this.gone, new Promise<void>((resolve) => after(END_GRACE_MS + GRACE_MS, resolve))]);
    for (const limit of limits) clearTimeout(limit);
  }

  #start(resolve: () => void): void {
    const { command, args, environment } = this.#parts;
    const pipes: ChildPipe[] = [];
    const opened = (pipe: ChildPipe): ChildPipe => {
      pipes.push(pipe);
      return pipe;
    };
    try {
      this.#input = opened(pipeToChild());
      this.#output = opened(pipeFromChild());
      this.#errors = opened(pipeFromChild());
      this.#child = spawn(command, args, {
        stdio: [this.#input.theirs, this.#output.theirs, this.#errors.theirs],
        env: environment,
        cwd: '/',
        detached: true,
      });
      this.#child.once('error', (error) => {
        resolve();
        this.#finish(notStarted(error));
      });
      this.#child.once('exit', (code, killedBy) => {
        resolve();
        this.#exited(killedBy === null ? `ended with exit code ${code}` : `died of ${killedBy}`);
      });
      for (const { ours } of pipes) ours.on('error', () => undefined);
      this.#output.ours.on('data', (chunk: Buffer) => this.#read(chunk));
      this.#errors.ours.on('data', (chunk: Buffer) => {
        this.#messages = `${this.#messages}${chunk.toString('utf8')}`.slice(-KEPT_MESSAGE_CHARACTERS);
      });
    } catch (error) {
      for (const { ours } of pipes) ours.destroy();
      throw error;
    } finally {
      for (const { theirs } of pipes) closeSync(theirs);
    }
  }

  #read(chunk: Buffer): void {
    let rest = chunk;
    while (!this.#over) {
      const end = rest.indexOf('\n');
      const piece = end < 0 ? rest : rest.subarray(0, end);
      this.#pieces.push(piece);
      this.#pieceBytes += piece.length;
      if (this.#pieceBytes > this.#parts.maxLineBytes) {
        this.kill(`answered with a line of more than ${this.#parts.maxLineBytes / 1024 / 1024} MiB`);
        return;
      }
      if (end < 0) return;
      const line = Buffer.concat(this.#pieces).toString('utf8');
      this.#pieces = [];
      this.#pieceBytes = 0;
      rest = rest.subarray(end + 1);
      this.#parts.onLine(line);
    }
  }

  /** What it has started goes with it; what it had printed is still read. */
  #exited(how: string): void {
    killGroup(this.#child);
    if (this.#over) return;
    const finish = (): void => {
      const cut = this.#pieceBytes === 0 ? '' : ' in the middle of an answer';
      const message = lastLine(this.#messages);
      this.#finish(`${how}${cut}${message === '' ? '' : `: ${message}`}`);
    };
    if (this.#output?.ours.destroyed !== false) finish();
    else {
      this.#output.ours.once('close', finish);
      this.#grace = setTimeout(() => setImmediate(finish), GRACE_MS);
    }
  }

  #finish(why: string): void {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#grace);
    this.#pieces = [];
    for (const pipe of [this.#input, this.#output, this.#errors]) pipe?.ours.destroy();
    this.#parts.onEnd(why);
  }
}

function notStarted(error: unknown): string {
  return `could not be started: ${errnoOf(error) ?? 'unknown cause'}`;
}

function lastLine(messages: string): string {
  const last = messages.split('\n').findLast((line) => line.trim() !== '');
  return (
    last
      ?.replaceAll(/\p{Cc}/gu, ' ')
      .trim()
      .slice(0, 200) ?? ''
  );
}

function killGroup(child: ChildProcess | undefined): void {
  if (child?.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // The group is gone: there is nobody left to end.
  }
}

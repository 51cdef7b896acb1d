import { type Client, OutputStream } from '@tenure/client';

/** How much is looked at first; eight times as much each time that it was not enough. */
const FIRST_LOOK_BYTES = 64 * 1024;
const GROWTH = 8;
const NEWLINE = 0x0a;

export interface OutputBegin {
  readonly stdoutOffset: bigint;
  readonly stderrOffset: bigint;
}

/** Where the last so many lines of each stream begin. */
export async function lastLines(
  client: Pick<Client, 'streamOutput'>,
  sessionId: string,
  lines: number,
): Promise<OutputBegin> {
  for (let bytes = FIRST_LOOK_BYTES; ; bytes *= GROWTH) {
    const stdout = new LineCount(lines);
    const stderr = new LineCount(lines);
    for await (const { stream, offset, chunk } of client.streamOutput({ sessionId, tailBytes: BigInt(bytes) })) {
      (stream === OutputStream.STDERR ? stderr : stdout).take(Number(offset), chunk);
    }
    const isEnough = [stdout, stderr].every((count) => count.hasEnough || count.bytes < bytes);
    if (isEnough) return { stdoutOffset: BigInt(stdout.begin), stderrOffset: BigInt(stderr.begin) };
  }
}

/** Finds the beginning of the last lines in what passes by, and keeps nothing of it. */
class LineCount {
  readonly #lines: number;
  /** Where the newest lines begin, one more than are wanted at most. */
  readonly #begins: number[] = [];
  #bytes = 0;
  #end = 0;

  constructor(lines: number) {
    this.#lines = lines;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Whether a line is known to begin where the wanted ones do. */
  get hasEnough(): boolean {
    return this.#complete.length > this.#lines;
  }

  get begin(): number {
    return this.#lines === 0 ? this.#end : (this.#complete.at(-this.#lines) ?? this.#complete[0] ?? 0);
  }

  take(offset: number, chunk: Uint8Array): void {
    if (this.#bytes === 0) this.#begins.push(offset);
    for (let index = chunk.indexOf(NEWLINE); index >= 0; index = chunk.indexOf(NEWLINE, index + 1)) {
      this.#begins.push(offset + index + 1);
      if (this.#begins.length > this.#lines + 2) this.#begins.shift();
    }
    this.#bytes += chunk.length;
    this.#end = offset + chunk.length;
  }

  /** The end of what there is begins no line. */
  get #complete(): readonly number[] {
    return this.#begins.at(-1) === this.#end ? this.#begins.slice(0, -1) : this.#begins;
  }
}

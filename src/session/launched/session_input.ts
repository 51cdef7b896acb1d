import { closeSync, constants, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { errnoOf } from '../../os/errno.js';
import { Refusal } from '../../rpc/refusal.js';

/** How long a program that does not read is waited for. The kernel keeps 64 KiB for it. */
const LIMIT_MS = 10_000;
const LOOK_AGAIN_MS = 20;

/** What is being written, by session folder: pieces never mix, and come in the order of the calls. */
const last = new Map<string, Promise<void>>();

/**
 * Writes to the standard input of a session that was launched with one; with
 * `close` it ends after it. Rejects with a Refusal where nobody reads, or not
 * in time.
 */
export function writeInput(
  folder: string,
  bytes: Uint8Array,
  close: boolean,
  limitMs: number = LIMIT_MS,
): Promise<void> {
  const before = last.get(folder) ?? Promise.resolve();
  const written = before.then(() => write(folder, bytes, close, limitMs));
  // Each caller hears of its own failure; the next one begins in any case.
  const settled = written.catch(() => undefined);
  last.set(folder, settled);
  return written.finally(() => {
    if (last.get(folder) === settled) last.delete(folder);
  });
}

async function write(folder: string, bytes: Uint8Array, close: boolean, limitMs: number): Promise<void> {
  const input = join(folder, 'input');
  if (bytes.length > 0) {
    const fifo = openFifo(input);
    if (fifo === undefined) throw new Refusal('SESSION_ENDED', 'nothing reads its standard input any more');
    try {
      await writeAll(fifo, bytes, limitMs);
    } finally {
      closeSync(fifo);
    }
  }
  if (close) closeInput(folder, input);
}

/** Undefined: it is closed, or nobody reads. */
function openFifo(path: string): number | undefined {
  try {
    return openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
  } catch (error) {
    const code = errnoOf(error);
    if (code === 'ENOENT' || code === 'ENXIO') return undefined;
    throw error;
  }
}

async function writeAll(fifo: number, bytes: Uint8Array, limitMs: number): Promise<void> {
  const deadline = performance.now() + limitMs;
  let written = 0;
  while (written < bytes.length) {
    written += writeSome(fifo, bytes.subarray(written));
    if (written === bytes.length) return;
    if (performance.now() >= deadline) {
      const part = `${written} of ${bytes.length} bytes`;
      throw new Refusal('TOO_MANY', `it does not read its standard input; ${part} were written. Send the rest later`);
    }
    await delay(LOOK_AGAIN_MS);
  }
}

/** 0: the kernel has no room for more. */
function writeSome(fifo: number, bytes: Uint8Array): number {
  try {
    return writeSync(fifo, bytes);
  } catch (error) {
    const code = errnoOf(error);
    if (code === 'EAGAIN') return 0;
    if (code === 'EPIPE') throw new Refusal('SESSION_ENDED', 'nothing reads its standard input any more');
    throw error;
  }
}

/** Tells whoever holds it open to let go. The name goes, too: what came after the end would be lost. */
function closeInput(folder: string, input: string): void {
  const control = join(folder, 'input.close');
  const fifo = openFifo(control);
  rmSync(input, { force: true });
  if (fifo === undefined) return;
  try {
    writeSync(fifo, '\n');
  } finally {
    closeSync(fifo);
  }
  rmSync(control, { force: true });
}

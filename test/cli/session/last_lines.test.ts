import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OutputStream, type StreamOutputOptions, type StreamOutputResponse } from '@tenure/client';
import fc from 'fast-check';
import { lastLines } from '../../../src/cli/session/last_lines.js';

/** Output of which the first bytes are no longer kept, in pieces of any size. */
function printed(stdout: Buffer, kept: number, pieceBytes: number) {
  const looks: bigint[] = [];
  async function* streamOutput({ tailBytes = 0n }: StreamOutputOptions): AsyncGenerator<StreamOutputResponse> {
    looks.push(tailBytes);
    const first = Math.max(0, stdout.length - kept, stdout.length - Number(tailBytes));
    for (let offset = first; offset < stdout.length; offset += pieceBytes) {
      const chunk = stdout.subarray(offset, Math.min(stdout.length, offset + pieceBytes));
      yield { stream: OutputStream.STDOUT, offset: BigInt(offset), chunk };
    }
  }
  return { looks, streamOutput };
}

test('the last lines are those that tail(1) would show', async () => {
  const unit = fc.constantFrom('a', 'ä', '\n', '\n');
  await fc.assert(
    fc.asyncProperty(
      fc.string({ unit, maxLength: 40 }),
      fc.nat({ max: 6 }),
      fc.integer({ min: 1, max: 7 }),
      async (text, lines, pieceBytes) => {
        const bytes = Buffer.from(text);
        const { stdoutOffset, stderrOffset } = await lastLines(printed(bytes, 1_000, pieceBytes), 's1', lines);
        const all = text.split(/(?<=\n)/).filter((line) => line !== '');
        assert.equal(bytes.subarray(Number(stdoutOffset)).toString(), lines === 0 ? '' : all.slice(-lines).join(''));
        assert.equal(stderrOffset, 0n);
      },
    ),
    { numRuns: 300 },
  );
});

test('more is looked at only where it takes more, and no further than what is kept', async () => {
  const short = printed(Buffer.from('x\n'.repeat(100_000)), 8_000_000, 65_536);
  assert.equal((await lastLines(short, 's1', 3)).stdoutOffset, 199_994n);
  assert.deepEqual(short.looks, [65_536n]);

  const long = printed(Buffer.from(`first\n${'x'.repeat(600_000)}\nlast\n`), 8_000_000, 65_536);
  assert.equal((await lastLines(long, 's1', 2)).stdoutOffset, 6n);
  assert.deepEqual(long.looks, [65_536n, 524_288n, 4_194_304n]);

  const dropped = printed(Buffer.from('x'.repeat(100_000)), 40_000, 65_536);
  assert.equal((await lastLines(dropped, 's1', 2)).stdoutOffset, 60_000n);
  assert.deepEqual(dropped.looks, [65_536n]);
});

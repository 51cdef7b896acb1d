import { UsageFailure } from './failure.js';

const UNITS: ReadonlyMap<string, number> = new Map([
  ['', 1],
  ['B', 1],
  ['KiB', 1024],
  ['MiB', 1024 ** 2],
  ['GiB', 1024 ** 3],
]);

/** Bytes of `512`, `512B`, `64KiB`, `8MiB` or `1GiB`; undefined for anything else. */
export function readByteSize(text: string): number | undefined {
  const [, count, unit] = /^(\d{1,15})([KMG]iB|B|)$/.exec(text) ?? [];
  const size = UNITS.get(unit ?? '');
  if (count === undefined || size === undefined) return undefined;
  const bytes = Number(count) * size;
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** For an option that wants a number of bytes. */
export function parseByteSize(text: string): number {
  const bytes = readByteSize(text);
  if (bytes === undefined || bytes === 0) {
    throw new UsageFailure(`'${text}' is no number of bytes; write it like 500000, 64KiB or 8MiB`);
  }
  return bytes;
}

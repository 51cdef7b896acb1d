const UNITS: Readonly<Record<string, number>> = { '': 1, B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 };

/** Bytes of `512MiB`, `2GiB` or a whole number; undefined for anything else. */
export function parseByteSize(value: unknown): number | undefined {
  const [, amount, unit] = /^(\d{1,15})(|B|KiB|MiB|GiB)$/.exec(String(value)) ?? [];
  if ((typeof value !== 'number' && typeof value !== 'string') || amount === undefined) return undefined;
  const bytes = Number(amount) * (UNITS[unit ?? ''] ?? Number.NaN);
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

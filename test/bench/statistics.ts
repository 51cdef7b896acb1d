/** The value below which a share of all lies: 0.5 is the median. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values).sort();
  if (sorted.length === 0) return Number.NaN;
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

export function rangeOf(values: readonly number[]): readonly [number, number] {
  return [Math.min(...values), Math.max(...values)];
}

/** Within it the true ratio lies in 95 of 100 such runs, if what disturbs the rounds is chance. */
export function confidenceOf(relative: readonly number[]): readonly [number, number] {
  const logs = relative.map(Math.log);
  const mean = logs.reduce((sum, log) => sum + log, 0) / logs.length;
  const variance = logs.reduce((sum, log) => sum + (log - mean) ** 2, 0) / (logs.length - 1);
  const reach = 1.96 * Math.sqrt(variance / logs.length);
  return [Math.exp(mean - reach), Math.exp(mean + reach)];
}

/** One by one: what both sides of a ratio have suffered in a round cancels out. */
export function ratios(values: readonly number[], baselines: readonly number[]): number[] {
  return values.map((value, index) => value / (baselines[index] ?? Number.NaN));
}

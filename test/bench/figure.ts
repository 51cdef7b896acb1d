/** What a figure must reach. */
export interface Target {
  readonly bound: 'at least' | 'at most';
  readonly value: number;
}

/** One number that a run has measured. */
export interface Figure {
  /** Such as `unary/pairs`; the same in every run. */
  readonly name: string;
  readonly value: number;
  /** `×` for a ratio to the baseline. */
  readonly unit: '×' | 'ms' | 'MB';
  /** What it was measured against, or of. */
  readonly of: string;
  /** Undefined: for comparison only. */
  readonly target?: Target;
  /** Lowest and highest of the rounds, where there were several; for `telemetry/`, the interval of 95 % confidence. */
  readonly range?: readonly [number, number];
  /** The numbers behind it, for people. */
  readonly detail: string;
}

export function isMet({ value, target }: Figure): boolean | undefined {
  if (target === undefined) return undefined;
  return target.bound === 'at least' ? value >= target.value : value <= target.value;
}

export function lineOf(figure: Figure): string {
  const { name, value, unit, of, target, range, detail } = figure;
  const met = isMet(figure);
  const spread = range === undefined ? '' : ` (${number(range[0])}–${number(range[1])})`;
  const goal = target === undefined ? '' : `target ${target.bound === 'at least' ? '≥' : '≤'} ${target.value}`;
  const verdict = met === undefined ? '' : met ? 'met' : 'MISSED';
  const measured = `${number(value)} ${unit}${spread}`;
  return `${name.padEnd(34)} ${measured.padEnd(24)} ${goal.padEnd(14)} ${verdict.padEnd(7)} ${of}; ${detail}`.trimEnd();
}

export function jsonOf(figure: Figure): object {
  return { ...figure, met: isMet(figure) };
}

function number(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toFixed(2);
}

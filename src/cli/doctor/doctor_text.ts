import { printable, style } from '../style.js';
import type { Examined } from './all_checks.js';
import type { Finding, Level } from './finding.js';

/** A line a finding, its remedy below it, and a line that sums up. */
export function describeExamined(examined: readonly Examined[]): string {
  const width = Math.max(...examined.map(({ id }) => id.length));
  const lines = examined.flatMap(({ id, findings }) =>
    findings.flatMap((finding, index) => describeFinding(finding, index === 0 ? id : '', width)),
  );
  return [...lines, '', summary(examined)].join('\n');
}

function describeFinding({ level, message, remedy }: Finding, id: string, width: number): readonly string[] {
  const indent = ' '.repeat(width + 4);
  const [first = '', ...rest] = message.split('\n').map(printable);
  return [
    `${mark(level)} ${id.padEnd(width)}  ${first}`,
    ...rest.map((line) => `${indent}${line}`),
    ...(remedy === undefined ? [] : [`${indent}${style('dim', '→')} ${printable(remedy)}`]),
  ];
}

function mark(level: Level): string {
  switch (level) {
    case 'ok':
      return style('green', '✓');
    case 'note':
      return style('dim', '·');
    case 'warning':
      return style('yellow', '!');
    case 'fault':
      return style('red', '✗');
  }
}

function summary(examined: readonly Examined[]): string {
  const levels = examined.flatMap(({ findings }) => findings.map(({ level }) => level));
  const count = (wanted: Level, one: string) => {
    const found = levels.filter((level) => level === wanted).length;
    return found === 0 ? [] : [found === 1 ? `1 ${one}` : `${found} ${one}s`];
  };
  const parts = [...count('fault', 'fault'), ...count('warning', 'warning')];
  return parts.length === 0 ? 'all is well' : parts.join(', ');
}

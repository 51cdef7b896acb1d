/**
 * What is wrong with a text that JSON.parse refuses, in words that follow its
 * name. Nothing of the text itself: it may hold values.
 */
export function jsonFault(text: string, error: unknown): string {
  const message = error instanceof Error ? error.message : '';
  const position = /\bposition (\d+)/.exec(message)?.[1];
  if (position !== undefined) return `is no JSON: ${describePlace(text, Number(position))}`;
  if (/unexpected end/i.test(message)) return 'is no JSON: it ends too early';
  return 'is no JSON; a comma, a quote or a bracket is out of place';
}

function describePlace(text: string, position: number): string {
  const before = text.slice(0, position).split('\n');
  return `line ${before.length}, column ${(before.at(-1) ?? '').length + 1}`;
}

/** Text that roff prints as it stands, on lines of its own. */
export function roffText(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll("'", '\\(aq')
    .replaceAll('`', '\\(ga')
    .replaceAll('^', '\\(ha')
    .replaceAll('~', '\\(ti')
    .replaceAll(/[^\n -~]/gu, unicode)
    .split('\n')
    .map((line) => (line.startsWith('.') ? `\\&${line}` : line))
    .join('\n');
}

function unicode(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return `\\[u${code.toString(16).toUpperCase().padStart(4, '0')}]`;
}

/** A macro's argument. */
export function roffArgument(text: string): string {
  return `"${roffText(text).replaceAll('"', '\\(dq').replaceAll('\n', ' ')}"`;
}

/** A heading of a section, or of a part of one. */
export function heading(macro: 'SH' | 'SS', text: string): string {
  return `.${macro} ${roffArgument(text)}`;
}

/** What follows a heading; lines are filled. */
export function opening(text: string): readonly string[] {
  const trimmed = text.trim();
  return trimmed === '' ? [] : [roffText(trimmed)];
}

/** Text whose lines stay as they are, blank ones left out at both ends: first below a heading, or later. */
export function verbatim(text: string, place: 'first' | 'later' = 'later'): readonly string[] {
  const inner = text.replace(/^\n+/, '').trimEnd();
  if (inner === '') return [];
  return [
    ...(place === 'first' ? [] : ['.PP']),
    '.nf',
    ...roffText(inner)
      .split('\n')
      .map((line) => (line === '' ? '.sp' : line)),
    '.fi',
  ];
}

/** A term, and what it means below it. */
export function entry(term: string, text: string): readonly string[] {
  return ['.TP', `.B ${roffArgument(term)}`, roffText(text)];
}

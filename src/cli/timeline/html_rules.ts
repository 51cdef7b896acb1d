/** Text made safe within HTML, also within a quoted attribute. Control characters, which HTML can't hold, are shown. */
export function escaped(text: string): string {
  return text
    .replaceAll(/[^\P{Cc}\n\t]/gu, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`)
    .replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** Makes HTML of a template: what is put in is escaped, but for what is HTML itself. */
export function html(
  parts: TemplateStringsArray,
  ...values: readonly (string | number | Html | readonly Html[])[]
): Html {
  return new Html(parts.map((part, index) => part + (index < values.length ? insert(values[index]) : '')).join(''));
}

function insert(value: string | number | Html | readonly Html[] | undefined): string {
  if (value === undefined) return '';
  if (typeof value === 'string' || typeof value === 'number') return escaped(String(value));
  return value instanceof Html ? value.text : value.map(({ text }) => text).join('');
}

/** Text that is HTML, and safe. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

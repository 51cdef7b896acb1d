import { visible } from '../style.js';

/** Text made safe within HTML, also within a quoted attribute. Shown by number is what it can't hold, and what would turn the text around it. */
export function escaped(text: string): string {
  return text
    .replaceAll(/[^\P{Cc}\n\t]|\p{Bidi_Control}/gu, visible)
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

import { Refusal } from './refusal.js';

// Control characters and line ends hide in terminals and break line-wise output; lone surrogates are no text.
const FORBIDDEN = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}]/u;

/** Whether a text has a character that would not show as what it is. */
export function hasHiddenCharacter(text: string): boolean {
  return FORBIDDEN.test(text);
}

/** The refusal of a field; `problem` follows its name. */
export function invalid(field: string, problem: string): Refusal {
  return new Refusal('INVALID_FIELD', `${field} ${problem}`, { field });
}

/** Throws a Refusal where a text is too long or has a hidden character. */
export function checkText(field: string, text: string, maxBytes: number): void {
  // A string of n characters has at most 3n bytes: most need no count.
  if (text.length * 3 > maxBytes && Buffer.byteLength(text) > maxBytes) {
    throw invalid(field, `has more than ${maxBytes} bytes`);
  }
  if (hasHiddenCharacter(text)) throw invalid(field, 'has a control character');
}

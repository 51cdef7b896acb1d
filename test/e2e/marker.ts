import { randomBytes } from 'node:crypto';

/** A text that nothing has by chance, known again in every usual disguise. */
export class Marker {
  /** Letters and digits, so that no quoting changes it. */
  readonly text: string;
  readonly #forms: readonly (readonly [string, Buffer])[];

  constructor() {
    this.text = `mk${randomBytes(12).toString('hex')}`;
    const bytes = Buffer.from(this.text);
    const hex = bytes.toString('hex');
    this.#forms = [
      ['in clear', bytes],
      ['in hex', Buffer.from(hex)],
      ['in capital hex', Buffer.from(hex.toUpperCase())],
      ['in UTF-16', Buffer.from(this.text, 'utf16le')],
      ['as a list of numbers', Buffer.from([...bytes].join(','))],
      ['as an indented list of numbers', Buffer.from([...bytes].join(', '))],
      ...[0, 1, 2].map((shift) => ['in base64', Buffer.from(base64Within(bytes, shift))] as const),
    ];
  }

  /** How it is in there; undefined: it is not. */
  formIn(content: string | Buffer): string | undefined {
    const bytes = typeof content === 'string' ? Buffer.from(content) : content;
    return this.#forms.find(([, form]) => bytes.includes(form))?.[0];
  }
}

/** What its base64 has in common with any text around it, of which so many bytes stand before it, modulo three. */
function base64Within(bytes: Buffer, shift: number): string {
  const encoded = Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64');
  return encoded.slice(Math.ceil((shift * 8) / 6), Math.floor(((shift + bytes.length) * 8) / 6));
}

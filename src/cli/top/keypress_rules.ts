import type { Key } from './key_rules.js';

/** What Node's readline tells of a key. */
export interface Keypress {
  readonly name?: string | undefined;
  readonly ctrl?: boolean | undefined;
  /** Escape came just before it, or Alt was held down. */
  readonly meta?: boolean | undefined;
  readonly sequence?: string | undefined;
  /** Of keys that terminals have codes for: `[A`. */
  readonly code?: string | undefined;
}

const ESC = '\x1b';
const ESCAPE: Key = { name: 'escape', ctrl: false, text: '' };

/** The keys that were pressed: Escape and another key soon after it come as one, and are meant as two. */
export function keysOf(text: string | undefined, key: Keypress = {}): readonly Key[] {
  const { name = '', ctrl = false, meta = false, sequence = '', code } = key;
  const plain: Key = { name, ctrl, text: text ?? '' };
  if (name === 'escape') return [plain];
  if (code !== undefined) return sequence.startsWith(ESC + ESC) ? [ESCAPE, plain] : [plain];
  return meta ? [ESCAPE, keyOf(name, sequence.slice(sequence.startsWith(ESC) ? ESC.length : 0))] : [plain];
}

/** A key that writes one character; Node has no name for a control character behind an Escape. */
function keyOf(name: string, text: string): Key {
  const number = text.charCodeAt(0);
  const isControl = name === '' && number > 0 && number < ' '.charCodeAt(0);
  if (isControl) return { name: String.fromCharCode(number + '`'.charCodeAt(0)), ctrl: true, text: '' };
  return { name, ctrl: false, text: /^\P{Cc}$/u.test(text) ? text : '' };
}

/** What keys mean that come while a line is typed unseen. */
export type Typed =
  | { readonly kind: 'typing'; readonly line: Buffer }
  /** Enter; `rest` is what was typed ahead. */
  | { readonly kind: 'entered'; readonly line: Buffer; readonly rest: Buffer }
  /** Ctrl-D on an empty line. */
  | { readonly kind: 'closed' }
  | { readonly kind: 'signal'; readonly signal: 'SIGINT' | 'SIGQUIT' };

const CTRL_C = 0x03;
const CTRL_D = 0x04;
const BACKSPACE = 0x08;
const LINE_FEED = 0x0a;
const RETURN = 0x0d;
const CTRL_U = 0x15;
const CTRL_BACKSLASH = 0x1c;
const DELETE = 0x7f;

/** Types keys, as a terminal in raw mode gives them, at the end of a line. */
export function typeKeys(line: Buffer, keys: Buffer): Typed {
  let typed = line;
  for (const [index, key] of keys.entries()) {
    switch (key) {
      case CTRL_C:
        return { kind: 'signal', signal: 'SIGINT' };
      case CTRL_BACKSLASH:
        return { kind: 'signal', signal: 'SIGQUIT' };
      case RETURN:
        return entered(typed, keys.subarray(keys[index + 1] === LINE_FEED ? index + 2 : index + 1));
      case LINE_FEED:
        return entered(typed, keys.subarray(index + 1));
      case CTRL_D:
        if (typed.length === 0) return { kind: 'closed' };
        return entered(typed, keys.subarray(index + 1));
      case BACKSPACE:
      case DELETE:
        typed = withoutLastCharacter(typed);
        break;
      case CTRL_U:
        typed = typed.subarray(0, 0);
        break;
      default:
        typed = Buffer.concat([typed, Uint8Array.of(key)]);
    }
  }
  return { kind: 'typing', line: typed };
}

function entered(line: Buffer, rest: Buffer): Typed {
  return { kind: 'entered', line, rest };
}

/** All bytes of it, in UTF-8. */
function withoutLastCharacter(line: Buffer): Buffer {
  let end = line.length - 1;
  while (end > 0 && isContinuation(line[end])) end -= 1;
  return line.subarray(0, Math.max(0, end));
}

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0b1100_0000) === 0b1000_0000;
}

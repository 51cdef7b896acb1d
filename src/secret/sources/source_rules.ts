import { hasHiddenCharacter } from '../../rpc/request_checks.js';
import { nameFault } from '../secret_name_rules.js';

/** Where a value comes from, as a source text says. */
export type Source =
  | { readonly kind: 'vault'; readonly name: string }
  | { readonly kind: 'env'; readonly name: string }
  | {
      readonly kind: 'file';
      /** Absolute, or below `~/`. */
      readonly path: string;
      /** What of the file is the value; undefined: all of it. */
      readonly key: string | undefined;
    }
  | { readonly kind: 'exec'; readonly command: string };

export interface UnreadableSource {
  readonly kind: 'fault';
  /** In words that follow "the source". Repeats nothing: somebody may have given the value itself. */
  readonly fault: string;
}

const MAX_SOURCE_BYTES = 4_096;
const ENV_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
const KINDS = 'env:NAME, file:PATH, file:PATH#KEY, exec:COMMAND or vault:NAME';

export function readSource(text: string): Source | UnreadableSource {
  if (text === '') return fault(`is empty; give one of ${KINDS}`);
  if (Buffer.byteLength(text) > MAX_SOURCE_BYTES) return fault(`has more than ${MAX_SOURCE_BYTES} bytes`);
  if (hasHiddenCharacter(text)) return fault('has a control character; use printable ones only');
  const colon = text.indexOf(':');
  const kind = text.slice(0, Math.max(colon, 0));
  const rest = text.slice(colon + 1);
  switch (kind) {
    case 'vault': {
      if (rest === '') return fault('names no secret; after vault: write its name, such as team/github-token');
      const problem = nameFault(rest);
      return problem === undefined ? { kind, name: rest } : fault(`names a secret that ${problem}`);
    }
    case 'env':
      if (ENV_NAME.test(rest)) return { kind, name: rest };
      return fault('names no variable; after env: expected letters, digits and underscores, no digit first');
    case 'file':
      return readFileSource(rest);
    case 'exec':
      return rest.trim() === '' ? fault('has no command; write it after exec:') : { kind, command: rest };
    default:
      return fault(`is of no known kind; give one of ${KINDS}`);
  }
}

/** The text that `readSource` reads as this source. */
export function sourceText(source: Source): string {
  switch (source.kind) {
    case 'vault':
    case 'env':
      return `${source.kind}:${source.name}`;
    case 'file': {
      const { path, key } = source;
      if (key !== undefined) return `file:${path}#${key}`;
      return path.includes('#') ? `file:${path}#` : `file:${path}`;
    }
    case 'exec':
      return `exec:${source.command}`;
  }
}

/** The key stands after the last #. A path that has one, and is wanted whole, ends in another. */
function readFileSource(rest: string): Source | UnreadableSource {
  const hash = rest.lastIndexOf('#');
  const path = hash < 0 ? rest : rest.slice(0, hash);
  const key = hash < 0 ? '' : rest.slice(hash + 1);
  const inFolder = path.startsWith('~/') ? path.slice(2) : path.startsWith('/') ? path.slice(1) : undefined;
  if (inFolder === undefined) return fault('has no absolute path; after file: begin it with / or ~/');
  if (inFolder === '') return fault('names a folder; name a file in it');
  if (hash >= 0 && key === '' && !path.includes('#')) return fault('ends in #; name a key after it, or take it away');
  return { kind: 'file', path, key: key === '' ? undefined : key };
}

function fault(text: string): UnreadableSource {
  return { kind: 'fault', fault: text };
}

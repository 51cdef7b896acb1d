import { isLikelySecret } from './likely_secret_rules.js';

/** Something that looks like a credential. Of its value only what may be shown. */
export interface Finding {
  /** Such as `github-token`. */
  readonly kind: string;
  /** The name that it is assigned to; undefined where its shape alone told. */
  readonly name: string | undefined;
  /** The first characters. */
  readonly start: string;
}

/** In settings a value needs no quotes; in programs what has none is an expression. */
export type FileStyle = 'settings' | 'program';

const SHOWN_CHARACTERS = 4;
/** Findings of one line; of more nobody learns more, and each is held against all before it. */
const MOST_IN_A_LINE = 100;
/** Somebody has looked at the line. */
const IGNORE_MARK = 'tenure:ignore';

/** Each is bounded in length and begins where no word is cut in two. */
const SHAPES: readonly { readonly kind: string; readonly pattern: RegExp }[] = [
  { kind: 'private-key', pattern: /-----BEGIN (?:[A-Z0-9]{1,16} ){0,4}PRIVATE KEY(?: BLOCK)?-----/g },
  { kind: 'aws-access-key-id', pattern: /(?<![A-Za-z0-9])A(?:KIA|SIA)[A-Z0-9]{16}(?![A-Za-z0-9])/g },
  { kind: 'github-token', pattern: /(?<![A-Za-z0-9_])gh[pousr]_[A-Za-z0-9]{36,255}/g },
  { kind: 'github-token', pattern: /(?<![A-Za-z0-9_])github_pat_[A-Za-z0-9_]{22,255}/g },
  {
    kind: 'gitlab-token',
    pattern: /(?<![A-Za-z0-9_-])gl(?:pat|ptt|dt|rt|rtr|oas|cbt|agent|ft|imt|soat)-[\w.-]{20,255}/g,
  },
  { kind: 'slack-token', pattern: /(?<![A-Za-z0-9])xox[abeoprs]-[A-Za-z0-9-]{10,255}/g },
  { kind: 'slack-token', pattern: /(?<![A-Za-z0-9])xapp-\d-[A-Za-z0-9-]{10,255}/g },
  { kind: 'slack-webhook', pattern: /https:\/\/hooks\.slack\.com\/(?:services|workflows)\/[A-Za-z0-9/_-]{20,255}/g },
  { kind: 'stripe-key', pattern: /(?<![A-Za-z0-9])[rs]k_(?:live|test)_[A-Za-z0-9]{16,255}/g },
  { kind: 'stripe-key', pattern: /(?<![A-Za-z0-9])whsec_[A-Za-z0-9+/=]{24,255}/g },
  { kind: 'anthropic-key', pattern: /(?<![A-Za-z0-9_-])sk-ant-[a-z]{2,8}\d{2}-[\w-]{20,255}/g },
  { kind: 'openai-key', pattern: /(?<![A-Za-z0-9_-])sk-(?:proj|svcacct|admin|None)-[\w-]{20,255}/g },
  { kind: 'openai-key', pattern: /(?<![A-Za-z0-9_-])sk-[A-Za-z0-9]{32,64}(?![\w-])/g },
  { kind: 'google-api-key', pattern: /(?<![\w-])AIza[\w-]{35}(?![\w-])/g },
  { kind: 'google-oauth-secret', pattern: /(?<![\w-])GOCSPX-[\w-]{20,64}/g },
  { kind: 'google-oauth-token', pattern: /(?<![\w-])ya29\.[\w-]{20,1024}/g },
  { kind: 'npm-token', pattern: /(?<![A-Za-z0-9_])npm_[A-Za-z0-9]{36}(?![A-Za-z0-9])/g },
  { kind: 'jwt', pattern: /(?<![\w-])eyJ[\w-]{8,4096}\.eyJ[\w-]{8,8192}\.[\w-]{16,2048}/g },
  { kind: 'age-identity', pattern: /AGE-SECRET-KEY-(?:PQ-)?1[02-9AC-HJ-NP-Z]{50,4096}/g },
  { kind: 'tenure-token', pattern: /(?<![\w-])tn[oi]_[\w-]{43}(?![\w-])/g },
];

const URL_PASSWORD = /(?<![A-Za-z0-9+.-])[A-Za-z][A-Za-z0-9+.-]{1,20}:\/\/[^\s:/@"'`]{0,128}:([^\s/@"'`]{1,128})@/g;

/** A name, perhaps a type, and a value in quotes, or without. */
const ASSIGNMENT =
  /(?<![\w$-])([A-Za-z_][\w.-]{0,127})["'`]?\]?\s{0,8}(?::\s{0,8}[A-Za-z][\w.]{0,32}\s{0,8}=|:=|=>|[:=])\s{0,8}(?:"([^"]{1,512})"|'([^']{1,512})'|`([^`]{1,512})`|([^\s"'`,;]{1,512}))/g;

/** Of a name in snake_case, how it ends. */
const SECRET_NAME =
  /(?:^|_)(?:token|secret|password|passwd|pwd|passphrase|apikey|(?:api|access|secret|private|account|signing|encryption|auth)_?key|credentials?)$/;

/** What looks like a credential in a line, from left to right. */
export function findCredentials(line: string, style: FileStyle): readonly Finding[] {
  if (line.includes(IGNORE_MARK)) return [];
  const found: { readonly from: number; readonly to: number; readonly finding: Finding }[] = [];
  const add = (kind: string, name: string | undefined, value: string, from: number): void => {
    if (found.length === MOST_IN_A_LINE) return;
    const to = from + value.length;
    // What two rules find is one credential, by the more telling rule, which comes first.
    if (found.some((other) => from < other.to && other.from < to)) return;
    found.push({ from, to, finding: { kind, name, start: value.slice(0, SHOWN_CHARACTERS) } });
  };
  for (const { kind, pattern } of SHAPES) {
    for (const match of line.matchAll(pattern)) add(kind, undefined, match[0], match.index);
  }
  for (const match of line.matchAll(URL_PASSWORD)) {
    const [whole, value = ''] = match;
    if (isLikelySecret(value)) add('url-password', undefined, value, match.index + whole.length - 1 - value.length);
  }
  for (const match of line.matchAll(ASSIGNMENT)) {
    const [whole, name = '', double, single, back, bare] = match;
    const quoted = double ?? single ?? back;
    const value = quoted ?? (style === 'settings' ? bare : undefined);
    if (value === undefined || !SECRET_NAME.test(snakeCase(name)) || !isLikelySecret(value)) continue;
    add('assigned-value', name, value, match.index + whole.lastIndexOf(value));
  }
  return found.toSorted((a, b) => a.from - b.from).map(({ finding }) => finding);
}

/** `db.apiKey` as `api_key`. */
function snakeCase(name: string): string {
  const last = name.slice(name.lastIndexOf('.') + 1);
  return last
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replaceAll('-', '_')
    .toLowerCase();
}

const SETTINGS =
  /(?:^|[/.])(?:env|ya?ml|toml|ini|cfg|conf|config|properties|npmrc|netrc|pypirc|envrc|credentials)(?:\.[\w-]+)?$/i;

export function styleOf(path: string): FileStyle {
  return SETTINGS.test(path) ? 'settings' : 'program';
}

const MAX_BYTES = 2_048;
const EXAMPLE = 'https://example.org/team/site.git';

/**
 * Fault of a repository's address, in words that follow its name; undefined
 * where there is none. Repeats nothing of it, for it may hold credentials.
 */
export function repoFault(text: string): string | undefined {
  if (Buffer.byteLength(text) > MAX_BYTES) return `has more than ${MAX_BYTES} bytes`;
  // Not as a URL is parsed: that takes more for one than git does.
  const [, scheme = '', authority = ''] = /^([a-z]+):\/\/([^/]+)/i.exec(text) ?? [];
  if (authority === '' || /[\s\p{Cc}\\]/u.test(text) || !URL.canParse(text))
    return `is no https, http or git URL such as ${EXAMPLE}`;
  if (!/^(https?|git)$/i.test(scheme)) return 'is no https, http or git URL';
  if (authority.includes('@')) return 'has credentials in it; take them away, and give them by repoToken';
  if (/[?#]/.test(text)) return 'has a query or a fragment; take that away';
  return undefined;
}

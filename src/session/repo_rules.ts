const SCHEMES = ['https:', 'http:', 'git:'];
const MAX_BYTES = 2_048;

/**
 * Fault of a repository's address, in words that follow its name; undefined
 * where there is none. Repeats nothing of it, for it may hold credentials.
 */
export function repoFault(text: string): string | undefined {
  if (Buffer.byteLength(text) > MAX_BYTES) return `has more than ${MAX_BYTES} bytes`;
  // A URL drops line ends and blanks without a word, and git would not.
  if (/[\s\p{Cc}\\]/u.test(text) || !URL.canParse(text)) return 'is no URL such as https://example.org/team/site.git';
  const { protocol, host, search, hash } = new URL(text);
  if (!SCHEMES.includes(protocol)) return 'is no https, http or git URL';
  if (/^[^/]*\/\/[^/]*@/.test(text)) return 'has credentials in it; take them away, and give them by repoToken';
  if (host === '') return 'has no host';
  if (search !== '' || hash !== '') return 'has a query or a fragment; take that away';
  return undefined;
}

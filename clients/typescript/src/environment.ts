/** Environment variable that carries inherit tokens from a holder to its children. */
export const LEASES_VARIABLE = 'TENURE_LEASES';

/** The daemon takes at most this many inherit tokens with one acquire. */
const MOST_TOKENS = 256;

/** The inherit tokens in a value of TENURE_LEASES: separated by commas, blanks and empty parts ignored. */
export function parseInheritTokens(value: string | undefined): string[] {
  if (value === undefined || value === '') {
    return [];
  }
  return uniqueTokens(value.split(',').map((part) => part.trim()));
}

/**
 * An environment for a child that may run under the leases of these tokens:
 * `base` with TENURE_LEASES set to `tokens` followed by those that `base`
 * already carries. Nothing else is touched; without any token the variable
 * is left out.
 *
 * @param base what the child gets besides. Default: `process.env`.
 */
export function childEnvironment(tokens: readonly string[], base: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  const all = uniqueTokens([...tokens, ...parseInheritTokens(base[LEASES_VARIABLE])]);
  const { [LEASES_VARIABLE]: _, ...rest } = base;
  return all.length === 0 ? rest : { ...rest, [LEASES_VARIABLE]: all.join(',') };
}

/** Each token once, nearest first; what exceeds the daemon's limit is the farthest ancestors'. */
export function uniqueTokens(tokens: readonly string[]): string[] {
  return [...new Set(tokens.filter((token) => token !== ''))].slice(0, MOST_TOKENS);
}

import type { SecretVariable } from './environment_values.js';

/** How the first line of every file begins that `tenure secret env` writes. */
const MARKER_START = '# tenure: written by tenure secret env;';

/** The first line of a file. The daemon removes the file only while it begins with it. */
export function markerLine(id: string): string {
  return `${MARKER_START} removed when its leases end. ${id}`;
}

export function isMarker(line: string): boolean {
  return line.startsWith(MARKER_START);
}

export function envFileText(
  marker: string,
  variables: readonly SecretVariable[],
): { readonly text: string } | { readonly unwritable: readonly SecretVariable[] } {
  const unwritable = variables.filter(({ value }) => quote(value) === undefined);
  if (unwritable.length > 0) return { unwritable };
  const lines = variables.map(({ envVar, value }) => `${envVar}=${quote(value)}`);
  return { text: [marker, ...lines, ''].join('\n') };
}

/** What a shell and a reader of such files both take for itself without quotes, as `docker run --env-file` does. */
const PLAIN = /^[A-Za-z0-9_.:/@%+,-][A-Za-z0-9_.:/@%+,=-]*$/;

/**
 * The value so that `sh` and the readers of dotenv syntax get the same;
 * undefined where no quoting serves both.
 *
 * In single quotes both take everything literally but the quote itself. A
 * value that has one goes into double quotes, if it has nothing that either
 * side gives a meaning there. Dotenv readers drop carriage returns.
 */
export function quote(value: string): string | undefined {
  if (/[\0\r]/.test(value)) return undefined;
  if (PLAIN.test(value)) return value;
  if (!value.includes("'")) return `'${value}'`;
  return /["$`\\]/.test(value) ? undefined : `"${value}"`;
}

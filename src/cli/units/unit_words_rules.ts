/** A word of systemd's ExecStart=, in which `%` and `$` mean themselves. */
export function execWord(word: string): string {
  return quoted(word.replaceAll('%', '%%').replaceAll('$', () => '$$'));
}

/** A word of systemd's Environment=, in which `%` means itself, as `$` always does there. */
export function environmentWord(word: string): string {
  return quoted(word.replaceAll('%', '%%'));
}

function quoted(word: string): string {
  return /^[\w@%+,./:=$-]+$/.test(word) ? word : `"${word.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

/** The words of a unit's first ExecStart=, as `execWord` wrote them; none where there is none. */
export function execWords(unit: string): readonly string[] {
  const line = /^ExecStart=[-@:+!]*(.*)$/m.exec(unit)?.[1] ?? '';
  const words = line.match(/"(?:[^"\\]|\\.)*"|\S+/g) ?? [];
  return words.map((word) => {
    const bare = word.startsWith('"') ? word.slice(1, -1).replaceAll(/\\(.)/g, '$1') : word;
    return bare.replaceAll('%%', '%').replaceAll('$$', () => '$');
  });
}

/** Bash begins a new word at each of these, unless a completion says otherwise. */
const BREAKS = /^[=:]+$/;

export interface JoinedWords {
  readonly words: readonly string[];
  /** What of the last word bash takes for words of their own: an answer must leave it out. */
  readonly before: string;
}

/**
 * The words as they were written, of the words as bash splits them: `--mode`
 * `=` `sh` is `--mode=sh`, and `port` `:` is `port:`. Blanks around a lone `=`
 * can't be told, and are rare.
 */
export function joinBreaks(split: readonly string[]): JoinedWords {
  const words: string[] = [];
  let glued = false;
  let before = '';
  for (const [index, word] of split.entries()) {
    const isBreak = BREAKS.test(word);
    const last = words.length - 1;
    if ((isBreak || glued) && last >= 0) {
      before = words[last] ?? '';
      words[last] = `${before}${word}`;
      if (isBreak && index === split.length - 1) before = words[last] ?? '';
    } else {
      words.push(word);
      before = '';
    }
    glued = isBreak;
  }
  return { words, before };
}

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { World } from '../../e2e/world.js';

/** Completes a line in bash itself, the cursor at its end, and answers what it would offer. */
export async function completeInBash(world: World, words: readonly string[]): Promise<string[]> {
  const script = join(world.folder, 'complete.bash');
  const quoted = words.map((word) => `'${word}'`).join(' ');
  writeFileSync(
    script,
    [
      'source <(tenure completion bash)',
      // Bash allows it in a completion only; here it would complain.
      'compopt() { :; }',
      `COMP_WORDS=(tenure ${quoted})`,
      // biome-ignore lint/suspicious/noTemplateCurlyInString: it is bash's.
      'COMP_CWORD=$((${#COMP_WORDS[@]} - 1))',
      '_tenure',
      // biome-ignore lint/suspicious/noTemplateCurlyInString: it is bash's.
      'printf "%s\\n" "${COMPREPLY[@]}"',
    ].join('\n'),
  );
  const { stdout, stderr, code } = await world.start('bash', ['--norc', script]).ended;
  if (code !== 0 || stderr !== '') throw new Error(`bash ended with ${code}: ${stderr}`);
  return stdout.split('\n').filter((line) => line !== '');
}

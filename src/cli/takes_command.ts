const COMMANDS_OF: ReadonlyMap<string | undefined, readonly string[]> = new Map([
  ['secret', ['exec']],
  ['session', ['launch', 'resume']],
]);

/** Whether a program's command line follows `--`, by the first two words. */
export function takesCommandLine(first: string | undefined, second: string | undefined): boolean {
  return first === 'run' || COMMANDS_OF.get(first)?.includes(second ?? '') === true;
}

const LINE_FEED = 0x0a;
const RETURN = 0x0d;

/** Takes off one line end at the end, which `echo` and editors add. */
export function withoutLineEnd(value: Buffer): Buffer {
  if (value.at(-1) !== LINE_FEED) return value;
  return value.subarray(0, value.at(-2) === RETURN ? -2 : -1);
}

/** What is wrong with what was left over on the command line of a command that reads a value; undefined: nothing. */
export function argumentsFault(args: readonly string[]): { message: string; hint: string } | undefined {
  const option = args.find((arg) => arg.startsWith('-'));
  const name = option === undefined ? undefined : /^--[a-z][a-z-]*(?==|$)/.exec(option)?.[0];
  if (name !== undefined && name !== '--value') {
    return { message: `unknown option '${name}'`, hint: "see 'tenure help secret'" };
  }
  if (option === undefined && args.length <= 1 && !args.some((arg) => arg.includes('='))) return undefined;
  return {
    message: "a value can't be an argument: it would stand in ps and in the shell's history",
    hint: 'pipe it in, or give only the name to be asked for it; a real one that stood here is best changed',
  };
}

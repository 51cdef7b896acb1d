/** The tool of an agent that runs a shell command, and how it takes it. */
export interface ShellTool {
  readonly name: string;
  readonly argument: string;
  readonly takesList: boolean;
}

/** What an agent asks the model, as far as it matters here. */
export interface Question {
  readonly model: string;
  /** The user's last words. */
  readonly words: string;
  /** The first ones of the conversation. */
  readonly firstWords: string;
  /** The agent has run what it was told to, and says what came out. */
  readonly hasToolResult: boolean;
  readonly shell: ShellTool | undefined;
  /** Tokens: a fourth of the bytes. */
  readonly inputTokens: number;
}

export interface ShellCall {
  readonly tool: string;
  readonly input: Readonly<Record<string, unknown>>;
}

export type Answer =
  | { readonly kind: 'failure'; readonly status: number }
  | {
      readonly kind: 'words';
      readonly text: string;
      /** Says its words, and then nothing more. */
      readonly hangs: boolean;
      readonly call: ShellCall | undefined;
    };

/**
 * What the model says, by what the user's last words ask for:
 * `fail STATUS`, `hang`, `bash: COMMAND`, `say WORDS`, `recall` (the first
 * words of the conversation); each a line of its own.
 */
export function answerTo(question: Question): Answer {
  const { words, hasToolResult, shell } = question;
  const status = /^fail (\d{3})$/m.exec(words)?.[1];
  if (status !== undefined) return { kind: 'failure', status: Number(status) };
  const command = /^bash: (.+)$/m.exec(words)?.[1];
  if (command !== undefined && shell !== undefined && !hasToolResult) {
    return { kind: 'words', text: 'A command will tell.', hangs: false, call: callOf(shell, command) };
  }
  return { kind: 'words', text: textOf(question), hangs: /^hang$/m.test(words), call: undefined };
}

function textOf({ words, firstWords, hasToolResult }: Question): string {
  if (hasToolResult) return 'The command has ended.';
  if (/^recall$/m.test(words)) return `It began with: ${firstWords}`;
  return /^say (.+)$/m.exec(words)?.[1] ?? 'Nothing to say.';
}

/** About the number of tokens of a text. */
export function tokensOf(text: string): number {
  return Math.ceil(text.length / 4);
}

function callOf({ name, argument, takesList }: ShellTool, command: string): ShellCall {
  return { tool: name, input: { [argument]: takesList ? ['sh', '-c', command] : command } };
}

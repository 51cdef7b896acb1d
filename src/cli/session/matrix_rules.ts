/** One agent of a matrix. */
export interface MatrixAdapter {
  readonly name: string;
  /** Undefined: the matrix's. */
  readonly models: readonly string[] | undefined;
  /** Undefined: the matrix's. */
  readonly args: readonly string[] | undefined;
}

/** What is to be tried with each other. */
export interface Matrix {
  readonly adapters: readonly MatrixAdapter[];
  /** Undefined: each agent's own choice. */
  readonly models: readonly string[] | undefined;
  readonly prompts: readonly string[];
  readonly args: readonly string[];
}

/** One session of a matrix. */
export interface Combination {
  readonly adapter: string;
  /** Empty: the agent's own choice. */
  readonly model: string;
  /** Which of the prompts, from 1. */
  readonly promptNumber: number;
  readonly prompt: string;
  readonly args: readonly string[];
}

/** Every adapter with each of its models and every prompt, in the order in which they are written. */
export function combinationsOf({ adapters, models, prompts, args }: Matrix): readonly Combination[] {
  return adapters.flatMap((adapter) =>
    (adapter.models ?? models ?? ['']).flatMap((model) =>
      prompts.map((prompt, index) => ({
        adapter: adapter.name,
        model,
        promptNumber: index + 1,
        prompt,
        args: adapter.args ?? args,
      })),
    ),
  );
}

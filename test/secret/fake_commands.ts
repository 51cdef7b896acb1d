import type { CommandResult, ShellCommand } from '../../src/os/shell_command.js';

/** A command that runs until the test ends it, or it is aborted. */
export interface FakeCommand {
  readonly order: ShellCommand;
  end(result: CommandResult): void;
  /** Ends it well. */
  print(output: string): void;
}

/** Stands in for the shell: the test sees each command start, and says how it ends. */
export class FakeCommands {
  /** In the order of their start. */
  readonly started: FakeCommand[] = [];
  running = 0;
  mostAtOnce = 0;
  #onStart: () => void = () => undefined;
  #seen = 0;

  readonly run = (order: ShellCommand): Promise<CommandResult> =>
    new Promise((resolve) => {
      this.running += 1;
      this.mostAtOnce = Math.max(this.mostAtOnce, this.running);
      let isOver = false;
      const end = (result: CommandResult): void => {
        if (isOver) return;
        isOver = true;
        this.running -= 1;
        resolve(result);
      };
      order.signal?.addEventListener('abort', () => end({ kind: 'aborted' }));
      if (order.signal?.aborted === true) end({ kind: 'aborted' });
      const print = (output: string): void => end({ kind: 'done', output: Buffer.from(output) });
      this.started.push({ order, end, print });
      this.#onStart();
    });

  /** The next command that the test has not seen, once it has started. */
  async next(): Promise<FakeCommand> {
    for (;;) {
      const command = this.started[this.#seen];
      if (command !== undefined) {
        this.#seen += 1;
        return command;
      }
      await new Promise<void>((resolve) => {
        this.#onStart = resolve;
      });
    }
  }
}

/** Of a command that failed. */
export const EXIT_1: CommandResult = { kind: 'failed', how: 'ended with exit code 1' };
export const DONE: CommandResult = { kind: 'done', output: Buffer.alloc(0) };

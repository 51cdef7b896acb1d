import { Command } from 'commander';

/** Lets arguments in that are too many: its action says what they are, and where they belong. */
export class OpenEndedCommand extends Command {
  override copyInheritedSettings(source: Command): this {
    return super.copyInheritedSettings(source).allowExcessArguments();
  }
}

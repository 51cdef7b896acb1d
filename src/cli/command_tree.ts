import type { Argument, Command, Option } from 'commander';

/** A command and all below it, as far as completion and the man page need them. */
export interface CommandNode {
  readonly name: string;
  readonly summary: string;
  readonly children: readonly CommandNode[];
  readonly arguments: readonly ArgumentNode[];
  readonly options: readonly OptionNode[];
}

export interface ArgumentNode {
  readonly name: string;
  readonly variadic: boolean;
}

export interface OptionNode {
  /** `--mode`, and `-m` where there is one. */
  readonly names: readonly string[];
  /** `mode` of `--mode <mode>`; undefined where it takes none. */
  readonly valueName: string | undefined;
  /** Whether its value may be left out. */
  readonly optional: boolean;
  readonly summary: string;
}

/** What a command is made of; what is hidden stays so. */
export function treeOf(command: Command): CommandNode {
  const help = command.createHelp();
  return {
    name: command.name(),
    summary: command.summary() || command.description(),
    children: help.visibleCommands(command).map(treeOf),
    arguments: command.registeredArguments.map(argumentNode),
    options: help.visibleOptions(command).map(optionNode),
  };
}

function argumentNode(argument: Argument): ArgumentNode {
  return { name: argument.name(), variadic: argument.variadic };
}

function optionNode(option: Option): OptionNode {
  const names = [option.long, option.short].filter((name) => typeof name === 'string');
  return {
    names,
    valueName: /[<[]([^>\]]+?)(?:\.\.\.)?[>\]]/.exec(option.flags)?.[1],
    optional: option.optional,
    summary: option.description,
  };
}

import { type CommandResult, howItFailed, type runShellCommand } from '../os/shell_command.js';

/** What secrets' commands are run with. */
export interface HookParts {
  readonly environment: NodeJS.ProcessEnv;
  readonly commandTimeoutMs: () => number;
  readonly run: typeof runShellCommand;
}

export interface HookOrder {
  readonly command: string;
  /** The secret. */
  readonly name: string;
  readonly leaseId?: string;
  readonly clientId?: string;
  /** All that it can read; undefined: nothing. */
  readonly input?: Uint8Array | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Runs a command of a secret. `maxOutputBytes`: undefined where nobody wants to know what it prints. */
export function runHook(parts: HookParts, order: HookOrder, maxOutputBytes?: number): Promise<CommandResult> {
  const { command, input, signal } = order;
  return parts.run({
    command,
    input,
    environment: environmentOf(parts.environment, order),
    timeLimitMs: parts.commandTimeoutMs(),
    maxOutputBytes,
    signal,
  });
}

/** What went wrong, in words that follow "the command"; empty where nothing did. Nothing of the command's output. */
export function failureOf(result: CommandResult): string {
  return howItFailed(result, 'secrets.commandTimeout');
}

function environmentOf(environment: NodeJS.ProcessEnv, { name, leaseId, clientId }: HookOrder): NodeJS.ProcessEnv {
  return {
    ...environment,
    TENURE_SECRET_NAME: name,
    ...(leaseId === undefined ? {} : { TENURE_LEASE_ID: leaseId }),
    ...(clientId === undefined ? {} : { TENURE_CLIENT_ID: clientId }),
  };
}

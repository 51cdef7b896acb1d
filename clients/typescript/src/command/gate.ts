import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { Socket } from 'node:net';
import { commandStdio, type StandardFds } from './start_command.js';

/**
 * The gate: a shell that waits for one line on a descriptor of its own, then
 * closes it and becomes the command, so that the command's pid is known and
 * attached to the lease before it runs. When the pipe ends without the line,
 * for instance because this process was killed, the command never runs.
 *
 * POSIX shells take one digit in a redirection, hence 3 to 9.
 */
const GATE_FDS = [3, 4, 5, 6, 7, 8, 9] as const;

const script = (fd: number) => `IFS= read -r go <&${fd} && [ "$go" = go ] || exit 75; exec ${fd}<&-; exec "$0" "$@"`;

export interface GatedCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
  /** Default: the caller's. */
  readonly cwd?: string | undefined;
  /** Default: the caller's own. */
  readonly standardFds?: StandardFds | undefined;
  /** Descriptors from 3 up that the command is to get as they are. */
  readonly passFds: readonly number[];
  /** Descriptors from 3 up that must not be overwritten; `passFds` among them. */
  readonly busyFds: readonly number[];
  /** Whether it leads a session, and so a process group, of its own. */
  readonly ownGroup: boolean;
}

export interface GatedChild {
  readonly child: ChildProcess;
  /** Lets the command run. */
  open(): void;
  /** Ends the child before the command runs. */
  abandon(): void;
}

/** The descriptor that a gate would use; undefined where 3 to 9 are all busy, and there can be none. */
export function freeGateFd(busyFds: readonly number[]): number | undefined {
  return GATE_FDS.find((fd) => !busyFds.includes(fd));
}

/** @throws Error where no descriptor is free; `freeGateFd` tells before. */
export function spawnGated(gated: GatedCommand): GatedChild {
  const gateFd = freeGateFd(gated.busyFds);
  if (gateFd === undefined) throw new Error('descriptors 3 to 9 are all in use; a command needs one of them');
  const child = spawn(gateShell(gated.environment), ['-c', script(gateFd), gated.command, ...gated.args], {
    argv0: 'sh',
    env: gated.environment,
    cwd: gated.cwd,
    stdio: commandStdio(gated.standardFds, gated.passFds, gateFd),
    detached: gated.ownGroup,
  });
  const pipe = [...child.stdio][gateFd];
  const socket = pipe instanceof Socket ? pipe : undefined;
  // A child that died at the gate is seen by its exit.
  socket?.on('error', () => socket.destroy());
  return {
    child,
    open: () => {
      socket?.end('go\n', () => socket.destroy());
    },
    abandon: () => {
      socket?.destroy();
    },
  };
}

/**
 * Some shells drop variables that they can't name, such as functions that
 * bash exported; bash keeps them.
 */
function gateShell(environment: NodeJS.ProcessEnv): string {
  if (Object.keys(environment).every((name) => /^[A-Za-z_][A-Za-z0-9_]*$/.test(name))) return '/bin/sh';
  try {
    accessSync('/bin/bash', constants.X_OK);
    return '/bin/bash';
  } catch {
    return '/bin/sh';
  }
}

import { SESSION_VARIABLE } from '../stopping/marked_processes.js';

/** Longest text of one variable: the kernel takes none of more than 128 KiB. */
const MAX_CHARACTERS = 4_096;

/**
 * All variables of a command that runs beside a session, such as a hook. It
 * is told of the session and is none of its processes: no stop ends it, no
 * lease waits for it. So the marker, and what else the daemon may have
 * inherited from a session that it was started in, is left out.
 */
export function hookEnvironment(
  environment: NodeJS.ProcessEnv,
  variables: Readonly<Record<string, string>>,
): NodeJS.ProcessEnv {
  const isOfSession = (name: string): boolean =>
    name === SESSION_VARIABLE || name === 'TENURE_LEASES' || name.startsWith('TENURE_SESSION_');
  const own = Object.entries(environment).filter(([name]) => !isOfSession(name));
  const told = Object.entries(variables).map(([name, text]) => [name, asVariable(text)] as const);
  return Object.fromEntries([...own, ...told]);
}

function asVariable(text: string): string {
  return text.replaceAll('\0', '').slice(0, MAX_CHARACTERS);
}

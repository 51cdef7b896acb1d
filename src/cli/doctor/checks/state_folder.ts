import { dirname, isAbsolute, join, normalize } from 'node:path';

/**
 * Says why XDG_STATE_HOME does not decide where the state folder is: what the
 * first start on this machine wrote down does. Undefined: there is nothing to say.
 */
export function stateFolderNote(environment: NodeJS.ProcessEnv, stateDir: string): string | undefined {
  const base = environment['XDG_STATE_HOME'];
  const isNamed = (environment['TENURE_STATE_DIR'] ?? '') !== '';
  if (isNamed || base === undefined || !isAbsolute(base)) return undefined;
  // Below it there is a folder for each machine.
  if (dirname(normalize(stateDir)) === join(base, 'tenure')) return undefined;
  return (
    `XDG_STATE_HOME is ${base}, but the state folder is ${stateDir}: ` +
    'the pointer in ~/.local/state/tenure says so since the first start; TENURE_STATE_DIR chooses another'
  );
}

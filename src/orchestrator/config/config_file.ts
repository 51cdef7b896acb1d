import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { type OrchestratorConfig, parseConfig } from './config_text.js';
import { Refusal } from './refusal.js';

const FILE_NAME = 'orchestrator.yaml';

/** The file that is meant: the one named, else the one here, else the user's own. */
export function findConfigFile(named: string | undefined, environment: NodeJS.ProcessEnv): string {
  if (named !== undefined) return resolve(named);
  const home = environment['XDG_CONFIG_HOME'] || join(homedir(), '.config');
  const places = [resolve(FILE_NAME), join(home, 'tenure', FILE_NAME)];
  const found = places.find((path) => existsSync(path));
  if (found !== undefined) return found;
  throw new Refusal('missing', `there is no ${places.join(' and no ')}`, 'name a file with --config FILE');
}

/** @throws Refusal with all that is wrong with the file. */
export function readConfigFile(path: string): OrchestratorConfig {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new Refusal('missing', `${path} can't be read (${code})`, 'name a file with --config FILE');
  }
  const parsed = parseConfig(text, path);
  if ('config' in parsed) return parsed.config;
  const { faults } = parsed;
  const count = faults.length === 1 ? 'a fault' : `${faults.length} faults`;
  const listed = faults.map(({ line, message }) => `  ${line === undefined ? '' : `line ${line}: `}${message}`);
  throw new Refusal('invalid', [`${path} has ${count}:`, ...listed].join('\n'), undefined);
}

import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { errnoOf, messageOf } from '../../os/errno.js';
import type { ConfigChoice } from '../paths.js';
import { systemUsers } from '../user_database.js';
import { type Config, DEFAULT_CONFIG } from './config.js';
import { ConfigInvalid } from './config_faults.js';

/** A configuration of people is a few kilobytes. */
const MAX_BYTES = 1024 * 1024;

const OTHERS_WRITE = 0o002;

export interface LoadedConfig {
  readonly config: Config;
  /** The file; undefined where there is none and all is default. */
  readonly path: string | undefined;
}

/** Reads and checks the configuration; throws ConfigInvalid with all its faults. */
export async function loadConfig(choice: ConfigChoice, ownUid: number): Promise<LoadedConfig> {
  const { path } = choice;
  if (path === undefined) return { config: DEFAULT_CONFIG, path: undefined };
  const text = readText(path, choice.explicit, ownUid);
  if (text === undefined) return { config: DEFAULT_CONFIG, path: undefined };
  // The parser and the schema take longer to load than all the rest of the start: only where there is a file.
  const { parseConfig } = await import('./config_text.js');
  const parsed = await parseConfig(text, systemUsers);
  switch (parsed.kind) {
    case 'config':
      return { config: parsed.config, path };
    case 'faults':
      throw new ConfigInvalid(path, parsed.faults);
    default:
      return parsed satisfies never;
  }
}

function readText(path: string, explicit: boolean, ownUid: number): string | undefined {
  const refuse = (message: string): ConfigInvalid => new ConfigInvalid(path, [{ line: undefined, message }]);
  let file: number;
  try {
    // Without O_NONBLOCK a pipe would keep the daemon waiting for ever.
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') {
      if (!explicit) return undefined;
      throw refuse('there is no such file; make it, or name another one');
    }
    throw refuse(`cannot be read: ${messageOf(error)}`);
  }
  try {
    const facts = fstatSync(file);
    if (!facts.isFile()) throw refuse('is not a file');
    // It names commands that the daemon runs, and who may do what.
    if (facts.uid !== ownUid && facts.uid !== 0)
      throw refuse(`belongs to uid ${facts.uid}; it must be yours or root's`);
    if ((facts.mode & OTHERS_WRITE) !== 0) throw refuse('may be written by everybody; take that away (chmod o-w)');
    if (facts.size > MAX_BYTES) throw refuse(`has ${facts.size} bytes; expected at most ${MAX_BYTES}`);
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file));
  } catch (error) {
    if (error instanceof TypeError) throw refuse('is not UTF-8 text');
    throw error;
  } finally {
    closeSync(file);
  }
}

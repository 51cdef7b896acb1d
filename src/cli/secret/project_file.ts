import { readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { ExitCode } from '../exit_codes.js';
import { Failure } from '../failure.js';
import { printable } from '../style.js';
import { systemWords } from '../system_words.js';
import { jsonFault } from './json_text.js';
import { checkProject } from './project_schema.js';

const PROJECT_FILE = '.secrets.json';

/** A secret that a project wants, and the variable that its value goes into. */
export interface ProjectSecret {
  readonly name: string;
  readonly envVar: string;
  /** Undefined: as the daemon's policies say. */
  readonly ttlMs: number | undefined;
}

export interface Project {
  /** Absolute. */
  readonly path: string;
  readonly secrets: readonly ProjectSecret[];
  readonly clientId: string | undefined;
  /** Absolute. */
  readonly envFile: string;
}

/**
 * Reads the project file: the one named, else the nearest `.secrets.json` from
 * the folder upward.
 *
 * @throws Failure where there is none, or with all of its faults.
 */
export function readProject(named: string | undefined, folder: string): Project {
  const path = named === undefined ? findProjectFile(folder) : resolve(folder, named);
  if (path === undefined) {
    throw new Failure(
      'PROJECT_FILE_NOT_FOUND',
      ExitCode.NO_INPUT,
      `there is no ${PROJECT_FILE} in ${printable(folder)}, nor in a folder above it`,
      'write one: {"secrets":[{"name":"team/github-token","env_var":"GITHUB_TOKEN"}]}',
    );
  }
  const checked = checkProject(parse(path));
  if ('faults' in checked) throw invalid(path, checked.faults);
  const { secrets, client_id, ttl, env_file } = checked.project;
  return {
    path,
    secrets: secrets.map((secret) => ({ name: secret.name, envVar: secret.env_var, ttlMs: secret.ttl ?? ttl })),
    clientId: client_id,
    envFile: resolve(dirname(path), env_file ?? '.env'),
  };
}

function findProjectFile(from: string): string | undefined {
  for (let folder = resolve(from); ; folder = dirname(folder)) {
    const path = join(folder, PROJECT_FILE);
    if (isFile(path)) return path;
    if (folder === dirname(folder)) return undefined;
  }
}

function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    // What can't be looked at is not found.
    return false;
  }
}

function parse(path: string): unknown {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    const missing = code === 'ENOENT' || code === 'ENOTDIR';
    throw new Failure(
      missing ? 'PROJECT_FILE_NOT_FOUND' : 'PROJECT_FILE_UNREADABLE',
      missing ? ExitCode.NO_INPUT : ExitCode.CONFIG,
      `the project file ${printable(path)} ${missing ? 'is not there' : `can't be read: ${systemWords(error)}`}`,
    );
  }
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    throw invalid(path, [`the file ${jsonFault(text, error)}`]);
  }
}

function invalid(path: string, faults: readonly string[]): Failure {
  const count = faults.length === 1 ? 'a fault' : `${faults.length} faults`;
  const lines = faults.map((fault) => `  ${printable(fault)}`);
  const message = [`the project file ${printable(path)} has ${count}:`, ...lines].join('\n');
  return new Failure('PROJECT_FILE_INVALID', ExitCode.CONFIG, message);
}

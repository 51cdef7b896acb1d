import { readFileSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { text } from 'node:stream/consumers';
import type { LaunchSessionFields } from '@tenure/client';
import type { Command } from 'commander';
import { ExitCode } from '../exit_codes.js';
import { Failure, UsageFailure } from '../failure.js';
import { printable } from '../style.js';
import { systemWords } from '../system_words.js';

/** As the daemon bounds both. */
const MAX_BYTES = 1_000_000;

/** What an agent is to work on. */
export interface WorkOptions {
  readonly workUnit?: string;
  readonly request?: string;
  readonly artifact?: string;
}

export function addWorkOptions(command: Command): Command {
  return command
    .option('--work-unit <id>', 'a unit of work that the agent can look up')
    .option('--request <text>', "what to do, in words; '-' reads it from standard input")
    .option('--artifact <file>', 'a file to work on, at most 1 MB');
}

/** The first option of these that is given. */
export function strayWorkOption({ workUnit, request, artifact }: WorkOptions): string | undefined {
  if (workUnit !== undefined) return '--work-unit';
  if (request !== undefined) return '--request';
  return artifact === undefined ? undefined : '--artifact';
}

/** Of at most one option; undefined where there is none. */
export async function workOf({ workUnit, request, artifact }: WorkOptions): Promise<LaunchSessionFields['work']> {
  const given = [workUnit, request, artifact].filter((one) => one !== undefined);
  if (given.length > 1) throw new UsageFailure('give one of --work-unit, --request and --artifact');
  if (workUnit !== undefined) return { $case: 'workUnit', value: workUnit };
  if (request !== undefined) {
    const value = request === '-' ? await text(process.stdin) : request;
    if (Buffer.byteLength(value) <= MAX_BYTES) return { $case: 'request', value };
    throw new UsageFailure(
      'the request has more than 1 MB',
      'put what is long into a file of the repository, and name it',
    );
  }
  if (artifact === undefined) return undefined;
  return { $case: 'artifact', value: { name: basename(artifact), content: readArtifact(artifact) } };
}

function readArtifact(path: string): Buffer {
  const unreadable = (why: string): Failure =>
    new Failure('ARTIFACT_UNREADABLE', ExitCode.NO_INPUT, `the artifact ${printable(path)} can't be read: ${why}`);
  try {
    const facts = statSync(path);
    if (!facts.isFile()) throw unreadable('it is no file');
    if (facts.size > MAX_BYTES) throw unreadable('it has more than 1 MB');
    return readFileSync(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error) throw unreadable(systemWords(error));
    throw error;
  }
}

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { isRunning, readStartTicks } from '../../../src/os/process_facts.js';
import { ExternalAdapter, type ExternalLimits } from '../../../src/session/external/external_adapter.js';
import { temporaryFolder } from '../../daemon/temporary_folder.js';
import { until } from '../../os/child_process.js';

/** Generous: these machines are busy. */
const LIMITS: ExternalLimits = { quickMs: 30_000, askMs: 30_000, idleMs: 60_000, pollMs: 10 };

/**
 * An adapter that does all right, but for what `take` makes of a request.
 * `say` prints a line, `usual` is the right answer, `runs` counts its
 * processes, the first one being 1.
 */
const BASE = `
const { appendFileSync, readFileSync } = require('node:fs');
const { spawn } = require('node:child_process');
appendFileSync('pids', process.pid + '\\n');
const runs = readFileSync('pids', 'utf8').split('\\n').length - 1;
const print = (text) => process.stdout.write(text);
const say = (value) => print(JSON.stringify(value) + '\\n');
const usual = ({ id, method }) => {
  if (method === 'hello') return { id, result: { protocol: 1 } };
  if (method === 'discover') return { id, result: { sessions: [{ id: 'one', state: 'idle' }] } };
  return { id, error: { code: 'unsupported', message: 'not ' + method } };
};
require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => take(JSON.parse(line)));
`;

export interface Scripted {
  readonly adapter: ExternalAdapter;
  readonly folder: string;
  /** Of all processes of it so far. */
  pids(): readonly number[];
  /** Resolves once the process that tells its pid in a file of the folder is gone. */
  gone(file: string): Promise<void>;
}

/** @param take statements of JavaScript that answer `request`. */
export function scripted(
  t: TestContext,
  take: string,
  { limits = {}, setup = '' }: { limits?: Partial<ExternalLimits>; setup?: string } = {},
): Scripted {
  const folder = temporaryFolder(t);
  const script = scriptOf(folder, take, setup);
  const adapter = new ExternalAdapter({
    name: 'scripted',
    command: [process.execPath, '-e', script],
    environment: process.env,
    limits: { ...LIMITS, ...limits },
  });
  t.after(() => adapter.close());
  const pidsIn = (file: string): readonly number[] =>
    existsSync(join(folder, file)) ? readFileSync(join(folder, file), 'utf8').trim().split('\n').map(Number) : [];
  return {
    adapter,
    folder,
    pids: () => pidsIn('pids'),
    gone: async (file) => {
      await until(() => pidsIn(file).length > 0, `the process of ${file} tells its pid`);
      for (const pid of pidsIn(file)) await until(() => !isAlive(pid), `the process of ${file} is gone`);
    },
  };
}

/** For `node -e`. */
export function scriptOf(folder: string, take: string, setup = ''): string {
  return `process.chdir(${JSON.stringify(folder)});${setup};${BASE};function take(request) { ${take} }`;
}

export function isAlive(pid: number): boolean {
  const startTicks = readStartTicks(pid);
  return startTicks !== undefined && isRunning(pid, startTicks);
}

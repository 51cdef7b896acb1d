import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { containers } from './containers.js';
import { deathToGrant } from './death_to_grant.js';
import { type Figure, isMet, jsonOf, lineOf } from './figure.js';
import { holdPairs } from './hold_pairs.js';
import { manyLeases } from './many_leases.js';
import { manySessions } from './many_sessions.js';
import { memory } from './memory.js';
import { secrets } from './secrets.js';
import { startUp } from './start_up.js';
import { telemetry } from './telemetry.js';
import { unaryPairs } from './unary_pairs.js';
import { Workshop } from './workshop.js';

const PARTS: Readonly<Record<string, (workshop: Workshop) => Promise<void>>> = {
  unary: unaryPairs,
  hold: holdPairs,
  death: deathToGrant,
  start: startUp,
  memory,
  many: manyLeases,
  sessions: manySessions,
  secrets,
  containers,
  telemetry,
};

const USAGE = `npm run bench -- [${Object.keys(PARTS).join('|')}]… [--json FILE] [--cpu-prof FOLDER] [--no-build]`;

function readArguments() {
  return parseArgs({
    allowPositionals: true,
    options: {
      /** Writes the figures to a file too; - for standard output alone. */
      json: { type: 'string' },
      /** Daemons write CPU profiles there. */
      'cpu-prof': { type: 'string' },
      'no-build': { type: 'boolean', default: false },
    },
  });
}

/** What users run must be what the sources say. */
function buildBundles(): void {
  const script = join(import.meta.dirname, '..', '..', '.ci', 'build.mjs');
  const { status } = spawnSync(process.execPath, [script], { stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0) throw new Error('the build failed');
}

async function run(names: readonly string[], profileFolder: string | undefined, onFigure: (figure: Figure) => void) {
  for (const name of names) {
    const part = PARTS[name];
    if (part === undefined) throw new Error(`no part ${name}; ${USAGE}`);
    const workshop = new Workshop(onFigure, profileFolder);
    const abandon = (cause: unknown): void => {
      workshop.abandon();
      console.error(cause);
      process.exit(1);
    };
    const ends = ['SIGINT', 'SIGTERM', 'uncaughtException', 'unhandledRejection'];
    for (const end of ends) process.once(end, abandon);
    try {
      await part(workshop);
      await workshop.end();
    } finally {
      workshop.abandon();
      for (const end of ends) process.removeListener(end, abandon);
    }
  }
}

const { values, positionals } = readArguments();
const profileFolder = values['cpu-prof'] === undefined ? undefined : resolve(values['cpu-prof']);
const quiet = values.json === '-';
const say = (line: string): void => {
  if (!quiet) console.log(line);
};
if (!values['no-build']) buildBundles();

const figures: Figure[] = [];
const begin = performance.now();
const loadBefore = loadavg()[0] ?? 0;
say(`node ${process.version}, ${availableParallelism()} CPUs, load ${loadBefore.toFixed(1)}`);
await run(positionals.length > 0 ? positionals : Object.keys(PARTS), profileFolder, (figure) => {
  figures.push(figure);
  say(lineOf(figure));
});
const seconds = (performance.now() - begin) / 1000;
const missed = figures.filter((figure) => isMet(figure) === false).length;
say(`${figures.length} figures in ${seconds.toFixed(0)} s, ${missed} of the targets missed`);
if (values.json !== undefined) {
  const machine = { node: process.version, cpus: availableParallelism(), loadBefore, loadAfter: loadavg()[0] };
  const text = `${JSON.stringify({ ...machine, seconds, figures: figures.map(jsonOf) }, undefined, 2)}\n`;
  if (quiet) process.stdout.write(text);
  else writeFileSync(values.json, text);
}

import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { LeaseLiveness } from '@tenure/client/gen/tenure/lease/v1/lease';
import { grantedToken, HoldStub } from './hold_stub.js';
import { acquireRequest, ownerTokenOf } from './requests.js';
import { type Contender, describe, inRounds, type Measured } from './rounds.js';
import { confidenceOf, median, ratios } from './statistics.js';
import { CLI, DAEMON, type Daemon, type Workshop } from './workshop.js';

const OFF_TARGET = { bound: 'at most', value: 1.05 } as const;
const ON_TARGET = { bound: 'at most', value: 1.2 } as const;
const SAMPLED = { OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.01' };
const ROUNDS = 30;
/** `dist` of a build without telemetry, to compare with. */
const BEFORE = process.env['TENURE_BENCH_BEFORE'];

interface Candidate {
  readonly name: string;
  readonly cli: string;
  readonly daemon: string;
  readonly env: NodeJS.ProcessEnv;
}

/** What telemetry costs where it is off, beside a build that has none, and where it is on, beside one where it is off. */
export async function telemetry(workshop: Workshop): Promise<void> {
  const on = { OTEL_EXPORTER_OTLP_ENDPOINT: await collector(workshop), ...SAMPLED };
  const hanging = { PATH: `${hangingJoelclaw(workshop)}:${process.env['PATH']}` };
  const off: Candidate = { name: 'off', cli: CLI, daemon: DAEMON, env: {} };
  const before = beforeOf();
  const others: readonly Candidate[] = [
    { ...off, name: 'on at 1 %', env: on },
    { ...off, name: 'a command for events that hangs', env: hanging },
  ];
  await compare(workshop, off, others, ON_TARGET);
  if (before === undefined) return;
  await compare(workshop, before, [off], OFF_TARGET);
  await compareStarts(workshop, before, off);
}

function beforeOf(): Candidate | undefined {
  if (BEFORE === undefined) return undefined;
  const [cli, daemon] = [join(BEFORE, 'tenure.cjs'), join(BEFORE, 'tenured.cjs')];
  if (!existsSync(daemon)) throw new Error(`TENURE_BENCH_BEFORE names no build: there is no ${daemon}`);
  return { name: 'before', cli, daemon, env: {} };
}

/** A collector that takes everything and looks at nothing. */
async function collector(workshop: Workshop): Promise<string> {
  const server = createServer((request, response) => {
    request.resume();
    request.on('end', () => response.setHeader('content-type', 'application/json').end('{}'));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  workshop.closing({
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A folder with a joelclaw that never ends. */
function hangingJoelclaw(workshop: Workshop): string {
  const folder = workshop.newFolder();
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'joelclaw');
  writeFileSync(file, '#!/bin/sh\nexec sleep 1000\n');
  chmodSync(file, 0o755);
  return folder;
}

/** Acquire and release, by single calls and on the standing connection. */
async function compare(
  workshop: Workshop,
  baseline: Candidate,
  others: readonly Candidate[],
  target: typeof OFF_TARGET | typeof ON_TARGET,
): Promise<void> {
  const daemons = new Map<Candidate, Daemon>();
  for (const each of [baseline, ...others]) {
    daemons.set(each, await workshop.startDaemon(workshop.newFolder(), each.env, each.daemon));
  }
  const kinds = { 'unary 64': [unaryPairs, 64], 'unary 1': [unaryPairs, 1], 'hold 64': [holdPairs, 64] } as const;
  for (const [kind, [pairs, inFlight]] of Object.entries(kinds)) {
    const contenders = [...daemons].map(([{ name }, daemon]) => pairs(workshop, daemon, name, inFlight));
    const measured = await inRounds(contenders, ROUNDS);
    const base = measured.get(baseline.name);
    for (const { name } of others) {
      const result = measured.get(name);
      if (result !== undefined && base !== undefined) {
        report(workshop, `telemetry/${kind}, ${name}`, baseline.name, result, base, target);
      }
    }
  }
  for (const { child } of daemons.values()) await child.stop();
}

function report(
  workshop: Workshop,
  name: string,
  of: string,
  result: Measured,
  base: Measured,
  target: typeof OFF_TARGET | typeof ON_TARGET,
): void {
  const cost = ratios(base.rates, result.rates);
  const byCpu = median(ratios(result.serverMicros, base.serverMicros)).toFixed(2);
  workshop.report({
    name,
    value: median(cost),
    range: confidenceOf(cost),
    unit: '×',
    of: `time of a pair, ${of}`,
    target,
    detail: `${byCpu} by the daemon's CPU; ${describe(result)}; ${of} ${describe(base)}`,
  });
}

/** Whole commands, with a daemon of each that runs, and the start of each daemon. */
async function compareStarts(workshop: Workshop, baseline: Candidate, other: Candidate): Promise<void> {
  const runs: [number[], number[]] = [[], []];
  const starts: [number[], number[]] = [[], []];
  const stateDirs = [workshop.newFolder(), workshop.newFolder()] as const;
  const both = [baseline, other] as const;
  const daemons = await Promise.all(
    both.map(({ env, daemon }, index) => workshop.startDaemon(stateDirs[index], env, daemon)),
  );
  for (let round = 0; round <= ROUNDS; round += 1) {
    // The first of a round is another one each time.
    for (const index of round % 2 === 0 ? ([0, 1] as const) : ([1, 0] as const)) {
      const times = [
        await timeOfRun(workshop, both[index], stateDirs[index]),
        await timeOfStart(workshop, both[index]),
      ];
      // The first round finds cold files.
      if (round === 0) continue;
      runs[index].push(times[0] ?? Number.NaN);
      starts[index].push(times[1] ?? Number.NaN);
    }
  }
  for (const { child } of daemons) await child.stop();
  for (const [name, [base, result]] of Object.entries({
    'tenure run X -- true': runs,
    'start of the daemon': starts,
  })) {
    const cost = ratios(result, base);
    workshop.report({
      name: `telemetry/${name}, ${other.name}`,
      value: median(cost),
      range: confidenceOf(cost),
      unit: '×',
      of: baseline.name,
      target: OFF_TARGET,
      detail: `p50 ${median(result).toFixed(0)} ms, ${baseline.name} ${median(base).toFixed(0)} ms`,
    });
  }
}

async function timeOfRun(workshop: Workshop, { cli, env }: Candidate, stateDir: string): Promise<number> {
  const begin = performance.now();
  const child = workshop.start(process.execPath, [cli, 'run', 'bench/run', '--', 'true'], {
    env: { ...workshop.environment(stateDir), ...env },
  });
  const code = await child.ended();
  if (code !== 0) throw new Error(`tenure run ended with ${code}`);
  return performance.now() - begin;
}

async function timeOfStart(workshop: Workshop, { env, daemon }: Candidate): Promise<number> {
  const begin = performance.now();
  const { child } = await workshop.startDaemon(workshop.newFolder(), env, daemon);
  const time = performance.now() - begin;
  await child.stop();
  return time;
}

function unaryPairs(workshop: Workshop, daemon: Daemon, name: string, inFlight: number): Contender {
  const stub = workshop.leaseStub(daemon.socketPath);
  return {
    name,
    inFlight,
    perTurn: 2,
    serverCpu: () => daemon.child.cpu(),
    turn: (chain, done, failed) => {
      stub.acquireLease(acquireRequest(`bench/${chain}`, LeaseLiveness.PROCESS), (refused, acquired) => {
        if (refused !== null) return failed(refused);
        stub.releaseLease({ ownerToken: ownerTokenOf(acquired) }, (error) => (error === null ? done() : failed(error)));
      });
    },
  };
}

function holdPairs(workshop: Workshop, daemon: Daemon, name: string, inFlight: number): Contender {
  let fail = (error: unknown): void => {
    throw error;
  };
  const hold = new HoldStub(workshop, daemon.socketPath, (error) => fail(error));
  return {
    name,
    inFlight,
    perTurn: 2,
    serverCpu: () => daemon.child.cpu(),
    turn: (chain, done, failed) => {
      fail = failed;
      hold.send({ $case: 'acquire', value: acquireRequest(`bench/${chain}`, LeaseLiveness.HOLD) }, (acquired) => {
        hold.send({ $case: 'release', value: { ownerToken: grantedToken(acquired) } }, (released) => {
          if (released.$case === 'released') done();
          else failed(new Error(`not released: ${released.$case}`));
        });
      });
    },
  };
}

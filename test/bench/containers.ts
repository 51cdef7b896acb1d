import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Client } from '@tenure/client';
import { IMAGE, TestPodman } from '../system/test_podman.js';
import { median, quantile, rangeOf } from './statistics.js';
import type { Workshop } from './workshop.js';

const ROUNDS = 25;
const WARM_UP = 3;
const TARGET = { bound: 'at most', value: 150 } as const;

/** What a session in a container takes longer than the bare container, from the launch to the known end. */
export async function containers(workshop: Workshop): Promise<void> {
  if (spawnSync('podman', ['--version']).status !== 0) {
    console.error('no podman here: containers are not measured');
    return;
  }
  const folder = workshop.newFolder();
  mkdirSync(folder, { recursive: true });
  const podman = new TestPodman(folder);
  try {
    const stateDir = workshop.newFolder();
    const config = `${stateDir}.none`;
    mkdirSync(join(config, 'tenure'), { recursive: true });
    writeFileSync(join(config, 'tenure', 'config.yaml'), `agents:\n  bare: {image: '${IMAGE}', command: ['true']}\n`);
    const { socketPath } = await workshop.startDaemon(stateDir, podman.env);
    await measure(workshop, await workshop.connect(socketPath), podman);
  } finally {
    await podman.remove();
  }
}

async function measure(workshop: Workshop, client: Client, podman: TestPodman): Promise<void> {
  const sessions: number[] = [];
  const bare: number[] = [];
  for (let round = 0; round < WARM_UP + ROUNDS; round += 1) {
    const pair = [await timed(() => runSession(client)), await timed(() => podman.run(['run', '--rm', IMAGE, 'true']))];
    if (round < WARM_UP) continue;
    sessions.push(pair[0] ?? 0);
    bare.push(pair[1] ?? 0);
  }
  const over = sessions.map((ms, round) => ms - (bare[round] ?? 0));
  workshop.report({
    name: 'containers/overhead',
    value: median(over),
    range: rangeOf(over),
    unit: 'ms',
    of: 'over podman run --rm',
    target: TARGET,
    detail: `p50 ${median(sessions).toFixed(0)} p90 ${quantile(sessions, 0.9).toFixed(0)} ms, bare ${median(bare).toFixed(0)} ms`,
  });
}

async function runSession(client: Client): Promise<void> {
  const { outcome } = await client.sessions.launchSession({ agent: 'bare' });
  if (outcome?.$case !== 'launched') throw new Error('not launched');
  const { session } = await client.sessions.waitSession({ sessionId: outcome.value.sessionId });
  if (session?.exitCode !== 0) throw new Error(`it did not end well: ${session?.outcomeDetail}`);
}

async function timed(run: () => unknown): Promise<number> {
  const begin = performance.now();
  await run();
  return performance.now() - begin;
}

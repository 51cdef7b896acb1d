import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Client, type TaskRun, TaskRunStatus } from '@tenure/client';
import { z } from 'zod';
import type { Running } from './running.js';
import { until } from './until.js';
import type { CommandOptions, World } from './world.js';

/** What the tests read of `tenure orchestrate --json`. */
const newsJson = z.object({
  kind: z.string(),
  task: z.string().optional(),
  runId: z.string().optional(),
  pid: z.number().optional(),
  text: z.string().optional(),
  end: z
    .object({
      status: z.string(),
      reasonCode: z.string(),
      phase: z.string(),
      error: z.string().optional(),
      exitCode: z.number().optional(),
      blockingTask: z.string().optional(),
      holder: z.object({ pid: z.number(), resource: z.string(), description: z.string() }).optional(),
    })
    .optional(),
});
export type News = z.infer<typeof newsJson>;

/** A running `tenure orchestrate`, and what it tells. */
export class Orchestration {
  readonly running: Running;

  constructor(running: Running) {
    this.running = running;
  }

  news(): News[] {
    const lines = this.running.output(2).split('\n').slice(0, -1);
    return lines.filter((line) => line.startsWith('{')).map((line) => newsJson.parse(JSON.parse(line)));
  }

  /** The first news that is wanted, once it is there. */
  async hear(what: string, isWanted: (news: News) => boolean, withinMs = 30_000): Promise<News> {
    return await until(
      what,
      () => {
        const found = this.news().find(isWanted);
        if (found === undefined && !this.running.isRunning) {
          throw new Error(`it ended before ${what}: ${this.running.output(2)}`);
        }
        return found;
      },
      withinMs,
    );
  }

  async started(task: string): Promise<News> {
    return await this.hear(`the start of ${task}`, (news) => news.kind === 'started' && news.task === task);
  }

  async ended(task: string, status?: string): Promise<NonNullable<News['end']>> {
    const isWanted = (news: News) =>
      news.kind === 'ended' && news.task === task && (status === undefined || news.end?.status === status);
    const { end } = await this.hear(`the end of ${task}`, isWanted);
    if (end === undefined) throw new Error('an end without an end');
    return end;
  }

  /** Stops it in order. */
  async stop(): Promise<number> {
    this.running.kill('SIGTERM');
    return (await this.running.ended).code;
  }
}

/** Writes an orchestrator's file; JSON is YAML too. */
export function writeTasks(world: World, tasks: Readonly<Record<string, object>>, name = 'tasks.yaml'): string {
  const path = join(world.folder, name);
  writeFileSync(path, JSON.stringify({ tasks }));
  return path;
}

/** Starts `tenure orchestrate` with a file. */
export function orchestrate(world: World, path: string, options: CommandOptions = {}): Orchestration {
  return new Orchestration(world.tenure(['orchestrate', '--config', path, '--json'], options));
}

/** Runs one task of a file to its end. */
export async function once(world: World, path: string, task: string, options: CommandOptions = {}) {
  return await world.run(['orchestrate', '--config', path, '--once', task, '--json'], options);
}

/** A task's runs as the daemon has them, the newest first. */
export async function runsOf(client: Client, task: string): Promise<readonly TaskRun[]> {
  const { runs } = await client.tasks.listTaskRuns({ filter: { tasks: [task] }, pageSize: 1_000 });
  return runs;
}

/** The newest run of a task that is as wanted, once there is one. */
export async function recorded(client: Client, task: string, isWanted: (run: TaskRun) => boolean): Promise<TaskRun> {
  return await until(`a run of ${task}`, async () => (await runsOf(client, task)).find(isWanted), 30_000);
}

export const isCompleted = (run: TaskRun): boolean => run.status === TaskRunStatus.COMPLETED;

/**
 * A script that proves exclusion by a lock of its own: it fails, and leaves
 * word, where another one is inside.
 */
export function witness(world: World, name: string, lines: readonly string[]): string {
  const sentinel = join(world.folder, 'sentinel');
  return world.script(name, [
    `exec 9>${sentinel}`,
    `flock -n 9 || { echo "$0" >>${join(world.folder, 'overlaps')}; exit 99; }`,
    ...lines,
  ]);
}

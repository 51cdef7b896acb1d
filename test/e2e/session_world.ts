import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { z } from 'zod';
import { until } from './until.js';
import { type CommandOptions, World, type WorldOptions } from './world.js';

/** What the tests read of a session in `--json`. */
export const sessionJson = z.object({
  sessionId: z.string(),
  adapter: z.string(),
  state: z.string(),
  outcome: z.string().optional(),
  exitCode: z.number().optional(),
  signal: z.number().optional(),
  outcomeDetail: z.string().optional(),
  directory: z.string(),
  group: z.string(),
  stale: z.boolean(),
  process: z.object({ pid: z.number() }).optional(),
  parentSessionId: z.string(),
  worktree: z.object({ path: z.string(), branch: z.string(), repository: z.string() }).optional(),
  leaseIds: z.array(z.string()),
  stop: z.object({ by: z.string(), reason: z.string(), uid: z.number() }).optional(),
  hooks: z.array(z.object({ hook: z.string(), success: z.boolean(), detail: z.string() })),
});
const listJson = z.object({
  sessions: z.array(sessionJson),
  adapters: z.array(z.object({ adapter: z.string(), ok: z.boolean(), error: z.string() })),
});

export type SessionShown = z.infer<typeof sessionJson>;

/** A world with a home of its own, in which no agent has left anything. */
export function sessionWorld(context: TestContext, options: WorldOptions = {}): World {
  const world = new World(context, options);
  const home = join(world.folder, 'home');
  mkdirSync(home);
  world.env['HOME'] = home;
  return world;
}

/** `tenure session launch …`, and the id that it prints. */
export async function launch(world: World, args: readonly string[], options: CommandOptions = {}): Promise<string> {
  const ended = await world.run(['session', 'launch', ...args], options);
  assert.equal(ended.code, 0, ended.stderr);
  assert.match(ended.stdout, /^s[a-z2-7]{12}\n$/);
  return ended.stdout.trim();
}

export async function status(world: World, id: string): Promise<SessionShown> {
  return z.object({ session: sessionJson }).parse(await world.json(['session', 'status', id])).session;
}

export async function list(world: World, ...args: string[]): Promise<z.infer<typeof listJson>> {
  return listJson.parse(await world.json(['session', 'list', ...args]));
}

/** What a session has printed, once it matches. */
export async function untilPrinted(world: World, id: string, pattern: RegExp): Promise<string> {
  const follow = world.tenure(['session', 'logs', '-f', id]);
  try {
    return await follow.line(pattern);
  } finally {
    follow.kill('SIGKILL');
    await follow.ended;
  }
}

export async function untilEnded(world: World, id: string): Promise<SessionShown> {
  await world.run(['session', 'wait', id]);
  return await status(world, id);
}

export async function untilGone(pid: number): Promise<void> {
  await until(`${pid} to be gone`, () => !isThere(pid));
}

/** A zombie is gone; whoever is to reap it may take its time. */
export function isThere(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2)[0] !== 'Z';
  } catch {
    return false;
  }
}

import type { TestContext } from 'node:test';
import { temporaryFolder } from '../daemon/temporary_folder.js';
import { sessionWorld } from '../e2e/session_world.js';
import type { World, WorldOptions } from '../e2e/world.js';
import { TestPodman } from './test_podman.js';

export interface AgentsWorld {
  readonly world: World;
  readonly podman: TestPodman;
}

/** A world whose daemon uses a podman of the test's own; `agents` is the text below that key. */
export function agentsWorld(context: TestContext, agents: string, options: WorldOptions = {}): AgentsWorld {
  const podman = podmanFor(context);
  return { podman, world: worldWith(context, podman, agents, options) };
}

export function worldWith(context: TestContext, podman: TestPodman, agents: string, options: WorldOptions = {}): World {
  const { PATH, ...env } = podman.env;
  const world = sessionWorld(context, { config: `agents:\n${agents}`, ...options, env: { ...env, ...options.env } });
  world.env['PATH'] = `${PATH?.split(':')[0]}:${world.env['PATH']}`;
  return world;
}

/** Empty at the test's end, before its folders go. */
export function podmanFor(context: TestContext, storage?: string): TestPodman {
  let podman: TestPodman | undefined;
  context.after(() => podman?.remove());
  podman = new TestPodman(temporaryFolder(context), storage);
  return podman;
}

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { World, type WorldOptions } from './world.js';

/** A world whose daemon has a vault with these secrets. */
export async function worldWithSecrets(
  context: TestContext,
  secrets: Readonly<Record<string, string | Buffer>>,
  options: WorldOptions = {},
): Promise<World> {
  const world = new World(context, options);
  await world.startDaemon();
  const client = await world.connect();
  await client.secrets.initVault();
  for (const [name, value] of Object.entries(secrets)) {
    await client.secrets.putSecret({ name, content: { $case: 'value', value: Buffer.from(value) } });
  }
  return world;
}

/** Writes the project file of the world's folder: variables and their secrets. */
export function writeProject(
  world: World,
  variables: Readonly<Record<string, string>>,
  rest: Readonly<Record<string, unknown>> = {},
): void {
  const secrets = Object.entries(variables).map(([env_var, name]) => ({ env_var, name }));
  writeFileSync(join(world.folder, '.secrets.json'), JSON.stringify({ secrets, ...rest }));
}

import { join } from 'node:path';
import { build } from 'esbuild';
import { z } from 'zod';
import type { Running } from './running.js';
import type { World } from './world.js';

const leasedJson = z.array(
  z.object({
    clientId: z.string(),
    name: z.string(),
    leaseId: z.string(),
    replaced: z.boolean(),
    value: z.string(),
  }),
);

export type Leased = z.output<typeof leasedJson>[number];

/** Starts programs that lease secrets; see secret_client_process.ts. */
export class SecretClients {
  readonly #world: World;
  readonly #program: string;

  private constructor(world: World, program: string) {
    this.#world = world;
    this.#program = program;
  }

  /** Compiled once: what is started 50 times must start quickly. */
  static async of(world: World): Promise<SecretClients> {
    const outfile = join(world.folder, 'secret_client.cjs');
    await build({
      absWorkingDir: join(import.meta.dirname, '..', '..'),
      entryPoints: [join(import.meta.dirname, 'secret_client_process.ts')],
      outfile,
      bundle: true,
      platform: 'node',
      target: 'node20',
      conditions: ['tenure-source'],
      external: ['@grpc/proto-loader'],
      logLevel: 'warning',
    });
    return new SecretClients(world, outfile);
  }

  /** A program that is connected, and waits for `ask`. */
  async start(clientIds: readonly string[], names: readonly string[]): Promise<Running> {
    const args = [this.#program, this.#world.socketPath, clientIds.join(','), names.join(',')];
    const program = this.#world.start(process.execPath, args);
    await program.line(/^ready$/);
    return program;
  }

  /** One life of one client, from its start to what it got. */
  async once(clientId: string, names: readonly string[]): Promise<readonly Leased[]> {
    const program = await this.start([clientId], names);
    program.kill('SIGUSR2');
    return await leasedBy(program);
  }
}

/** What a program got. */
export async function leasedBy(program: Running): Promise<readonly Leased[]> {
  return leasedJson.parse(JSON.parse(await program.line(/^\[/)));
}

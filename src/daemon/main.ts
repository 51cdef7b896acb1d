/** The daemon's entry. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { readEarly, wantsTelemetry } from './early_start.js';
import { runDaemon } from './program.js';

/** The same daemon as OpenTelemetry can see it; not there when run from the sources. */
const TRACED = join(import.meta.dirname, 'daemon-traced.cjs');

async function main(): Promise<void> {
  const configuration = await readEarly(process.env);
  if (configuration !== undefined && wantsTelemetry(process.env, configuration.loaded.config) && existsSync(TRACED)) {
    createRequire(TRACED)(TRACED);
    return;
  }
  await runDaemon({ configuration });
}

void main();

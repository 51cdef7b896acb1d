/**
 * An orchestrator in a process of its own whose ten minutes pass in fifteen
 * seconds: `node … orchestrator_program.ts SOCKET ID STATE_FOLDER WITNESS`.
 */
import { connect } from '@tenure/client';
import { type Clock, createOrchestrator, type TaskOptions } from '../../src/orchestrator/index.js';

/** Seconds of the schedule in a second of the machine. */
const PACE = 40;
const SCHEDULE_MS = 10 * 60_000;
const MINUTE = 60_000;

const [socketPath = '', id = '', stateFolder = '', witness = ''] = process.argv.slice(2);
const begin = performance.now();
const epoch = Date.UTC(2026, 0, 1);
const clock: Clock = {
  now: () => epoch + (performance.now() - begin) * PACE,
  after: (milliseconds, callback) => {
    const timer = setTimeout(callback, milliseconds / PACE);
    return () => clearTimeout(timer);
  },
};
const heavy = (name: string, everyMs: number, more: Partial<TaskOptions> = {}): TaskOptions => ({
  name,
  command: [witness, name],
  everyMs,
  lease: 'heavy-maintenance',
  ...more,
});

const client = await connect({ socketPath, autostart: false });
const orchestrator = createOrchestrator({
  client,
  id,
  stateFolder,
  clock,
  tasks: [
    heavy('summary', MINUTE),
    heavy('kb-sync', 1.5 * MINUTE),
    heavy('backup', 2 * MINUTE, { wait: 'forever', priority: 10 }),
    heavy('primary-sync', 2.5 * MINUTE, { wait: 'forever', overlap: 'queue' }),
    heavy('dream', 3 * MINUTE, { wait: 'forever', priority: -10 }),
  ],
});
orchestrator.start();
await new Promise((resolve) => setTimeout(resolve, SCHEDULE_MS / PACE));
await orchestrator.stop();
await client.close();

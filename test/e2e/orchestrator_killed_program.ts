/** An orchestrator that is killed as soon as its service is a process: `node … orchestrator_killed_program.ts STATE_FOLDER COMMAND`. */
import { createOrchestrator } from '../../src/orchestrator/index.js';

const [stateFolder = '', command = ''] = process.argv.slice(2);
createOrchestrator({
  client: () => Promise.reject(new Error('no daemon is needed')),
  stateFolder,
  outputs: {
    use: async (_, work) => {
      const started = await work(['ignore', 'ignore', 'ignore']);
      process.kill(process.pid, 'SIGKILL');
      return started;
    },
    bound: () => undefined,
  },
  tasks: [{ name: 'web', command: [command], service: true }],
}).start();

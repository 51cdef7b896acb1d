import { execFile } from 'node:child_process';
import { z } from 'zod';
import { daemonCommand } from '../connection.js';

/** Decrypting the vault and reading a store of some hundred megabytes take seconds at most. */
const TIME_LIMIT_MS = 60_000;
const LARGEST_ANSWER = 4 * 1024 * 1024;

const examinationSchema = z.object({
  version: z.string(),
  stateDir: z.string(),
  socketPath: z.string(),
  configuration: z.object({
    path: z.string(),
    exists: z.boolean(),
    fault: z.string(),
    peers: z.boolean(),
    agents: z.number(),
  }),
  store: z.array(
    z.object({
      folder: z.string(),
      durability: z.enum(['boot', 'durable']),
      records: z.number().optional(),
      fault: z.string(),
    }),
  ),
  vault: z.object({
    exists: z.boolean(),
    secrets: z.number().optional(),
    open: z.array(z.object({ path: z.string(), mode: z.string() })),
    fault: z.string(),
  }),
});

/** What a daemon that started now would find, by its own eyes. */
export type Examination = z.output<typeof examinationSchema>;

/** Asks the daemon's program, which starts nothing for it and changes nothing; a text says why it could not tell. */
export async function askExamination(): Promise<Examination | string> {
  const { command, args } = daemonCommand();
  const { output, complaint } = await new Promise<{ output: string; complaint: string }>((resolve) => {
    const options = { timeout: TIME_LIMIT_MS, maxBuffer: LARGEST_ANSWER };
    execFile(command, [...args, '--examine'], options, (error, stdout, stderr) => {
      resolve({ output: stdout, complaint: error === null ? '' : stderr.trim() || error.message });
    });
  });
  if (complaint !== '') return complaint;
  try {
    return examinationSchema.parse(JSON.parse(output));
  } catch {
    return `${command} ${args.join(' ')} --examine answered something unknown`;
  }
}

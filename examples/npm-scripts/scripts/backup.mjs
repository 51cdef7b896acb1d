// Stands for the real thing: it says that it works, and takes its time.
import { setTimeout as pause } from 'node:timers/promises';

process.stdout.write('backup: begins\n');
await pause(Number(process.env.WORK_MS ?? 500));
process.stdout.write('backup: done\n');

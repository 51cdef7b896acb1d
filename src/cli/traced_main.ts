/** The command line's entry where OpenTelemetry is on: the SDK first, for it sees only what is loaded after it. */
import { startCommandTrace } from '../opentelemetry/command_trace.js';
import { setCommandTrace } from './command_tracing.js';
import { version } from './version.js';

async function main(): Promise<void> {
  setCommandTrace(startCommandTrace(version()));
  const { runCommandLine } = await import('./command_line.js');
  await runCommandLine();
}

void main();

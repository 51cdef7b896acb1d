import type { AgentOrder, LaunchPlan } from './agent_program.js';

/** A run without a terminal. The user's arguments may come last: the prompt is on standard input. */
export function planClaude({ prompt, model, args }: AgentOrder, resumeId = ''): LaunchPlan {
  return {
    argv: [
      'claude',
      '--print',
      '--output-format',
      'stream-json',
      // Without it there is no stream.
      '--verbose',
      ...(model === '' ? [] : ['--model', model]),
      ...(resumeId === '' ? [] : ['--resume', resumeId]),
      ...args,
    ],
    environment: {},
    input: prompt,
  };
}

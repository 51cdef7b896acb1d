import type { AgentOrder, LaunchPlan } from './agent_program.js';

/** A run without a terminal. OpenCode reads the prompt from standard input, and puts it behind a message among the arguments. */
export function planOpenCode({ prompt, model, args, directory }: AgentOrder, resumeId = ''): LaunchPlan {
  return {
    argv: [
      'opencode',
      'run',
      '--format',
      'json',
      ...(model === '' ? [] : ['--model', model]),
      // From another directory than the session's it would hang for ever.
      ...(resumeId === '' ? [] : ['--session', resumeId, '--dir', directory]),
      ...args,
    ],
    environment: {},
    input: prompt,
  };
}

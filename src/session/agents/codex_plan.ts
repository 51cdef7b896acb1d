import type { AgentOrder, LaunchPlan } from './agent_program.js';

/** A run without a terminal. Without a prompt among the arguments Codex reads it from standard input; to go on, it wants to be told so. */
export function planCodex({ prompt, model, args }: AgentOrder, resumeId = ''): LaunchPlan {
  return {
    argv: [
      'codex',
      'exec',
      '--json',
      // Who launches a session in a directory has chosen it.
      '--skip-git-repo-check',
      ...(model === '' ? [] : ['--model', model]),
      ...args,
      ...(resumeId === '' ? [] : ['resume', resumeId, '-']),
    ],
    environment: {},
    input: prompt,
  };
}

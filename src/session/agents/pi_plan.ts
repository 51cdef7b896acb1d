import type { AgentOrder, LaunchPlan } from './agent_program.js';

/** A run without a terminal. Without a message among the arguments Pi reads it from standard input. */
export function planPi({ prompt, model, args }: AgentOrder, resumeId = ''): LaunchPlan {
  return {
    argv: [
      'pi',
      '--mode',
      'json',
      '--print',
      ...(model === '' ? [] : ['--model', model]),
      ...(resumeId === '' ? [] : ['--session', resumeId]),
      ...args,
    ],
    environment: {},
    input: prompt,
  };
}

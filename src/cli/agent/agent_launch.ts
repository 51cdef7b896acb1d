import type { LaunchSessionFields } from '@tenure/client';
import { UsageFailure } from '../failure.js';
import { type CommonOptions, commonFields } from '../session/launch_fields.js';
import { type WorkOptions, workOf } from './work_options.js';

/** What the configuration says of an agent, no launch does. */
const CONFIGURED = {
  adapter: '--adapter',
  model: '--model',
  directory: '--directory',
  prompt: '--prompt',
  file: '--file',
  worktree: '--worktree',
  base: '--base',
  onCreate: '--on-create',
  stdin: '--stdin',
  force: '--force',
} as const;

type AgentOptions = WorkOptions & CommonOptions & { readonly repo?: string };

/** The launch of a configured agent. */
export async function agentLaunch(agent: string, options: AgentOptions): Promise<LaunchSessionFields> {
  return { agent, repo: options.repo, work: await workOf(options), ...commonFields(options) };
}

/** The launch that `session launch --agent` asks for. */
export async function agentInstead(
  agent: string,
  options: AgentOptions & Partial<Record<keyof typeof CONFIGURED, unknown>>,
  command: readonly string[],
): Promise<LaunchSessionFields> {
  const given = Object.entries(CONFIGURED).find(([name]) => Reflect.get(options, name) !== undefined)?.[1];
  if (given === undefined && command.length === 0) return await agentLaunch(agent, options);
  throw new UsageFailure(
    `${given ?? 'a command'} can't be given with --agent, whose configuration says it`,
    'say what to do by --request, --work-unit or --artifact',
  );
}

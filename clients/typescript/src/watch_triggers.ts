import type { Connection } from './connection.js';
import type { Trigger } from './gen/tenure/task/v1/task_service.js';
import { resumingStream } from './resuming_stream.js';
import type { Tasks, WatchTriggersOptions } from './tasks.js';

/** Triggers remembered, so that one which a daemon that was started anew tells again is told once. */
const REMEMBERED = 1_000;

/** See `Client.watchTriggers`. */
export async function* watchTriggers(
  connection: Connection,
  calls: Pick<Tasks, 'declareTasks'>,
  { orchestratorId, description = '', tasks: declared, onConnected, onBreak, signal }: WatchTriggersOptions,
): AsyncGenerator<Trigger, void, undefined> {
  const told = new Set<string>();
  const answers = resumingStream({
    connection,
    prepare: async (stop) => {
      if (declared !== undefined) {
        const patient = { signal: stop, timeoutMs: Number.POSITIVE_INFINITY };
        await calls.declareTasks({ orchestratorId, tasks: declared() }, patient);
      }
    },
    open: ({ tasks }, metadata) => tasks.watchTriggers({ orchestratorId, description }, metadata),
    isResumable: () => false,
    onBreak,
    signal,
  });
  for await (const { trigger } of answers) {
    if (trigger === undefined) {
      onConnected?.();
    } else if (!told.has(trigger.triggerId)) {
      remember(told, trigger.triggerId);
      yield trigger;
    }
  }
}

function remember(told: Set<string>, triggerId: string): void {
  told.add(triggerId);
  const [oldest] = told;
  if (told.size > REMEMBERED && oldest !== undefined) {
    told.delete(oldest);
  }
}

import type { AgentResult } from './agent_program.js';
import { countOfTokens } from './codex_rollout_rules.js';
import { type JsonObject, objectAt, parseObject, textAt } from './json_rules.js';
import { objectsFromEnd } from './output_rules.js';
import { usageOf } from './usage_rules.js';
import { detailOf } from './words_rules.js';

/**
 * How Codex's last turn went: by what `exec --json` prints, or by the events
 * of its rollouts, which older releases print too. An error by itself may
 * have been got over. A turn that was begun and not ended was interrupted:
 * Codex itself says nothing of it.
 */
export function resultOfCodex(outputTail: string): AgentResult | undefined {
  let outcome: Omit<AgentResult, 'nativeId'> | undefined;
  let nativeId = '';
  for (const line of objectsFromEnd(outputTail)) {
    if (textAt(line, 'type') === 'thread.started') nativeId = textAt(line, 'thread_id');
    if (nativeId !== '' && outcome !== undefined) break;
    outcome ??= outcomeOf(line);
  }
  return outcome && { ...outcome, nativeId };
}

function outcomeOf(line: JsonObject): Omit<AgentResult, 'nativeId'> | undefined {
  const payload = objectAt(line, 'payload');
  const event = textAt(payload, 'type') === '' ? objectAt(line, 'msg') : payload;
  const type = textAt(event, 'type') === '' ? textAt(line, 'type') : textAt(event, 'type');
  switch (type) {
    case 'turn.completed':
      return { success: true, detail: '', usage: usageOf(countOfTokens(objectAt(line, 'usage'))) };
    case 'turn.started':
      return failure('it was interrupted before its turn had ended');
    case 'turn.failed':
      return failure(textAt(objectAt(line, 'error'), 'message'));
    case 'turn_aborted':
      return failure(`the turn was aborted: ${textAt(event, 'reason') || 'no reason given'}`);
    case 'task_complete':
      return 'error' in event && event['error'] !== null
        ? failure(textAt(objectAt(event, 'error'), 'message'))
        : { success: true, detail: '', usage: undefined };
    default:
      return undefined;
  }
}

/** The message is often the service's whole answer. */
function failure(message: string): Omit<AgentResult, 'nativeId'> {
  const answer = objectAt(parseObject(message) ?? {}, 'error');
  return {
    success: false,
    detail: detailOf(textAt(answer, 'message') || message || 'the turn failed'),
    usage: undefined,
  };
}

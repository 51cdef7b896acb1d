import type { AgentResult, Usage } from './agent_program.js';
import { isObject, type JsonObject, listAt, objectAt, textAt } from './json_rules.js';
import { objectsFromEnd } from './output_rules.js';
import { countOf } from './pi_session_rules.js';
import { addUsage, NO_USAGE, usageOf } from './usage_rules.js';
import { detailOf } from './words_rules.js';

/**
 * How Pi's last answer ended, which its exit code does not tell: it is 0 also
 * where the service has refused. The event at the end repeats the whole
 * conversation and may be cut; then its last keys are looked for, which no
 * quoted text can hold unescaped.
 */
export function resultOfPi(outputTail: string): AgentResult | undefined {
  let nativeId = '';
  let last: JsonObject | undefined;
  let usage: Usage | undefined;
  for (const event of objectsFromEnd(outputTail)) {
    const type = textAt(event, 'type');
    if (type === 'session') nativeId = textAt(event, 'id');
    if (type === 'agent_end') usage ??= usageOfAll(listAt(event, 'messages'));
    if (type === 'turn_end' || type === 'message_end') {
      const message = objectAt(event, 'message');
      if (last === undefined && textAt(message, 'role') === 'assistant') last = message;
    }
  }
  const reason = last === undefined ? lastMatch(outputTail, REASON) : textAt(last, 'stopReason');
  // Nothing was answered, or an answer was not ended.
  if (reason === '' || reason === 'pending' || reason === 'toolUse') return undefined;
  const success = reason !== 'error' && reason !== 'aborted';
  const message = last === undefined ? lastMatch(outputTail, ERROR) : textAt(last, 'errorMessage');
  return { success, detail: success ? '' : detailOf(message || reason), nativeId, usage };
}

const REASON = /"stopReason":"([a-zA-Z]+)"/g;
const ERROR = /"errorMessage":"((?:[^"\\]|\\.)*)"/g;

function lastMatch(text: string, pattern: RegExp): string {
  let last = '';
  for (const [, found = ''] of text.matchAll(pattern)) last = found;
  return last.replaceAll('\\"', '"');
}

/** What this run has used. */
function usageOfAll(messages: readonly unknown[]): Usage | undefined {
  const counts = messages.filter(isObject).map((message) => countOf(objectAt(message, 'usage')));
  return usageOf(counts.reduce(addUsage, NO_USAGE));
}

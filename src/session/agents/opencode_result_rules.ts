import type { AgentResult } from './agent_program.js';
import { type JsonObject, objectAt, textAt } from './json_rules.js';
import { lastObject } from './output_rules.js';
import { detailOf } from './words_rules.js';

/** How OpenCode's last step ended: with an answer, or an error. A step that asked for a tool was not the last to be. */
export function resultOfOpenCode(outputTail: string): AgentResult | undefined {
  const last = lastObject(outputTail, (event) =>
    ['step_start', 'step_finish', 'error'].includes(textAt(event, 'type')),
  );
  if (last === undefined) return undefined;
  const nativeId = textAt(last, 'sessionID');
  if (textAt(last, 'type') === 'error') {
    return { success: false, detail: detailOf(faultOf(objectAt(last, 'error'))), nativeId, usage: undefined };
  }
  const reason = textAt(objectAt(last, 'part'), 'reason');
  if (reason === '' || reason === 'tool-calls') return undefined;
  // What all steps have used stands in its database alone.
  return { success: true, detail: '', nativeId, usage: undefined };
}

function faultOf(error: JsonObject): string {
  return textAt(objectAt(error, 'data'), 'message') || textAt(error, 'name') || 'it gave no reason';
}

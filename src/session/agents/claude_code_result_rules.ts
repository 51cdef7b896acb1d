import type { AgentResult } from './agent_program.js';
import { countOfModels } from './claude_code_transcript_rules.js';
import { type JsonObject, listAt, textAt } from './json_rules.js';
import { lastObject } from './output_rules.js';
import { usageOf } from './usage_rules.js';
import { detailOf } from './words_rules.js';

/** Claude Code's last result event. An error of the service has the subtype `success` too: `is_error` decides. */
export function resultOfClaude(outputTail: string): AgentResult | undefined {
  const result = lastObject(outputTail, (event) => textAt(event, 'type') === 'result');
  if (result === undefined) return undefined;
  const success = result['is_error'] !== true && textAt(result, 'subtype') === 'success';
  return {
    success,
    detail: success ? '' : detailOf(faultOf(result)),
    nativeId: textAt(result, 'session_id'),
    usage: usageOf(countOfModels(result)),
  };
}

function faultOf(result: JsonObject): string {
  const said = textAt(result, 'result');
  if (said !== '') return said;
  const subtype = textAt(result, 'subtype').replaceAll('_', ' ');
  if (textAt(result, 'terminal_reason').startsWith('aborted')) return `it was interrupted (${subtype})`;
  const errors = listAt(result, 'errors').filter((one) => typeof one === 'string');
  return errors.length === 0 ? subtype : `${subtype}: ${errors.join('; ')}`;
}

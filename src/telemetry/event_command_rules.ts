import type { TenureEvent } from './events.js';
import { redactFields } from './redaction.js';

const PLACEHOLDER = /\{(action|component|level|success|metadata)\}/g;

/**
 * A command's arguments for an event: where the template names parts of the
 * event, these in their places; else, behind the template, the action and all
 * parts as options. Each part stays within one argument, whatever is in it.
 */
export function argumentsFor(template: readonly string[], event: TenureEvent): string[] {
  const parts = partsOf(event);
  if (template.some((argument) => argument.search(PLACEHOLDER) >= 0)) {
    return template.map((argument) => argument.replaceAll(PLACEHOLDER, (_, name) => parts[name] ?? ''));
  }
  const { action, component, level, success, metadata } = parts;
  const options = ['--source', 'tenure', '--component', component, '--level', level, '--success', success];
  return [...template, action, ...options, '--metadata', metadata].map((argument) => argument ?? '');
}

function partsOf({ action, level, success, metadata }: TenureEvent): Record<string, string> {
  const [component = action] = action.split('.', 1);
  return { action, component, level, success: String(success), metadata: JSON.stringify(redactFields(metadata)) };
}

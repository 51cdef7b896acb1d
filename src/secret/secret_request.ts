import type { SecretCommands } from '@tenure/client/gen/tenure/secret/v1/secret';
import type { PutSecretRequest } from '@tenure/client/gen/tenure/secret/v1/secret_service';
import { checkText, invalid } from '../rpc/request_checks.js';
import { nameFault } from './secret_name_rules.js';
import { readSource } from './sources/source_rules.js';
import { MAX_VALUE_BYTES } from './value_rules.js';
import { NO_HOOKS, type SecretContent, VAULT_SOURCE } from './vault/document_rules.js';
import type { SecretHooks } from './vault/vault_document.js';

const MAX_COMMAND_BYTES = 4_096;
/** As long as a reason of the leases may be. */
const MAX_REASON_BYTES = 1_024;

export function checkName(field: string, name: string): void {
  const fault = nameFault(name);
  if (fault !== undefined) throw invalid(field, fault);
}

/** Of a revocation or the kill switch. */
export function checkReason(reason: string): void {
  checkText('reason', reason, MAX_REASON_BYTES);
}

/** A new value or source, checked; undefined where none was given. Its refusals never repeat a value. */
export function readContent(content: PutSecretRequest['content']): SecretContent | undefined {
  switch (content?.$case) {
    case undefined:
      return undefined;
    case 'value': {
      const bytes = content.value.length;
      if (bytes === 0) throw invalid('value', 'is empty; a secret has at least one byte');
      if (bytes > MAX_VALUE_BYTES) throw invalid('value', `has ${bytes} bytes; at most ${MAX_VALUE_BYTES} are allowed`);
      return { kind: 'value', value: content.value };
    }
    case 'source': {
      const source = readSource(content.value);
      // As it stands in a list of secrets.
      if (content.value === VAULT_SOURCE || source.kind === 'vault') {
        throw invalid('source', 'is the vault; give the value itself instead');
      }
      if (source.kind === 'fault') throw invalid('source', source.fault);
      return { kind: 'source', source: content.value };
    }
  }
}

export function readHooks(commands: SecretCommands | undefined): SecretHooks | undefined {
  if (commands === undefined) return undefined;
  const { rotate, onRotate, onRevoke, onDelete } = commands;
  const hooks: SecretHooks = { ...NO_HOOKS, rotate, onRotate, onRevoke, onDelete };
  for (const [field, command] of Object.entries(hooks)) checkText(`commands.${field}`, command, MAX_COMMAND_BYTES);
  return hooks;
}

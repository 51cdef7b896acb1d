import assert from 'node:assert/strict';
import { type Reason, Refusal } from '../../src/rpc/refusal.js';

/** For `assert.rejects`: a refusal for this reason, with these words in its message. */
export function refused(reason: Reason, text: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof Refusal, String(error));
    assert.equal(error.reason, reason, error.message);
    assert.match(error.message, text);
    return true;
  };
}

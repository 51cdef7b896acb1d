import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sessionEnvironment } from '../../../src/cli/session/environment_rules.js';

test('a session gets all of the caller’s environment but what is true of the caller alone', () => {
  const given = sessionEnvironment({
    PATH: '/bin',
    ANTHROPIC_API_KEY: 'k',
    EMPTY: '',
    TENURE_SOCKET: '/s',
    TENURE_LEASES: 'tni_1',
    TENURE_IN_SESSION: 'sother',
    TENURE_SESSION_ID: 'sother',
    TENURE_SESSION_DIR: '/other',
    PWD: '/here',
    OLDPWD: '/there',
    _: '/bin/tenure',
    'BASH_FUNC_f%%': '() { :; }',
    'with.dot': 'x',
    UNSET: undefined,
  });
  assert.deepEqual(Object.fromEntries(given), {
    PATH: '/bin',
    ANTHROPIC_API_KEY: 'k',
    EMPTY: '',
    TENURE_SOCKET: '/s',
  });
});

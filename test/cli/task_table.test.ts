import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { Orchestrator, Task, TaskDefinition } from '@tenure/client';
import { describeTasks } from '../../src/cli/task/task_table.js';

const NOTHING = new Uint8Array();

function taskOf(name: string, enabled: boolean): Task {
  const definition = { ...TaskDefinition.decode(NOTHING), name, schedule: 'every 1s', enabled };
  const orchestrators = [{ ...Orchestrator.decode(NOTHING), orchestratorId: 'nightly' }];
  return { ...Task.decode(NOTHING), name, definition, orchestrators };
}

test('a task that is off has no next run, whatever its schedule', () => {
  const shown = stripVTControlCharacters(describeTasks([taskOf('on', true), taskOf('off', false)], 0));
  assert.match(shown, /^on .*every 1s/m);
  assert.match(shown, /^off .*disabled/m);
  assert.doesNotMatch(shown, /^off .*every/m);
});

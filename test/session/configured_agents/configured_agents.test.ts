import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Session } from '@tenure/client/gen/tenure/session/v1/session';
import { ConfiguredAgents } from '../../../src/session/configured_agents/configured_agents.js';
import { LeftBehind } from '../../../src/session/listing/left_behind.js';
import { agentDefinition } from '../agent_definitions.js';
import { launchRecord } from '../launched/launch_records.js';

test('agents are listed with what their last session has left running by now', async () => {
  const container = { id: '', name: 'c', image: '' };
  const agent = { name: 'a', repo: '', workUnit: '', container, dueWallMs: undefined };
  const last = { phase: 'ended', record: launchRecord({ agent }) } as const;
  let living = 2;
  const left = new LeftBehind(async () => new Map([[last.record.sessionId, living]]));
  const agents = new ConfiguredAgents({
    defined: () => [agentDefinition({ name: 'a' })],
    launched: () => [last],
    lookAtLeft: () => left.look([last]),
    show: async () => ({ ...Session.decode(new Uint8Array()), leftProcesses: left.countOf(last) }),
    schedules: { nextWallMs: () => undefined, lastRunOf: () => undefined },
    notReady: async () => '',
  });
  const leftOf = async () => (await agents.list()).map(({ lastSession }) => lastSession?.leftProcesses);
  assert.deepEqual(await leftOf(), [2]);
  living = 1;
  assert.deepEqual(await leftOf(), [1]);
});

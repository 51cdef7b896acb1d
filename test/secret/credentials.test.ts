import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Refusal } from '../../src/rpc/refusal.js';
import { credentialFor } from '../../src/secret/credentials.js';
import { Seal } from '../../src/secret/seal.js';
import { isRefusal } from '../lease/room.js';
import { EventList } from './event_list.js';
import { SecretRoom } from './secret_room.js';

const VALUE = Buffer.from('S3CRET');

/** Gives credentials to one agent; the source answers as the test says. */
class Desk {
  readonly seal = new Seal();
  readonly events = new EventList();
  asked = 0;
  answer: () => Promise<Uint8Array> = async () => VALUE;

  give(source: string): Promise<Uint8Array> {
    const resolve = (): Promise<Uint8Array> => {
      this.asked += 1;
      return this.answer();
    };
    return credentialFor('reviewer', source, { sources: { resolve }, seal: this.seal, events: this.events });
  }

  get told(): readonly unknown[] {
    return this.events.of('secret.credential_given').map(({ success, metadata }) => [success, metadata]);
  }
}

test('a credential of an agent is its source’s value, and is told of: of which secret, not what it is', async () => {
  const desk = new Desk();
  for (const source of ['vault:team/key', 'env:KEY', 'file:/key#a', 'exec:cat S3CRET']) {
    assert.deepEqual(await desk.give(source), VALUE);
  }
  assert.deepEqual(desk.told, [
    [true, { agent: 'reviewer', resource: 'secret/team/key' }],
    [true, { agent: 'reviewer', source: 'env:KEY' }],
    [true, { agent: 'reviewer', source: 'file:/key#a' }],
    [true, { agent: 'reviewer', source: 'exec:' }],
  ]);
});

test('a source that fails is told of by its reason', async () => {
  const desk = new Desk();
  desk.answer = () => Promise.reject(new Refusal('SOURCE_FAILED', 'gave nothing'));
  await assert.rejects(desk.give('env:KEY'), isRefusal('SOURCE_FAILED'));
  assert.deepEqual(desk.told, [[false, { agent: 'reviewer', source: 'env:KEY', reason: 'SOURCE_FAILED' }]]);
});

test('no agent is given one while secrets are sealed, also where that came while the source was asked', async () => {
  const desk = new Desk();
  const open = desk.seal.close('the heartbeat failed');
  await assert.rejects(desk.give('vault:key'), isRefusal('SECRETS_SEALED'));
  assert.equal(desk.asked, 0);
  open();
  desk.answer = async () => {
    desk.seal.close('the kill switch is at work');
    return VALUE;
  };
  await assert.rejects(desk.give('vault:key'), isRefusal('SECRETS_SEALED'));
  assert.equal(desk.told.length, 2);
});

test('what the vault has is given from there, and what it has not is refused', async (t) => {
  const room = await SecretRoom.open(t);
  await room.putValue('team/key', 'v4lue');
  const value = await room.secrets.giveCredential('vault:team/key', 'reviewer');
  assert.equal(Buffer.from(value).toString(), 'v4lue');
  await assert.rejects(room.secrets.giveCredential('vault:other', 'reviewer'), isRefusal('SOURCE_FAILED'));
  assert.deepEqual(room.told(/credential/), ['secret.credential_given', 'secret.credential_given failed']);
});

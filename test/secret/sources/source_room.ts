import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { inspect } from 'node:util';
import { Refusal } from '../../../src/rpc/refusal.js';
import { Sources, type SourcesParts } from '../../../src/secret/sources/sources.js';
import { NO_TRACER } from '../../../src/telemetry/tracer.js';

/** Sources with a generous time limit and no env file, closed after the test. */
export function sourcesFor(t: TestContext, parts: Partial<SourcesParts> & { sourceTimeoutMs?: number } = {}): Sources {
  const { sourceTimeoutMs = 20_000, ...others } = parts;
  const sources = new Sources({
    environment: { PATH: process.env['PATH'] },
    home: '/nowhere',
    settings: () => ({ envFile: undefined, sourceTimeoutMs }),
    vaultValue: () => undefined,
    onTightened: () => undefined,
    tracer: NO_TRACER,
    ...others,
  });
  t.after(() => sources.close());
  return sources;
}

export async function textOfSource(sources: Sources, text: string): Promise<string> {
  return Buffer.from(await sources.resolve(text)).toString('latin1');
}

/** What a value must never show up in: the refusal with all that hangs on it. */
export function allOf(error: unknown): string {
  return `${inspect(error, { depth: 9, showHidden: true })} ${error instanceof Error ? error.message : ''}`;
}

/** The refusal that a source answers with, which must name the source and not have MARKER in it but where that does. */
export async function sourceRefusal(sources: Sources, text: string): Promise<Refusal> {
  let refusal: unknown;
  try {
    const value = await sources.resolve(text);
    throw new Error(`${text} gave ${value.length} bytes`);
  } catch (error) {
    refusal = error;
  }
  assert.ok(refusal instanceof Refusal, allOf(refusal));
  assert.equal(refusal.reason, 'SOURCE_FAILED');
  assert.equal(refusal.metadata['source'], text);
  assert.ok(refusal.message.startsWith(`the source '${text}' `), refusal.message);
  assert.equal(allOf(refusal).replaceAll(text, '').includes('MARKER'), false, allOf(refusal));
  return refusal;
}

/** Asserts the cause and the words of a source's refusal. */
export async function assertRefused(sources: Sources, text: string, cause: string, words: RegExp): Promise<void> {
  const refusal = await sourceRefusal(sources, text);
  assert.equal(refusal.metadata['cause'], cause, refusal.message);
  assert.match(refusal.message.slice(text.length), words);
}

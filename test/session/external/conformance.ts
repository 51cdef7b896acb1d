import { type AdapterTalk, Fault } from './adapter_talk.js';
import type { Check } from './conformance_checks.js';

/** What an adapter does wrong, in words that follow "it"; undefined: nothing. */
export async function faultOf({ run, raw }: Check, start: () => AdapterTalk): Promise<string | undefined> {
  const talks: AdapterTalk[] = [];
  const another = (): AdapterTalk => {
    const talk = start();
    talks.push(talk);
    return talk;
  };
  try {
    const talk = another();
    if (raw !== true) await talk.hello();
    await run(talk, another);
    // What it says beyond the answers shows before its end.
    for (const one of talks) await one.end();
    return undefined;
  } catch (error) {
    if (error instanceof Fault) return error.message;
    throw error;
  } finally {
    for (const one of talks) await one.kill();
  }
}

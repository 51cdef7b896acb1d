import { type DaemonRecord, type HeldBack, heldBack } from '@tenure/client';

/** What a daemon that is gone left behind. */
export interface LastRun {
  readonly startCount: number;
  /** Known only for one that ended in order: any other may have ended with the machine. */
  readonly endedInOrder: boolean;
  /** While clients don't start the next one. */
  readonly held: HeldBack | undefined;
}

/** Undefined where none has run yet. */
export function lastRun(record: DaemonRecord | undefined): LastRun | undefined {
  if (record?.startCount === undefined) return undefined;
  return { startCount: record.startCount, endedInOrder: record.stopped === true, held: heldBack(record) };
}

/** `the last run, start 7, did not end in order`, and what follows from it. */
export function describeLastRun({ startCount, endedInOrder, held }: LastRun): string {
  const end = `start ${startCount}, ${endedInOrder ? 'ended in order' : 'did not end in order'}`;
  if (held === undefined) return end;
  const time = new Date(held.untilMs).toTimeString().slice(0, 'hh:mm:ss'.length);
  return `${end}; ${held.crashes} crashes in a row: clients start it from ${time} on`;
}

export function lastRunJson({ startCount, endedInOrder, held }: LastRun): object {
  const back =
    held === undefined ? {} : { crashesInARow: held.crashes, restartNotBefore: new Date(held.untilMs).toISOString() };
  return { startCount: String(startCount), endedInOrder, ...back };
}

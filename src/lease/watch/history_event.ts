import { BinaryWriter } from '@bufbuild/protobuf/wire';
import type { LeaseState } from '@tenure/client/gen/tenure/lease/v1/lease';
import { LeaseEvent, type LeaseEventType } from '@tenure/client/gen/tenure/lease/v1/lease_service';

/** What filters ask of an event. A lease's resource and client never change. */
export interface EventFacts {
  readonly type: LeaseEventType;
  readonly resource: string;
  readonly clientId: string;
  /** After the event. */
  readonly state: LeaseState;
}

/** Tag of WatchLeasesResponse.events: field 1, length-delimited. */
const EVENTS_TAG = 10;

/** Used again and again: its buffer has grown by then, which halves the cost. */
const writer = new BinaryWriter();

/**
 * One change of a lease as the store and the watchers get it: encoded once.
 * The message itself is not kept, for ten thousand of them are much memory;
 * of a restored event even the facts are decoded only when a filter asks.
 */
export class HistoryEvent {
  readonly revision: number;
  /** The encoded event as a field of WatchLeasesResponse: concatenated frames are a response. */
  readonly frame: Buffer;
  #facts: EventFacts | undefined;

  private constructor(revision: number, frame: Buffer, facts: EventFacts | undefined) {
    this.revision = revision;
    this.frame = frame;
    this.#facts = facts;
  }

  static encode(event: LeaseEvent): HistoryEvent {
    return new HistoryEvent(Number(event.revision), keep(frameOf(event)), factsOf(event));
  }

  static restore(revision: number, bytes: Uint8Array): HistoryEvent {
    return new HistoryEvent(revision, asBuffer(writer.uint32(EVENTS_TAG).bytes(bytes).finish()), undefined);
  }

  /** The encoded LeaseEvent, for the store. */
  get bytes(): Uint8Array {
    let start = 1;
    // The bytes of the length but its last have their top bit set.
    while ((this.frame[start] ?? 0) >= 0x80) start += 1;
    return this.frame.subarray(start + 1);
  }

  get facts(): EventFacts {
    this.#facts ??= factsOf(this.message());
    return this.#facts;
  }

  /** Decodes it anew. */
  message(): LeaseEvent {
    return LeaseEvent.decode(this.bytes);
  }
}

/** An event as a field of WatchLeasesResponse. */
export function frameOf(event: LeaseEvent): Buffer {
  try {
    return asBuffer(LeaseEvent.encode(event, writer.uint32(EVENTS_TAG).fork()).join().finish());
  } catch (error) {
    // Takes out what was written before the fault.
    writer.finish();
    throw error;
  }
}

/** Frames live and go in order: many in one block are cheaper to keep, and to collect, than each alone. */
const BLOCK_BYTES = 64 * 1024;
let block = Buffer.allocUnsafeSlow(0);
let used = 0;

function keep(frame: Buffer): Buffer {
  if (frame.length > BLOCK_BYTES / 4) return frame;
  if (used + frame.length > block.length) {
    block = Buffer.allocUnsafeSlow(BLOCK_BYTES);
    used = 0;
  }
  frame.copy(block, used);
  used += frame.length;
  return block.subarray(used - frame.length, used);
}

/** The same bytes; gRPC takes nothing else. */
function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function factsOf(event: LeaseEvent): EventFacts {
  const { lease } = event;
  if (lease === undefined) throw new TypeError(`event ${event.revision} names no lease; marks are never kept`);
  return { type: event.type, resource: lease.resource, clientId: lease.clientId, state: lease.state };
}

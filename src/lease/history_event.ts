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

/**
 * One change of a lease as the store and the watchers get it: encoded once.
 * The message itself is not kept, for ten thousand of them are much memory;
 * of a restored event even the facts are decoded only when a filter asks.
 */
export class HistoryEvent {
  readonly revision: number;
  /** The encoded event as a field of WatchLeasesResponse: concatenated frames are a response. */
  readonly frame: Buffer;
  readonly #bytesAt: number;
  #facts: EventFacts | undefined;

  private constructor(revision: number, bytes: Uint8Array, facts: EventFacts | undefined) {
    this.revision = revision;
    this.frame = frameOf(bytes);
    this.#bytesAt = this.frame.length - bytes.length;
    this.#facts = facts;
  }

  static encode(event: LeaseEvent): HistoryEvent {
    return new HistoryEvent(Number(event.revision), LeaseEvent.encode(event).finish(), factsOf(event));
  }

  static restore(revision: number, bytes: Uint8Array): HistoryEvent {
    return new HistoryEvent(revision, bytes, undefined);
  }

  /** The encoded LeaseEvent, for the store. */
  get bytes(): Uint8Array {
    return this.frame.subarray(this.#bytesAt);
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

/** A mark, a snapshot's lease, or an event that goes out as another type, ready to be sent. */
export function frameOfMessage(event: LeaseEvent): Buffer {
  return frameOf(LeaseEvent.encode(event).finish());
}

function frameOf(bytes: Uint8Array): Buffer {
  const lengthBytes = varintBytes(bytes.length);
  const frame = Buffer.allocUnsafeSlow(1 + lengthBytes + bytes.length);
  frame[0] = EVENTS_TAG;
  let rest = bytes.length;
  for (let at = 1; at < lengthBytes; at += 1) {
    frame[at] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  frame[lengthBytes] = rest;
  frame.set(bytes, 1 + lengthBytes);
  return frame;
}

function varintBytes(value: number): number {
  let bytes = 1;
  for (let rest = value >>> 7; rest > 0; rest >>>= 7) bytes += 1;
  return bytes;
}

function factsOf(event: LeaseEvent): EventFacts {
  const { lease } = event;
  if (lease === undefined) throw new TypeError(`event ${event.revision} names no lease; marks are never kept`);
  return { type: event.type, resource: lease.resource, clientId: lease.clientId, state: lease.state };
}

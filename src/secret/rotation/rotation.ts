import { Refusal } from '../../rpc/refusal.js';
import type { EventActor, EventSink } from '../../telemetry/events.js';
import { faultText } from '../fault_text.js';
import { failureOf, type HookParts, runHook } from '../hook_command.js';
import { resourceOf } from '../secret_name_rules.js';
import type { Sources } from '../sources/sources.js';
import { MAX_OUTPUT_BYTES, MAX_VALUE_BYTES, newValueOf } from '../value_rules.js';
import { secretOf, VAULT_SOURCE } from '../vault/document_rules.js';
import type { GiveBack } from '../vault/room_aside.js';
import type { StoredSecret } from '../vault/vault_document.js';
import type { Vault } from '../vault/vault_port.js';
import { notConfigured, notRotated, type RotationResult, rotated } from './rotation_result.js';
import { type Rotating, rotating } from './rotation_rules.js';

export interface RotationsParts extends HookParts {
  readonly vault: Pick<Vault, 'document' | 'update'>;
  readonly sources: Pick<Sources, 'resolve' | 'forget'>;
  /** Keeps room on the disk for what a rotate command makes. Throws where there is none. */
  readonly setRoomAside: () => GiveBack;
  readonly wallMs: () => number;
  readonly events: EventSink;
}

/** What a rotate command led to: a value for the vault (undefined: the source has it), or what went wrong. */
type NewValue =
  | { readonly kind: 'new'; readonly value: Uint8Array | undefined }
  | { readonly kind: 'failed'; readonly failure: string };

interface Terms {
  /** No command is run for a value that the vault could not take. Falls once somebody joins who waives it. */
  mustKeep: boolean;
}

interface Flight {
  readonly terms: Terms;
  readonly result: Promise<RotationResult>;
}

/** Gives secrets new values by their rotate commands, one at a time for each secret. */
export class Rotations {
  readonly #parts: RotationsParts;
  readonly #flights = new Map<string, Flight>();
  readonly #closing = new AbortController();

  constructor(parts: RotationsParts) {
    this.#parts = parts;
  }

  /**
   * Rejects with SECRET_NOT_FOUND, SHUTTING_DOWN, or a Refusal of the vault; all else is in the result.
   * `mustKeep`: no command is run for a value that the vault could not take,
   * unless somebody joins who says that one must run all the same.
   */
  async rotate(name: string, actor?: EventActor, mustKeep = true): Promise<RotationResult> {
    const running = this.#flights.get(name);
    const joined = running === undefined ? {} : { joined: true };
    if (running !== undefined && !mustKeep) running.terms.mustKeep = false;
    try {
      const { result: landing } = running ?? this.#start(name, mustKeep);
      const result = await landing;
      const { outcome, failure, version } = result;
      const more = { version, ...joined, ...(failure === '' ? {} : { failure }) };
      if (outcome === 'rotated') this.#tell(name, actor, true, more);
      else {
        const reason = outcome === 'failed' ? 'ROTATION_FAILED' : 'NO_ROTATION';
        this.#tell(name, actor, false, { ...more, reason });
      }
      return result;
    } catch (error) {
      const reason = error instanceof Refusal ? error.reason : 'INTERNAL';
      this.#tell(name, actor, false, { ...joined, reason, failure: faultText(error) });
      throw error;
    }
  }

  /** Kills the commands that run, and waits until what they printed before is kept. */
  async close(): Promise<void> {
    this.#closing.abort();
    // Each caller hears of its own flight's fault.
    await Promise.allSettled([...this.#flights.values()].map(({ result }) => result));
  }

  #start(name: string, mustKeep: boolean): Flight {
    const terms = { mustKeep };
    const result = this.#rotate(name, terms).finally(() => {
      if (this.#flights.get(name) === flight) this.#flights.delete(name);
    });
    const flight = { terms, result };
    this.#flights.set(name, flight);
    return flight;
  }

  async #rotate(name: string, terms: Terms): Promise<RotationResult> {
    if (this.#closing.signal.aborted) throw new Refusal('SHUTTING_DOWN', 'the daemon is shutting down');
    const before = secretOf(this.#parts.vault.document, name);
    const { hooks, source } = before;
    if (hooks.rotate === '') return notConfigured(before);
    const giveBack = source === VAULT_SOURCE ? await this.#roomInVault(before, terms) : undefined;
    let done: Rotating;
    try {
      const made = await (source === VAULT_SOURCE ? this.#newInVault(before) : this.#newAtSource(before));
      if (made.kind === 'failed') return notRotated(before, made.failure);
      done = await this.#keep(before, made.value, giveBack);
    } finally {
      giveBack?.();
    }
    switch (done.kind) {
      case 'changed':
      case 'deleted': {
        const failure = `the secret was ${done.kind} while its rotate command ran; what the command did is not kept here`;
        return notRotated(before, failure);
      }
      case 'rotated':
        return rotated(done.secret, await this.#onRotate(done.secret));
    }
  }

  async #newInVault({ name, value, hooks }: StoredSecret): Promise<NewValue> {
    const order = { command: hooks.rotate, name, input: value, signal: this.#closing.signal };
    const result = await runHook(this.#parts, order, MAX_OUTPUT_BYTES);
    if (result.kind !== 'done') return failed(failureOf(result));
    const made = newValueOf(result.output);
    if (made !== undefined) return { kind: 'new', value: made };
    return failed(`printed no value of 1 to ${MAX_VALUE_BYTES} bytes; have it print the new one, and nothing else`);
  }

  async #newAtSource({ name, source, hooks }: StoredSecret): Promise<NewValue> {
    const { sources } = this.#parts;
    const { signal } = this.#closing;
    const result = await runHook(this.#parts, {
      command: hooks.rotate,
      name,
      input: await this.#oldValue(source),
      signal,
    });
    // Also after a failure: nobody knows what it has done by then.
    sources.forget(source);
    if (result.kind !== 'done') return failed(failureOf(result));
    try {
      await sources.resolve(source, signal);
    } catch (error) {
      return failed(`has run, but its source gives no value since: ${faultText(error)}`);
    }
    return { kind: 'new', value: undefined };
  }

  /** Undefined where the source gives none: what is rotated may be what is broken. */
  async #oldValue(source: string): Promise<Uint8Array | undefined> {
    try {
      return await this.#parts.sources.resolve(source, this.#closing.signal);
    } catch (error) {
      if (error instanceof Refusal || this.#closing.signal.aborted) return undefined;
      throw error;
    }
  }

  /**
   * What a command has made can't be unmade, and is lost where the vault can't
   * take it: so that is written once before, and room is kept for the next.
   * Undefined where there need be none.
   */
  async #roomInVault({ name }: StoredSecret, terms: Terms): Promise<GiveBack | undefined> {
    if (!terms.mustKeep) return undefined;
    try {
      await this.#parts.vault.update((document) => ({ document: { ...document }, value: undefined }));
      return this.#parts.setRoomAside();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      if (!terms.mustKeep) return undefined;
      // Nobody joins from now on what runs no command.
      this.#flights.delete(name);
      const message = `the rotate command of ${name} was not run, for the vault could not take a new value: ${error.message}`;
      throw new Refusal(error.reason, message, error.metadata);
    }
  }

  /** The step into the vault, on a full disk in the room that was kept. A refusal must say that the command has run all the same. */
  async #keep(before: StoredSecret, value: Uint8Array | undefined, giveBack: GiveBack | undefined): Promise<Rotating> {
    const { vault, wallMs } = this.#parts;
    const step = rotating(before, value, wallMs());
    try {
      return await vault.update(step).catch((error: unknown) => {
        if (giveBack === undefined || !(error instanceof Refusal) || error.reason !== 'STORE_FULL') throw error;
        giveBack();
        return vault.update(step);
      });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const message = `the rotate command of ${before.name} has run, but the vault could not take it: ${error.message}`;
      throw new Refusal(error.reason, message, error.metadata);
    }
  }

  async #onRotate({ name, hooks }: StoredSecret): Promise<string> {
    if (hooks.onRotate === '') return '';
    const result = await runHook(this.#parts, { command: hooks.onRotate, name, signal: this.#closing.signal });
    const failure = failureOf(result);
    return failure === '' ? '' : `the on_rotate command ${failure}`;
  }

  #tell(
    name: string,
    actor: EventActor | undefined,
    success: boolean,
    more: Record<string, string | number | boolean>,
  ) {
    this.#parts.events.emit({
      action: 'secret.rotated',
      level: 'info',
      success,
      ...(actor === undefined ? {} : { actor }),
      metadata: { resource: resourceOf(name), ...more },
    });
  }
}

function failed(how: string): NewValue {
  return { kind: 'failed', failure: `the rotate command ${how}` };
}

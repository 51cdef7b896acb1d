import { AsyncLocalStorage } from 'node:async_hooks';
import { LeaseLiveness, LeaseMode } from '@tenure/client/gen/tenure/lease/v1/lease';
import type { AcquireResult } from '@tenure/client/gen/tenure/lease/v1/lease_service';
import { LONGEST_TIMER_MS } from '../../os/longest_timer.js';
import { Refusal } from '../../rpc/refusal.js';
import { requestIdReused } from '../../rpc/request_checks.js';
import type { LeaseEnding } from '../ending/ending.js';
import { waitEndedEvents } from '../lease_events.js';
import type { LeaseParts } from '../lease_parts.js';
import { findDeadlock } from '../queue/deadlock_rules.js';
import type { QueueNews } from '../queue/queue_news.js';
import type { AcquireCommand } from './acquire_command.js';
import { attachmentsOf, holderOf } from './attaching.js';
import { type GrantedBefore, Granting } from './granting.js';
import { heldMessage } from './held_message.js';
import { type Asker, PendingAcquire, type Presented } from './pending_acquire.js';
import { asksForTheSame } from './request_ids.js';
import type { Judge, Verdict, WishVerdict } from './verdict.js';

/** Decides acquires: at once, or from the queue. */
export class LeaseAcquiring {
  readonly #parts: LeaseParts;
  readonly #judge: Judge;
  readonly #news: QueueNews;
  readonly #ending: LeaseEnding;
  readonly #granting: Granting;
  /** Resources whose queues may have become shorter. */
  readonly #toPump = new Set<string>();
  #pumping = false;
  #waiterNumber = 0;

  constructor(parts: LeaseParts, judge: Judge, news: QueueNews, ending: LeaseEnding) {
    this.#parts = parts;
    this.#judge = judge;
    this.#news = news;
    this.#ending = ending;
    this.#granting = new Granting(parts, ending);
  }

  /** Answers through the asker. Returns the waiter where it has to wait: `cancel` takes it out of the queue. */
  acquire(command: AcquireCommand, asker: Asker): PendingAcquire | undefined {
    this.#ending.sweep();
    if (this.#answerRetry(command, asker)) return undefined;
    this.#checkLimits(command);
    const pending = this.#pendingOf(command, asker);
    let verdict = this.#judge.judge(pending);
    // A blocker may have died since the last look.
    if (verdict.blocked && this.#reap(verdict)) verdict = this.#judge.judge(pending);
    if (!verdict.blocked) {
      this.#granting.grant(pending, verdict);
      return undefined;
    }
    if (command.wait.kind !== 'try') return this.#enqueue(pending, command.wait);
    this.#answerHeld(pending, verdict);
    return undefined;
  }

  /** Takes a waiter out of the queue. False: it was answered before. */
  cancel(pending: PendingAcquire, reason: 'TIMED_OUT' | 'CANCELLED' = 'CANCELLED'): boolean {
    if (!this.#leave(pending)) return false;
    const waitedMs = pending.waitedMs(this.#parts.clock.boottimeMs());
    for (const event of waitEndedEvents(pending, waitedMs, reason)) this.#parts.events.emit(event);
    for (const { resource } of pending.wishes) this.pump(resource);
    return true;
  }

  /** Grants what is due on a resource, and on those that this frees in turn. */
  pump(resource: string): void {
    this.#news.changed(resource);
    this.#toPump.add(resource);
    if (this.#pumping) return;
    this.#pumping = true;
    try {
      for (const next of this.#toPump) {
        this.#toPump.delete(next);
        this.#pumpOne(next);
      }
    } finally {
      this.#pumping = false;
    }
  }

  /** Refuses all that wait. */
  close(refusal: Refusal): void {
    for (const pending of [...this.#parts.queue.all()]) if (this.#leave(pending)) pending.asker.refuse(refusal);
  }

  #pumpOne(resource: string): void {
    for (const waiter of [...this.#parts.queue.on(resource)]) {
      if (this.#isForTheDead(waiter)) {
        if (this.cancel(waiter)) {
          waiter.asker.refuse(
            new Refusal('NOT_ATTACHABLE', 'the process that the lease was for ended while it waited'),
          );
        }
        continue;
      }
      const waitsOn = !this.#settleWaiter(waiter);
      // Nobody behind a plain EXCLUSIVE waiter can be due; only a set's waiter may be passed.
      if (waitsOn && waiter.wishes.length === 1 && waiter.modeOn(resource) !== LeaseMode.SHARED) return;
    }
  }

  /** Nothing is ever granted to the dead: their connection's end may not have been seen yet. */
  #isForTheDead({ asker, attach, command }: PendingAcquire): boolean {
    const { attached } = this.#parts;
    const { process } = asker.peer;
    if (process !== undefined && !attached.isAlive(process)) return true;
    return command.attachPids.length > 0 && !attach.some((attachment) => attached.isAlive(attachment));
  }

  /** Grants or refuses a waiter whose time has come. False: it waits on. */
  #settleWaiter(waiter: PendingAcquire): boolean {
    try {
      const answered = this.#answerRetry(waiter.command, waiter.asker);
      const verdict = answered ? undefined : this.#judge.judge(waiter);
      if (verdict?.blocked !== true) {
        this.#leave(waiter);
        if (verdict !== undefined) waiter.resume(() => this.#granting.grant(waiter, verdict));
        for (const { resource } of waiter.wishes) this.pump(resource);
        return true;
      }
      this.#refuseDeadlock(waiter);
      return false;
    } catch (error) {
      this.cancel(waiter);
      waiter.asker.refuse(error);
      return true;
    }
  }

  #enqueue(pending: PendingAcquire, wait: Exclude<AcquireCommand['wait'], { kind: 'try' }>): PendingAcquire {
    if (this.#parts.queue.size >= this.#parts.limits.maxWaiters) {
      throw new Refusal('TOO_MANY', `${this.#parts.limits.maxWaiters} acquires wait already; try again later`);
    }
    this.#parts.queue.enter(pending);
    pending.resume = AsyncLocalStorage.snapshot();
    try {
      this.#refuseDeadlock(pending);
    } catch (error) {
      this.#parts.queue.leave(pending);
      throw error;
    }
    if (wait.kind === 'until') this.#setTimeOut(pending, wait.timeoutMs);
    this.#parts.processWatch.setUrgent(true);
    for (const { resource } of pending.wishes) this.#news.queueChanged(resource);
    return pending;
  }

  /** Throws where the wait could never end. */
  #refuseDeadlock(pending: PendingAcquire): void {
    if (pending.command.wait.kind !== 'forever' || pending.under.size === 0) return;
    const cycle = findDeadlock(pending.waiterId, this.#judge.waitNodes());
    if (cycle === undefined) return;
    throw new Refusal(
      'DEADLOCK',
      `this wait could never end: ${cycle.join('; ')}. Take the resources in one order, in one acquire, or wait with a limit`,
      { cycle: cycle.join('; ') },
    );
  }

  #setTimeOut(pending: PendingAcquire, leftMs: number): void {
    const next = Math.min(leftMs, LONGEST_TIMER_MS);
    pending.timer = setTimeout(() => {
      if (leftMs > next) this.#setTimeOut(pending, leftMs - next);
      else this.#timeOut(pending);
    }, next);
  }

  #timeOut(pending: PendingAcquire): void {
    // A last look: what can be granted or must be refused is.
    if (this.#settleWaiter(pending)) return;
    const verdict = this.#judge.judge(pending);
    if (!this.cancel(pending, 'TIMED_OUT')) return;
    this.#answerHeld(pending, verdict);
  }

  #leave(pending: PendingAcquire): boolean {
    clearTimeout(pending.timer);
    if (!this.#parts.queue.leave(pending)) return false;
    for (const { resource } of pending.wishes) this.#news.queueChanged(resource);
    if (this.#parts.queue.size === 0) this.#parts.processWatch.setUrgent(false);
    return true;
  }

  #answerHeld(pending: PendingAcquire, verdict: Verdict): void {
    const results = pending.wishes.flatMap((wish, index): AcquireResult[] => {
      const wished = verdict.wishes[index];
      if (wished === undefined) return [];
      const held = heldMessage(this.#parts, pending, wish.resource, wished);
      const staleInheritance = verdict.stale.has(wish.resource);
      return [{ resource: wish.resource, outcome: { $case: 'held', value: held }, staleInheritance }];
    });
    pending.asker.answer({ results });
  }

  /** The same request once more: the grant of the first try, or word that it has ended. */
  #answerRetry(command: AcquireCommand, asker: Asker): boolean {
    if (command.requestId === '') return false;
    const { uid } = asker.peer;
    const leaseIds = this.#parts.requests.find(uid, command.requestId, this.#parts.clock.holdMs());
    if (leaseIds === undefined) return false;
    const leases = leaseIds.flatMap((leaseId) => this.#parts.table.get(leaseId) ?? []);
    if (!asksForTheSame(command, leases)) {
      throw requestIdReused();
    }
    if (leases.length < leaseIds.length || leases.some((lease) => lease.draining !== undefined)) {
      throw new Refusal('LEASE_ENDED', 'what this request_id was granted has ended since; ask with a new one');
    }
    const pending = this.#pendingOf(command, asker);
    const { wishes, stale } = this.#judge.judge(pending);
    const again = wishes.map((verdict, index): WishVerdict | GrantedBefore => {
      const lease = leases.find(({ resource }) => resource === command.wishes[index]?.resource);
      return lease === undefined ? verdict : { kind: 'again', lease };
    });
    // What was not granted then was inherited, and is again.
    if (again.some(({ kind }) => kind !== 'again' && kind !== 'inherit')) throw requestIdReused();
    this.#granting.grant(pending, { wishes: again, stale });
    return true;
  }

  #checkLimits(command: AcquireCommand): void {
    const { table, limits } = this.#parts;
    if (table.size + command.wishes.length > limits.maxLeases) {
      throw new Refusal('TOO_MANY', `there are ${table.size} leases, the most that is configured; release some`);
    }
    if (!this.#parts.hasRoom()) {
      throw new Refusal(
        'STORE_FULL',
        'the disk of the state folder is full; make room, held leases stay held meanwhile',
      );
    }
  }

  #pendingOf(command: AcquireCommand, asker: Asker): PendingAcquire {
    const attach = attachmentsOf(command, asker.peer, this.#parts.attached);
    this.#waiterNumber += 1;
    return new PendingAcquire({
      waiterId: `w${this.#waiterNumber}`,
      command,
      asker,
      holder: holderOf(command, asker.peer),
      attach,
      presented: command.inheritTokens.flatMap((token): Presented[] => {
        const claim = this.#parts.tokens.verifyInherit(token);
        return claim === undefined ? [] : [{ token, claim }];
      }),
      startMs: this.#parts.clock.holdMs(),
      startWallMs: this.#parts.clock.wallMs(),
      startBoottimeMs: this.#parts.clock.boottimeMs(),
    });
  }

  /** Looks once more whether the blockers live. True: something changed. */
  #reap(verdict: Verdict): boolean {
    const blockers = verdict.wishes.flatMap((wish) => (wish.kind === 'blocked' ? wish.leases : []));
    const dead = blockers.some(
      (lease) =>
        lease.liveness !== LeaseLiveness.TTL &&
        lease.attached.some((process) => !this.#parts.attached.isAlive(process)),
    );
    if (dead) this.#parts.processWatch.checkNow();
    return dead;
  }
}

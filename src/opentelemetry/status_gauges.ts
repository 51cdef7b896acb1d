import type { Attributes, BatchObservableResult, Meter, Observable } from '@opentelemetry/api';
import type { SessionStatus, TaskStatus } from '@tenure/client/gen/tenure/health/v1/health_service';
import type { LeaseNumbers } from '../lease/create_leases.js';
import type { DeliveryCounts } from '../telemetry/delivery_queue.js';

/** What the daemon's status says, as `tenure health` shows it. Each answers at once, from memory. */
export interface StatusNumbers {
  leases(): Omit<LeaseNumbers, 'revision' | 'compactedRevision'>;
  store(): { readonly freeBytes: number; readonly writable: boolean };
  secrets(): { readonly secrets: number; readonly activeLeases: number; readonly pendingRevocations: number };
  sessions(): SessionStatus | undefined;
  tasks(): TaskStatus;
  eventSinks(): readonly ({ readonly sink: string } & DeliveryCounts)[];
  warnings(): readonly unknown[];
  connections(): number;
  residentBytes(): number;
  uptimeMs(): number;
}

/** Reports the numbers of the status as they are whenever somebody reads them. Nothing is kept in between. */
export function observeStatus(meter: Meter, numbers: StatusNumbers): void {
  const reports: ((result: BatchObservableResult) => void)[] = [];
  const observables: Observable<Attributes>[] = [];
  const add = (observable: Observable<Attributes>, read: () => readonly (readonly [number, Attributes])[]): void => {
    observables.push(observable);
    reports.push((result) => {
      for (const [value, attributes] of read()) result.observe(observable, value, attributes);
    });
  };
  const gauge = (name: string, unit: string, description: string, read: () => number | undefined): void => {
    add(meter.createObservableGauge(name, { unit, description }), () => {
      const value = read();
      return value === undefined ? [] : [[value, {}]];
    });
  };
  const counter = (name: string, unit: string, description: string, read: () => number): void => {
    add(meter.createObservableCounter(name, { unit, description }), () => [[read(), {}]]);
  };

  const active = meter.createObservableGauge('tenure.lease.active', {
    unit: '{lease}',
    description: 'Leases in force, by mode.',
  });
  add(active, () => {
    const { exclusive, shared } = numbers.leases();
    return [
      [exclusive, { mode: 'exclusive' }],
      [shared, { mode: 'shared' }],
    ];
  });
  const leases = numbers.leases;
  gauge('tenure.lease.draining', '{lease}', 'Leases that have ended while processes run on.', () => leases().draining);
  gauge('tenure.lease.waiters', '{acquire}', 'Acquires that wait in a queue.', () => leases().waiters);
  gauge(
    'tenure.lease.longest_wait',
    's',
    'Seconds that the longest of them waits.',
    () => leases().longestWaitMs / 1e3,
  );
  gauge('tenure.lease.holds', '{stream}', 'Standing connections of clients.', () => leases().holds);
  gauge('tenure.lease.watchers', '{stream}', 'Open watches of leases.', () => leases().watchers);
  gauge(
    'tenure.lease.watcher_lag',
    '{revision}',
    'Revisions that the slowest watch is behind.',
    () => leases().watcherLag,
  );
  counter('tenure.store.commits', '{commit}', 'Changes of leases that were committed.', () => leases().commits);
  gauge('tenure.store.free', 'By', "Bytes free on the state folder's file system.", () => numbers.store().freeBytes);
  gauge('tenure.store.writable', '1', '1 where the store takes new leases, else 0.', () =>
    Number(numbers.store().writable),
  );
  gauge('tenure.secret.named', '{secret}', 'Secrets that have a name.', () => numbers.secrets().secrets);
  gauge('tenure.secret.leases', '{lease}', 'Leases in force on secrets.', () => numbers.secrets().activeLeases);
  gauge(
    'tenure.secret.pending_revocations',
    '{revocation}',
    'Revocations that have not been done yet.',
    () => numbers.secrets().pendingRevocations,
  );
  gauge('tenure.session.running', '{session}', 'Launched sessions that run.', () => numbers.sessions()?.running);
  gauge(
    'tenure.session.ended',
    '{session}',
    'Launched sessions that have ended and are kept.',
    () => numbers.sessions()?.ended,
  );
  gauge('tenure.fuse.active', '{fuse}', 'Fuses that have not gone off.', () => numbers.sessions()?.fuses);
  const runs = meter.createObservableGauge('tenure.task.runs', {
    unit: '{run}',
    description: 'Runs of tasks under way.',
  });
  add(runs, () => {
    const { running, waiting } = numbers.tasks();
    return [
      [running, { status: 'running' }],
      [waiting, { status: 'waiting' }],
    ];
  });
  gauge('tenure.task.known', '{task}', 'Tasks.', () => numbers.tasks().tasks);
  gauge(
    'tenure.task.deferred',
    '{task}',
    'Tasks that could not run when they were due.',
    () => numbers.tasks().deferred,
  );
  gauge('tenure.task.starving', '{task}', 'Those of them that starve.', () => numbers.tasks().starving);
  gauge('tenure.task.orchestrators', '{orchestrator}', 'Connected orchestrators.', () => numbers.tasks().orchestrators);
  const deliveries = meter.createObservableCounter('tenure.events.deliveries', {
    unit: '{event}',
    description: 'Events that were for a command or a webhook, by what became of them.',
  });
  add(deliveries, () =>
    numbers
      .eventSinks()
      .flatMap(({ sink, delivered, failed, dropped, sampledOut }) => [
        [delivered, { sink, outcome: 'delivered' }] as const,
        [failed, { sink, outcome: 'failed' }] as const,
        [dropped, { sink, outcome: 'dropped' }] as const,
        [sampledOut, { sink, outcome: 'sampled_out' }] as const,
      ]),
  );
  gauge('tenure.daemon.connections', '{connection}', 'Open connections.', () => numbers.connections());
  gauge('tenure.daemon.warnings', '{warning}', 'Warnings that stand.', () => numbers.warnings().length);
  gauge('process.uptime', 's', 'Seconds since the daemon started.', () => numbers.uptimeMs() / 1e3);
  gauge('process.memory.usage', 'By', 'Bytes of memory that the daemon takes.', () => numbers.residentBytes());
  counter(
    'tenure.daemon.stalled',
    's',
    'Seconds in which the daemon was stopped or starved.',
    () => leases().stalledMs / 1e3,
  );

  meter.addBatchObservableCallback((result) => {
    for (const report of reports) report(result);
  }, observables);
}

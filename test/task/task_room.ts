import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { TaskDefinition, TaskRun } from '@tenure/client/gen/tenure/task/v1/task';
import {
  ListTaskRunsRequest,
  type ListTaskRunsResponse,
  type TaskEvent,
  TriggerTaskRequest,
  type TriggerTaskResponse,
  type WatchTriggersResponse,
} from '@tenure/client/gen/tenure/task/v1/task_service';
import { readStartTicks } from '../../src/os/process_facts.js';
import { ProcessWatch } from '../../src/os/process_watch.js';
import type { Peer } from '../../src/rpc/context.js';
import type { OutStream } from '../../src/rpc/streams.js';
import { createTasks, type TaskSettings, type Tasks } from '../../src/task/create_tasks.js';
import type { Deferral } from '../../src/task/deferral_rules.js';
import type { TenureEvent } from '../../src/telemetry/events.js';
import { removeFolder } from '../removed_folder.js';

const SETTINGS: TaskSettings = {
  history: { perTask: 100, total: 1_000, bytes: 1_000_000, maxAgeMs: 1e9 },
  starveAfterMs: 3_600_000,
};

export interface TaskRoomOptions {
  readonly settings?: TaskSettings;
  readonly folder?: string;
  readonly bootId?: string;
}

/** A peer of a process. */
export function peerOf(pid: number, startTicks: number, fields: Partial<Peer> = {}): Peer {
  return {
    connectionId: `c${pid}`,
    uid: 1_000,
    gid: 1_000,
    role: 'client',
    process: { pid, startTicks },
    host: 'here',
    bootId: 'this-boot',
    executable: '/usr/bin/node',
    script: '',
    cwd: '/',
    ...fields,
  };
}

/** Where the answers of a stream go. */
export class Reader<Res> implements OutStream<Res> {
  readonly received: Res[] = [];
  readonly buffered = 0;
  readonly #end = new AbortController();
  #wake: () => void = () => undefined;

  get closed(): AbortSignal {
    return this.#end.signal;
  }

  write(message: Res | Buffer): boolean {
    if (Buffer.isBuffer(message)) throw new Error('messages only');
    this.received.push(message);
    this.#wake();
    return true;
  }

  drained(): Promise<void> {
    return Promise.resolve();
  }

  end(): void {
    this.#end.abort();
  }

  async until<T>(pick: (received: readonly Res[]) => T | undefined): Promise<T> {
    for (;;) {
      const picked = pick(this.received);
      if (picked !== undefined) return picked;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}

/** The task room with all that is real, asked without a network; its wall clock is the test's. */
export class TaskRoom {
  readonly folder: string;
  readonly events: TenureEvent[] = [];
  starving: ReadonlyMap<string, Deferral> = new Map();
  journalFault: unknown;
  nowMs = 1_750_000_000_000;
  readonly tasks: Tasks;
  readonly #watch = new ProcessWatch();
  readonly #bootId: string;
  #closed: Promise<void> | undefined;

  constructor(test: TestContext, options: TaskRoomOptions = {}) {
    this.folder = options.folder ?? mkdtempSync(join(tmpdir(), 'tnr-task-'));
    this.#bootId = options.bootId ?? 'this-boot';
    this.tasks = createTasks({
      folder: join(this.folder, 'tasks'),
      settings: () => options.settings ?? SETTINGS,
      processWatch: this.#watch,
      clock: { wallMs: () => this.nowMs },
      bootId: this.#bootId,
      events: { emit: (event) => void this.events.push(event) },
      onStarving: (starving) => {
        this.starving = starving;
      },
      onJournal: (fault) => {
        this.journalFault = fault;
      },
      lastWordMs: 20,
    });
    test.after(async () => {
      await this.close();
      if (options.folder === undefined) await removeFolder(this.folder);
    });
  }

  close(): Promise<void> {
    this.#closed ??= this.tasks.close().finally(() => this.#watch.close());
    return this.#closed;
  }

  async record(fields: Partial<TaskRun>, peer: Peer = SELF): Promise<TaskRun> {
    const run = { ...TaskRun.decode(new Uint8Array()), task: 'kb-sync', ...fields };
    const answer = await this.tasks.handlers.recordTaskOutcome.run({ run, nextRunTime: undefined }, contextOf(peer));
    if (answer.run === undefined) throw new Error('no run was answered');
    return answer.run;
  }

  async declare(orchestratorId: string, definitions: readonly Partial<TaskDefinition>[], peer: Peer = SELF) {
    const tasks = definitions.map((one) => ({ ...TaskDefinition.decode(new Uint8Array()), enabled: true, ...one }));
    await this.tasks.handlers.declareTasks.run({ orchestratorId, tasks }, contextOf(peer));
  }

  async task(name: string) {
    const { task } = await this.tasks.handlers.getTask.run({ task: name }, contextOf(SELF));
    if (task === undefined) throw new Error('no task was answered');
    return task;
  }

  async forget(tasks: string[]) {
    return this.tasks.handlers.forgetTasks.run({ tasks }, contextOf(SELF));
  }

  async runs(fields: Partial<ListTaskRunsRequest> = {}): Promise<ListTaskRunsResponse> {
    const request = { ...ListTaskRunsRequest.decode(new Uint8Array()), ...fields };
    return this.tasks.handlers.listTaskRuns.run(request, contextOf(SELF));
  }

  listen(orchestratorId: string, peer: Peer = SELF): Reader<WatchTriggersResponse> {
    const reader = new Reader<WatchTriggersResponse>();
    void this.tasks.handlers.watchTriggers.run({ orchestratorId, description: 'a test' }, contextOf(peer), reader);
    return reader;
  }

  async trigger(fields: Partial<TriggerTaskRequest> = {}, peer: Peer = SELF): Promise<TriggerTaskResponse> {
    const request = { ...TriggerTaskRequest.decode(new Uint8Array()), task: 'kb-sync', ...fields };
    return this.tasks.handlers.triggerTask.run(request, contextOf(peer));
  }

  watch(afterRevision?: bigint, tasks: string[] = []): Reader<{ events: TaskEvent[] }> {
    const reader = new Reader<{ events: TaskEvent[] }>();
    void this.tasks.handlers.watchTasks.run({ tasks, afterRevision }, contextOf(SELF), reader);
    return reader;
  }
}

/** This test's own process. */
export const SELF = peerOf(process.pid, readStartTicks(process.pid) ?? 0);

export function contextOf(peer: Peer) {
  return { peer, signal: new AbortController().signal };
}

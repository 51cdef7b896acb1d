import type {
  DeclareTasksRequest,
  TaskServiceService,
  TriggerTaskResponse,
  WatchTriggersRequest,
  WatchTriggersResponse,
} from '@tenure/client/gen/tenure/task/v1/task_service';
import { actorOf } from '../rpc/actor.js';
import type { Peer } from '../rpc/context.js';
import { durationToMs } from '../rpc/durations.js';
import { type HandlersFor, serverStream, unary } from '../rpc/handlers.js';
import { Refusal } from '../rpc/refusal.js';
import { checkText, invalid } from '../rpc/request_checks.js';
import type { OutStream } from '../rpc/streams.js';
import { readDefinition, readRun, readRunId, readTaskName, readTime } from './read_record.js';
import type { RunHistory } from './run_history.js';
import { pageOfRuns } from './run_pages.js';
import type { Declaration } from './run_record.js';
import { notFound, type RunWaits } from './run_waits.js';
import type { TaskBoard } from './task_board.js';
import { runMessage, taskMessage } from './task_message.js';
import type { TaskView } from './task_view_rules.js';
import type { TaskWatching } from './task_watching.js';
import type { TriggerConnection, TriggerOutcome, Triggers } from './triggers.js';

const MAX_TASKS = 1_000;
const MAX_ORCHESTRATOR_ID_BYTES = 128;
const MAX_DESCRIPTION_BYTES = 256;

export interface TaskServiceParts {
  readonly board: TaskBoard;
  readonly history: RunHistory;
  readonly triggers: Triggers;
  readonly watching: TaskWatching;
  readonly waits: RunWaits;
  readonly wallMs: () => number;
}

/** tenure.task.v1.TaskService: converts, calls, answers. */
export function taskHandlers(parts: TaskServiceParts): HandlersFor<typeof TaskServiceService> {
  const { board, history, triggers, watching, waits, wallMs } = parts;
  return {
    recordTaskOutcome: unary(
      ({ run: told, nextRunTime }, { peer }) => {
        const read = readRun(told, peer, wallMs());
        const nextRunWallMs = readTime('next_run_time', nextRunTime);
        if (nextRunWallMs !== undefined) board.setNextRun(read.orchestratorId, read.task, nextRunWallMs);
        return { run: runMessage(board.record(read, { actor: actorOf(peer), isOperator: peer.role === 'operator' })) };
      },
      { role: 'client' },
    ),
    declareTasks: unary(
      (request, { peer }) => {
        board.declare(readDeclaration(request, peer, wallMs()), peer.role === 'operator');
        return {};
      },
      { role: 'client' },
    ),
    listTasks: unary(
      ({ tasks }) => {
        const wanted = new Set(tasks);
        const views = board.views().filter(({ name }) => wanted.size === 0 || wanted.has(name));
        return { tasks: views.map(taskMessage) };
      },
      { role: 'viewer' },
    ),
    getTask: unary(({ task }) => ({ task: taskMessage(known(board, task)) }), { role: 'viewer' }),
    listTaskRuns: unary((request) => pageOfRuns(history.all(), request), { role: 'viewer' }),
    getTaskRun: unary(
      ({ runId }) => {
        const run = history.get(readRunId('run_id', runId));
        if (run === undefined) throw notFound(runId);
        return { run: runMessage(run) };
      },
      { role: 'viewer' },
    ),
    waitTaskRun: unary(
      async ({ runId, timeout }, { signal }) => {
        const timeoutMs = timeout && durationToMs(timeout);
        if (timeout !== undefined && timeoutMs === undefined) throw invalid('timeout', 'must be from 0 s to 10 years');
        return { run: runMessage(await waits.wait(readRunId('run_id', runId), timeoutMs, signal)) };
      },
      { role: 'viewer' },
    ),
    watchTasks: serverStream((request, _context, out) => watching.serve(request, out), { role: 'viewer' }),
    forgetTasks: unary(
      ({ tasks }, { peer }) => {
        if (tasks.length > MAX_TASKS) throw invalid('tasks', `has more than ${MAX_TASKS} entries`);
        const names = [...new Set(tasks)].map((name) => readTaskName('tasks', name));
        const ends = names.map((name) => ({ name, end: board.forget(name, actorOf(peer)) }));
        const namesOf = (wanted: string) => ends.filter(({ end }) => end === wanted).map(({ name }) => name);
        return { forgottenTasks: namesOf('forgotten'), keptTasks: namesOf('kept') };
      },
      { role: 'operator' },
    ),
    triggerTask: unary(
      async (request, { peer, signal }) => {
        known(board, request.task);
        return triggerAnswer(await triggers.ask(request, peer, signal));
      },
      { role: 'client' },
    ),
    watchTriggers: serverStream((request, { peer }, out) => listen(parts, request, peer, out), { role: 'client' }),
  };
}

function known(board: TaskBoard, task: string): TaskView {
  const view = board.view(readTaskName('task', task));
  if (view === undefined) {
    throw new Refusal('TASK_NOT_FOUND', `there is no task ${task}; no orchestrator declares it, and it has never run`);
  }
  return view;
}

function readDeclaration({ orchestratorId, tasks }: DeclareTasksRequest, peer: Peer, wallMs: number): Declaration {
  if (tasks.length > MAX_TASKS) throw invalid('tasks', `has more than ${MAX_TASKS} entries`);
  const definitions = tasks.map(readDefinition);
  const names = new Set(definitions.map(({ name }) => name));
  if (names.size < definitions.length) throw invalid('tasks', 'names a task twice');
  return { orchestratorId: checkOrchestratorId(orchestratorId), uid: peer.uid, wallMs, tasks: definitions };
}

function checkOrchestratorId(orchestratorId: string): string {
  if (orchestratorId === '') throw invalid('orchestrator_id', 'is empty; give a name that survives restarts');
  checkText('orchestrator_id', orchestratorId, MAX_ORCHESTRATOR_ID_BYTES);
  return orchestratorId;
}

/** For as long as the stream is open the orchestrator is connected. */
async function listen(
  { board, triggers, wallMs }: TaskServiceParts,
  { orchestratorId, description }: WatchTriggersRequest,
  peer: Peer,
  out: OutStream<WatchTriggersResponse>,
): Promise<void> {
  checkText('description', description, MAX_DESCRIPTION_BYTES);
  const connection: TriggerConnection = {
    orchestratorId: checkOrchestratorId(orchestratorId),
    process: peer.process,
    description,
    connectWallMs: wallMs(),
    uid: peer.uid,
    send: (response) => void out.write(response),
  };
  board.connect(connection);
  try {
    out.write({ trigger: undefined });
    await over(out.closed);
  } finally {
    board.disconnect(connection);
    triggers.disconnected(connection);
  }
}

function over(closed: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (closed.aborted) resolve();
    else closed.addEventListener('abort', () => resolve(), { once: true });
  });
}

function triggerAnswer(outcome: TriggerOutcome): TriggerTaskResponse {
  const { triggerId } = outcome;
  switch (outcome.kind) {
    case 'taken':
      return { triggerId, outcome: { $case: 'run', value: runMessage(outcome.run) } };
    case 'untaken':
      return { triggerId, outcome: { $case: 'untaken', value: { cause: outcome.cause } } };
  }
}

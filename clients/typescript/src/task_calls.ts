import type { Fields } from './call_options.js';
import { durationFromMillis, durationToMillis } from './duration.js';
import { TaskDefinition, TaskHolder, TaskProcess, TaskRun, TaskTrigger } from './gen/tenure/task/v1/task.js';
import {
  DeclareTasksRequest,
  ForgetTasksRequest,
  GetTaskRequest,
  GetTaskRunRequest,
  ListTaskRunsRequest,
  ListTasksRequest,
  RecordTaskOutcomeRequest,
  TaskRunFilter,
  TriggerTaskRequest,
  WaitTaskRunRequest,
} from './gen/tenure/task/v1/task_service.js';
import type { RequestIds } from './request_ids.js';
import { complete } from './requests.js';
import type { SingleCalls } from './single_calls.js';
import type { TaskRunFields, Tasks } from './tasks.js';

/** What the daemon gives an orchestrator to take a trigger, in milliseconds, where the request does not say. */
const TAKE_MS = 10_000;

/** See `Client.tasks`. */
export function taskCalls(calls: SingleCalls, requestIds: RequestIds): Tasks {
  return {
    recordTaskOutcome({ run, ...fields }, options) {
      const request = complete(RecordTaskOutcomeRequest, { ...fields, run: completeRun(run) });
      return calls.repeated(({ tasks }, ...rest) => tasks.recordTaskOutcome(request, ...rest), options);
    },
    declareTasks({ orchestratorId, tasks: declared }, options) {
      const definitions = declared.map((definition) => complete(TaskDefinition, definition));
      const request = complete(DeclareTasksRequest, { orchestratorId, tasks: definitions });
      return calls.repeated(({ tasks }, ...rest) => tasks.declareTasks(request, ...rest), options);
    },
    listTasks(fields = {}, options) {
      const request = complete(ListTasksRequest, fields);
      return calls.repeated(({ tasks }, ...rest) => tasks.listTasks(request, ...rest), options);
    },
    getTask(fields, options) {
      const request = complete(GetTaskRequest, fields);
      return calls.repeated(({ tasks }, ...rest) => tasks.getTask(request, ...rest), options);
    },
    listTaskRuns({ filter, ...fields } = {}, options) {
      const wanted = filter === undefined ? undefined : complete(TaskRunFilter, filter);
      const request = complete(ListTaskRunsRequest, { ...fields, filter: wanted });
      return calls.repeated(({ tasks }, ...rest) => tasks.listTaskRuns(request, ...rest), options);
    },
    getTaskRun(fields, options) {
      const request = complete(GetTaskRunRequest, fields);
      return calls.repeated(({ tasks }, ...rest) => tasks.getTaskRun(request, ...rest), options);
    },
    waitTaskRun(fields, options) {
      const request = complete(WaitTaskRunRequest, fields);
      const waitMs = request.timeout === undefined ? Number.POSITIVE_INFINITY : durationToMillis(request.timeout);
      const end = performance.now() + waitMs;
      return calls.working(
        ({ tasks }, ...rest) => {
          // A repetition after a break waits for what is left.
          const leftMs = Math.max(0, end - performance.now());
          const timeout = request.timeout === undefined ? undefined : durationFromMillis(leftMs);
          return tasks.waitTaskRun({ ...request, timeout }, ...rest);
        },
        options,
        waitMs,
      );
    },
    forgetTasks(fields, options) {
      const request = complete(ForgetTasksRequest, fields);
      return calls.repeated(({ tasks }, ...rest) => tasks.forgetTasks(request, ...rest), options);
    },
    triggerTask(fields, options) {
      const request = complete(TriggerTaskRequest, fields);
      // Without one, a repetition after a break could be a second run.
      request.requestId ||= requestIds.next();
      const takeMs = request.timeout === undefined ? TAKE_MS : durationToMillis(request.timeout);
      return calls.working(({ tasks }, ...rest) => tasks.triggerTask(request, ...rest), options, takeMs);
    },
  };
}

function completeRun({ process, holder, trigger, ...fields }: TaskRunFields): TaskRun {
  return complete(TaskRun, {
    ...fields,
    process: optional(TaskProcess, process),
    holder: optional(TaskHolder, holder),
    trigger: optional(TaskTrigger, trigger),
  });
}

function optional<T extends object>(
  type: { decode(bytes: Uint8Array): T },
  fields: Fields<T> | undefined,
): T | undefined {
  return fields === undefined ? undefined : complete(type, fields);
}

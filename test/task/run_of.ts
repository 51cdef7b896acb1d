import type { RunHolder, RunTrigger, TaskRunRecord } from '../../src/task/run_record.js';

export const NO_TRIGGER: RunTrigger = { kind: 'unknown', triggerId: '', afterRunId: '', afterTask: '' };

export function holderOn(resource: string, leaseId = 'l1'): RunHolder {
  return { leaseId, resource, pid: 812, description: 'sync.sh', clientId: 'c', reason: '' };
}

/** A run that has completed, but for what is given. */
export function runOf(fields: Partial<TaskRunRecord> = {}): TaskRunRecord {
  const { startWallMs = 1_000, status = 'completed' } = fields;
  const isOpen = status === 'waiting' || status === 'running';
  return {
    runId: 'r1',
    task: 'kb-sync',
    orchestratorId: '',
    parentRunId: '',
    status,
    reasonCode: '',
    phase: '',
    error: '',
    exitCode: undefined,
    signal: 0,
    startWallMs,
    workWallMs: undefined,
    outputPath: '',
    endWallMs: isOpen ? undefined : startWallMs,
    process: undefined,
    recorder: undefined,
    bootId: 'this-boot',
    uid: 1_000,
    resources: [],
    leaseIds: [],
    holder: undefined,
    blockingTask: '',
    blockingRunId: '',
    trigger: NO_TRIGGER,
    attempt: 1,
    count: 1,
    countedRunId: '',
    guessed: false,
    ...fields,
  };
}

import type { LaunchRecord } from '../../../src/session/launched/record.js';

const NOBODY = { pid: 1, startTicks: 1 };

/** The record of a session that says little but what a test does. */
export function launchRecord(more: Partial<LaunchRecord> = {}): LaunchRecord {
  return {
    sessionId: 'sabcdefghijkl',
    adapter: 'process',
    nativeId: '',
    command: 'true',
    directory: '/',
    prompt: '',
    model: '',
    group: '',
    labels: {},
    parentSessionId: '',
    limits: { timeoutMs: undefined, stallMs: undefined, stopOnStall: false, outputBytes: 1 },
    keepStdin: false,
    launchUid: 0,
    requestId: '',
    requestDigest: '',
    startWallMs: 1_750_000_000_000,
    startBoottimeMs: 0,
    bootId: 'b',
    shim: NOBODY,
    main: NOBODY,
    leaseIds: [],
    worktree: undefined,
    agent: undefined,
    onComplete: '',
    webhook: '',
    hooks: [],
    stop: undefined,
    usage: undefined,
    end: undefined,
    ...more,
  };
}

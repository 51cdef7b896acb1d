import { writeFileSync } from 'node:fs';
import type { Clock } from '../../os/clock.js';
import type { Peer } from '../../rpc/context.js';
import type { LaunchRecord } from '../launched/record.js';
import type { SessionFolders } from '../launched/session_folders.js';
import type { SessionLeases } from '../session_leases.js';
import { startShim } from '../shim/shim.js';
import { SESSION_VARIABLE } from '../stopping/marked_processes.js';
import { Places } from './places.js';
import type { Podman } from './podman.js';
import type { FoundContainer } from './reconcile_rules.js';

const OUTPUT_BYTES = 8 * 1024 * 1024;

export interface AdoptingParts {
  readonly podman: Podman;
  readonly folders: SessionFolders;
  readonly leases: SessionLeases;
  readonly limitedResources: (agent: string) => readonly string[];
  readonly clock: Clock;
  readonly bootId: string;
  readonly peer: () => Peer;
  readonly admit: (record: LaunchRecord) => void;
}

/** Waits for a container's end, shows its output where podman has it, and ends as it did: not of a TERM of its own. */
const WAIT_SCRIPT = `
trap : TERM
podman attach --no-stdin "$1" &
until code=$(podman wait "$1"); do
  podman container exists "$1" || exit 125
done
wait
exit "$code"
`;

/** Makes a session of a container that runs without one: its record was lost, and its labels say whose it is. */
export async function adopt(parts: AdoptingParts, container: FoundContainer): Promise<void> {
  const { folders, podman, leases, clock, bootId, peer } = parts;
  const { sessionId, agent, pid, name, id, image } = container;
  const folder = folders.make(sessionId);
  const places = new Places(folder);
  let isAdmitted = false;
  let abandon: (() => void) | undefined;
  try {
    places.make(undefined);
    writeFileSync(places.pidFile, String(pid), { mode: 0o600 });
    const shim = await startShim({
      folder,
      argv: ['/bin/sh', '-c', WAIT_SCRIPT, 'tenure-adopted', name],
      environment: { ...podman.environment, [SESSION_VARIABLE]: sessionId },
      directory: places.workspace,
      input: undefined,
      keepStdin: false,
      outputBytes: OUTPUT_BYTES,
    });
    abandon = shim.abandon;
    const wish = {
      directory: undefined,
      limits: parts.limitedResources(agent),
      sessionId,
      pids: [shim.main.pid, shim.shim.pid],
      inheritTokens: [],
      reason: `session ${sessionId}`,
    };
    const taken = await leases.take(wish, peer());
    const record: LaunchRecord = {
      sessionId,
      adapter: 'podman',
      nativeId: '',
      command: '',
      directory: places.workspace,
      prompt: '',
      model: '',
      group: '',
      labels: {},
      parentSessionId: '',
      limits: { timeoutMs: undefined, stallMs: undefined, stopOnStall: false, outputBytes: OUTPUT_BYTES },
      keepStdin: false,
      launchUid: peer().uid,
      requestId: '',
      requestDigest: '',
      startWallMs: container.startWallMs,
      startBoottimeMs: clock.boottimeMs() - (clock.wallMs() - container.startWallMs),
      bootId,
      shim: shim.shim,
      main: shim.main,
      // It runs already, beyond the limit if need be.
      leaseIds: taken.kind === 'taken' ? taken.leaseIds : [],
      worktree: undefined,
      agent: { name: agent, repo: '', workUnit: '', container: { id, name, image }, dueWallMs: undefined },
      onComplete: '',
      webhook: '',
      hooks: [],
      stop: undefined,
      usage: undefined,
      end: undefined,
    };
    folders.write(record);
    parts.admit(record);
    isAdmitted = true;
    shim.open('');
  } finally {
    if (!isAdmitted) {
      abandon?.();
      await folders.remove(sessionId);
    }
  }
}

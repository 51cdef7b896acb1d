import { z } from 'zod';
import { isRunning, readStartTicks } from '../../os/process_facts.js';
import { AGENT_LABEL, INSTANCE_LABEL, SESSION_LABEL, sessionOfSecret } from './name_rules.js';
import type { Podman } from './podman.js';
import type { Found, FoundContainer } from './reconcile_rules.js';

/** Of `podman ps --format json`, what is needed of each. */
const containersSchema = z.array(
  z.object({
    Id: z.string(),
    Names: z.array(z.string()),
    Image: z.string(),
    Labels: z.record(z.string(), z.string()).nullish(),
    Pid: z.number().nullish(),
    State: z.string(),
    StartedAt: z.number().nullish(),
  }),
);

const RUNNING = new Set(['running', 'paused', 'stopping']);

/** All that this instance has with podman. Rejects where podman does not answer, or not as expected. */
export async function listOwn(podman: Podman, instance: string): Promise<Found> {
  const [containers, secrets] = await Promise.all([
    podman.run(['ps', '--all', '--no-trunc', '--filter', `label=${INSTANCE_LABEL}=${instance}`, '--format', 'json']),
    podman.run(['secret', 'ls', '--format', '{{.Name}}']),
  ]);
  if (!containers.ok) throw new Error(containers.fault.text);
  if (!secrets.ok) throw new Error(secrets.fault.text);
  return {
    // Nothing at all where there is none, in some versions.
    containers: containersSchema.parse(JSON.parse(containers.output.trim() || '[]')).map(foundContainer),
    secrets: secrets.output.split('\n').flatMap((line) => {
      const name = line.trim();
      const sessionId = sessionOfSecret(instance, name);
      return sessionId === undefined ? [] : [{ name, sessionId }];
    }),
  };
}

function foundContainer(one: z.output<typeof containersSchema>[number]): FoundContainer {
  const pid = one.Pid ?? 0;
  return {
    id: one.Id,
    name: one.Names[0] ?? one.Id,
    image: one.Image,
    agent: one.Labels?.[AGENT_LABEL] ?? '',
    sessionId: one.Labels?.[SESSION_LABEL] ?? '',
    pid,
    alive: RUNNING.has(one.State) && lives(pid),
    startWallMs: (one.StartedAt ?? 0) * 1_000,
  };
}

/** Podman calls one running for ever whose conmon was killed. */
function lives(pid: number): boolean {
  const startTicks = pid > 0 ? readStartTicks(pid) : undefined;
  return startTicks !== undefined && isRunning(pid, startTicks);
}

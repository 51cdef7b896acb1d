import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';

/** Changes with every boot of the kernel. */
export function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
}

/** 32 hex digits that stay the same across boots. Many containers have no such file: there the host's name stands in. */
export function machineId(): string {
  for (const path of ['/etc/machine-id', '/var/lib/dbus/machine-id']) {
    const id = readIfThere(path);
    if (/^[0-9a-f]{32}$/.test(id)) return id;
  }
  return createHash('sha256').update(hostname()).digest('hex').slice(0, 32);
}

export function hostName(): string {
  return hostname();
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'latin1').trim();
  } catch {
    return '';
  }
}

import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { replaceFile } from '../../os/atomic_file.js';
import { CLONE_FAILED, CLONED } from './clone_rules.js';
import type { ContainerFault } from './end_rules.js';

const FAULT = 'container.fault';
const faultSchema = z.object({ kind: z.enum(['stuck', 'lost']), why: z.string() });

/** What a container's session keeps in its folder, beside its record and its output. */
export class Places {
  readonly folder: string;
  readonly workspace: string;
  readonly given: string;
  readonly pidFile: string;
  readonly idFile: string;

  constructor(folder: string) {
    this.folder = folder;
    this.workspace = join(folder, 'work');
    this.given = join(folder, 'given');
    this.pidFile = join(folder, 'container.pid');
    this.idFile = join(folder, 'container.id');
  }

  /** Nobody else reaches any of it, for the folder is its owner's alone. */
  make(file: { readonly name: string; readonly content: Uint8Array } | undefined): void {
    // Podman makes it its user's own.
    mkdirSync(this.workspace);
    if (file === undefined) return;
    const path = join(this.given, file.name);
    mkdirSync(this.given);
    writeFileSync(path, file.content, { flag: 'wx' });
    // The daemon's umask would keep it from that user.
    chmodSync(path, 0o444);
    chmodSync(this.given, 0o755);
  }

  /** Removing what is not there is harmless. */
  async remove(): Promise<void> {
    for (const path of [this.workspace, this.given]) await rm(path, { recursive: true, force: true, maxRetries: 2 });
  }

  get isRemoved(): boolean {
    return !existsSync(this.workspace) && !existsSync(this.given);
  }

  /** Podman's own, once the container is made. */
  get containerId(): string {
    return read(this.idFile);
  }

  get isCloned(): boolean {
    return existsSync(join(this.folder, CLONED));
  }

  /** Of the container's main process, and when it was written down; undefined: there was none yet. */
  pid(): { readonly pid: number; readonly wallMs: number } | undefined {
    const pid = Number(read(this.pidFile));
    return Number.isSafeInteger(pid) && pid > 0 ? { pid, wallMs: statSync(this.pidFile).mtimeMs } : undefined;
  }

  /** Why it was given up, or never begun. A file, for the daemon may end before the session does. */
  fault(): ContainerFault | undefined {
    const why = read(join(this.folder, CLONE_FAILED));
    if (why !== '') return { kind: 'clone', why };
    const text = read(join(this.folder, FAULT));
    return text === '' ? undefined : faultSchema.parse(JSON.parse(text));
  }

  giveUp(fault: ContainerFault): void {
    replaceFile(join(this.folder, FAULT), JSON.stringify(fault));
  }
}

/** Empty where it is not there. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

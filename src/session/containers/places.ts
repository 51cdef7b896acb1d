import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
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

  constructor(folder: string) {
    this.folder = folder;
    this.workspace = join(folder, 'work');
    this.given = join(folder, 'given');
    this.pidFile = join(folder, 'container.pid');
  }

  /** Others reach none of it, for the folder is the session's alone; the container's user may be any. */
  make(file: { readonly name: string; readonly content: Uint8Array } | undefined): void {
    mkdirSync(this.workspace, { mode: 0o755 });
    if (file === undefined) return;
    mkdirSync(this.given, { mode: 0o755 });
    writeFileSync(join(this.given, file.name), file.content, { mode: 0o444, flag: 'wx' });
  }

  /** Removing what is not there is harmless. */
  async remove(): Promise<void> {
    for (const path of [this.workspace, this.given]) await rm(path, { recursive: true, force: true, maxRetries: 2 });
  }

  get isRemoved(): boolean {
    return !existsSync(this.workspace) && !existsSync(this.given);
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

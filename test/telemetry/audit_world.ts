import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { AuditEntry } from '../../src/telemetry/audit_entry.js';
import { type AuditFiles, systemFiles } from '../../src/telemetry/audit_files.js';
import { AuditLog, type AuditLogOptions } from '../../src/telemetry/audit_log.js';
import type { TenureEvent } from '../../src/telemetry/events.js';
import { temporaryFolder } from '../os/child_process.js';

export const DAY_MS = 24 * 3600 * 1000;

export function eventOf(event: Partial<TenureEvent> = {}): TenureEvent {
  return { action: 'secret.leased', level: 'info', success: true, metadata: {}, ...event };
}

/** The folder of an audit log, a clock to turn, and a disk that can be filled. */
export class AuditWorld {
  readonly folder: string;
  readonly lost: [count: number, why: string][] = [];
  readonly recovered: number[] = [];
  /** Bytes of each write that was tried. */
  readonly writes: number[] = [];
  syncs = 0;
  nowMs = 1_754_822_400_000;
  /** Bytes that the disk still takes. */
  room = Number.POSITIVE_INFINITY;
  syncFails = false;
  readonly #context: TestContext;

  constructor(t: TestContext) {
    this.#context = t;
    this.folder = join(temporaryFolder(t), 'audit');
  }

  get files(): AuditFiles {
    return {
      ...systemFiles,
      open: (path) => {
        if (this.room <= 0) throw full();
        return systemFiles.open(path);
      },
      write: (fd, bytes, from) => {
        this.writes.push(bytes.length - from);
        if (this.room <= 0) throw full();
        const taken = Math.min(bytes.length - from, this.room);
        this.room -= taken;
        return systemFiles.write(fd, bytes.subarray(from, from + taken), 0);
      },
      sync: async (fd) => {
        this.syncs += 1;
        if (this.syncFails) throw Object.assign(new Error('i/o error'), { code: 'EIO' });
        await systemFiles.sync(fd);
      },
    };
  }

  /** Opens the log, as a start of the daemon does. */
  open(options: Partial<AuditLogOptions> = {}): AuditLog {
    const log = new AuditLog({
      folder: this.folder,
      ownUid: process.getuid?.() ?? 0,
      wallMs: () => this.nowMs,
      onLost: (count, why) => this.lost.push([count, why]),
      onRecovered: (count) => this.recovered.push(count),
      files: this.files,
      ...options,
    });
    this.#context.after(() => log.close());
    return log;
  }

  /** Names of the segments, the oldest first. */
  names(): string[] {
    return readdirSync(this.folder).sort();
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  /** All that is in the files. */
  text(): string {
    return this.names()
      .map((name) => readFileSync(this.path(name), 'utf8'))
      .join('');
  }
}

function full(): Error {
  return Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
}

/** All entries after a sequence, as they are in the files now. */
export async function readAll(log: AuditLog, after = 0): Promise<AuditEntry[]> {
  const cursor = log.cursor(after);
  const entries: AuditEntry[] = [];
  try {
    for (let piece = await cursor.next(); piece !== undefined; piece = await cursor.next()) {
      entries.push(...piece.entries);
    }
  } finally {
    await cursor.close();
  }
  return entries;
}

export async function sequences(log: AuditLog, after = 0): Promise<number[]> {
  return (await readAll(log, after)).map(({ sequence }) => sequence);
}

/** From one number to another, both included. */
export function range(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => from + index);
}

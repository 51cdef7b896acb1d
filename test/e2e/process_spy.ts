import { readdirSync, readFileSync } from 'node:fs';
import type { TestContext } from 'node:test';
import type { Marker } from './marker.js';

const PAUSE_MS = 10;

interface Sighting {
  /** Such as `the environment of 123: node tenure.cjs secret put a`. */
  readonly what: string;
  readonly group: number | undefined;
}

/** Looks again and again at what every process of the machine shows of itself. */
export class ProcessSpy {
  readonly #marker: Marker;
  readonly #sightings = new Map<string, Sighting>();
  readonly #seen = new Set<string>();
  readonly #timer: NodeJS.Timeout;

  constructor(context: TestContext, marker: Marker) {
    this.#marker = marker;
    this.#timer = setInterval(() => this.look(), PAUSE_MS);
    context.after(() => clearInterval(this.#timer));
  }

  look(): void {
    for (const pid of readdirSync('/proc')) {
      if (!/^\d+$/.test(pid)) continue;
      const groupBefore = groupOf(pid);
      const commandLine = read(pid, 'cmdline');
      this.#seen.add(commandLine.toString().replaceAll('\0', ' '));
      for (const [file, content] of [
        ['arguments', commandLine],
        ['environment', read(pid, 'environ')],
      ] as const) {
        const form = this.#marker.formIn(content);
        if (form === undefined) continue;
        const what = `the ${file} of ${pid}: ${commandLine.toString().replaceAll('\0', ' ')} (${form})`;
        // Where it is gone by now, the group that it had.
        this.#sightings.set(what, { what, group: groupOf(pid) ?? groupBefore });
      }
    }
  }

  /** Where the marker was, but for one process group. */
  sightings(allowedGroup: number): readonly string[] {
    return [...this.#sightings.values()].filter(({ group }) => group !== allowedGroup).map(({ what }) => what);
  }

  /** Whether a process with such a command line was looked at. */
  hasSeen(pattern: RegExp): boolean {
    return [...this.#seen].some((commandLine) => pattern.test(commandLine));
  }
}

function read(pid: string, file: string): Buffer {
  try {
    return readFileSync(`/proc/${pid}/${file}`);
  } catch {
    // Gone meanwhile.
    return Buffer.alloc(0);
  }
}

/** Undefined: it is gone. */
function groupOf(pid: string): number | undefined {
  const stat = read(pid, 'stat').toString();
  return stat === '' ? undefined : Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2]);
}

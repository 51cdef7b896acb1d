import type { Clock } from '../../os/clock.js';
import type { ProcessWatch } from '../../os/process_watch.js';
import type { EventSink } from '../../telemetry/events.js';
import type { SessionAdapter } from '../adapter.js';
import type { AgentResult } from '../agents/agent_program.js';
import { agentFacts } from '../configured_agents/agent_facts_rules.js';
import { EndHooks } from '../hooks/end_hooks.js';
import type { LaunchedFacts, Phase, Printed } from '../listing/merge_rules.js';
import type { OutputLog } from '../output/output_log.js';
import type { ShimExit } from '../shim/shim_exit.js';
import { SessionProcesses } from '../stopping/session_processes.js';
import type { ContainerOfSession } from './container_of_session.js';
import { SessionLife } from './life.js';
import { LimitWatch } from './limit_watch.js';
import { Moment } from './moment.js';
import { endOf, type MainEnd } from './outcome_rules.js';
import type { HookRecord, LaunchRecord, StopNote } from './record.js';
import type { SessionFolders } from './session_folders.js';

/** Where an agent says its id: at the beginning. */
const ID_BYTES = 64 * 1024;
/** Where an agent's result stands: at the end of what it printed. */
const RESULT_BYTES = 256 * 1024;

export interface LaunchedParts {
  readonly folders: Pick<SessionFolders, 'write'>;
  readonly output: OutputLog;
  readonly readExit: () => Promise<ShimExit | undefined>;
  readonly processWatch: ProcessWatch;
  readonly clock: Clock;
  readonly bootId: string;
  readonly adapter: SessionAdapter | undefined;
  /** Undefined: it runs in none. */
  readonly container: ContainerOfSession | undefined;
  /** The hook and the webhook of a session that has ended. */
  readonly afterEnd: (record: LaunchRecord) => Promise<readonly HookRecord[]>;
  readonly stopGraceMs: () => number;
  readonly events: EventSink;
  /** Something of it is to be shown otherwise now. */
  readonly onChange: (session: LaunchedSession) => void;
  readonly onFault: (error: unknown) => void;
}

/** A session that was launched here: its record on the disk, its processes, its limits and its end. */
export class LaunchedSession {
  readonly #parts: LaunchedParts;
  #record: LaunchRecord;
  #stalled = false;
  /** A stop that runs; all who ask for one share it. */
  #stopping: Promise<number> | undefined;
  #killAtMs = 0;
  #life: SessionLife | undefined;
  #limits: LimitWatch | undefined;
  readonly #ended = new Moment();
  /** What it has printed, once nothing can be added. */
  #lastPrinted: Printed | undefined;
  readonly #closing = new AbortController();
  readonly #processes: SessionProcesses;
  readonly #hooks: EndHooks;

  constructor(record: LaunchRecord, parts: LaunchedParts) {
    this.#record = record;
    this.#parts = parts;
    const closing = this.#closing.signal;
    this.#processes = new SessionProcesses(record, { ...parts, closing });
    this.#hooks = new EndHooks({
      record: () => this.#record,
      afterEnd: parts.afterEnd,
      stopped: async () => this.#stopping?.catch(() => 0),
      onRun: (run) => this.#update({ hooks: [...this.#record.hooks, ...run] }),
      onCompleted: async () => parts.container?.tidy(),
      closing,
      onFault: parts.onFault,
    });
  }

  get record(): LaunchRecord {
    return this.#record;
  }

  get output(): OutputLog {
    return this.#parts.output;
  }

  get phase(): Phase {
    if (this.#record.end !== undefined) return 'ended';
    if (this.#stopping !== undefined) return 'stopping';
    return this.#stalled ? 'stalled' : 'running';
  }

  /** Resolves once it has ended and its record says so, and at the signal's abort. */
  ended(signal?: AbortSignal): Promise<void> {
    return this.#ended.wait(signal);
  }

  /** It has ended, and neither a stop nor a hook is at work on what it left. */
  get isDone(): boolean {
    return this.phase === 'ended' && this.#stopping === undefined && !this.#hooks.isRunning;
  }

  /** Nothing more will happen to it, though nobody may have written that down yet. */
  get isOver(): boolean {
    return this.#record.end !== undefined || !this.#processes.isAlive(this.#record.main);
  }

  /** The files are looked at as long as their keeper lives, which may be longer than the session. */
  async printed(): Promise<Printed> {
    if (this.#lastPrinted !== undefined) return this.#lastPrinted;
    const isLast = this.phase === 'ended' && !this.#processes.isAlive(this.#record.shim);
    await this.#learnFromOutput();
    const { stdout, stderr } = await this.#parts.output.sizes();
    const activityWallMs = await this.#parts.output.activityWallMs();
    const printed = { stdoutBytes: stdout, stderrBytes: stderr, activityWallMs };
    if (isLast) this.#lastPrinted = printed;
    return printed;
  }

  /** As it is at this very moment. */
  facts(printed: Printed, leftProcesses: number): LaunchedFacts {
    return { record: this.#record, phase: this.phase, leftProcesses, ...printed };
  }

  /** The id that its program has given it. */
  learn(nativeId: string): void {
    if (this.#record.nativeId === '') this.#update({ nativeId });
  }

  /** Follows it from now on: a new one, or one of a run before. */
  follow(): void {
    if (this.#record.end !== undefined) {
      this.#ended.come();
      this.#hooks.run();
      return;
    }
    const { processWatch, readExit, onFault, bootId, clock, output, container } = this.#parts;
    const fault = (error: unknown): void => onFault(error);
    const onEnd = (end: MainEnd, wallMs: number | undefined): void => {
      this.#onEnd(end, wallMs).catch(fault);
    };
    if (this.#record.bootId !== bootId) {
      // Its processes went with their boot; the pids may be anybody's by now.
      const gone = { isAlive: () => false, onExit: processWatch.onExit.bind(processWatch) };
      this.#life = new SessionLife(NOBODY, { processWatch: gone, readExit, onEnd, onFault: fault });
      this.#life.start();
      return;
    }
    this.#life = new SessionLife(this.#record, { processWatch, readExit, onEnd, onFault: fault });
    this.#limits = new LimitWatch({
      limits: this.#record.limits,
      ranMs: clock.boottimeMs() - this.#record.startBoottimeMs,
      nowMs: () => clock.boottimeMs(),
      printedBytes: async () => {
        const { stdout, stderr } = await output.sizes();
        return stdout + stderr;
      },
      hasBegun: () => container === undefined || container.processOne !== undefined,
      onTimeout: () => this.#stopByLimit('timeout', 'its time limit ran out'),
      onStall: (stalled) => this.#onStall(stalled),
      onFault: fault,
    });
    this.#life.start();
    this.#limits.start();
    container?.follow(() => this.#giveUp());
    // The daemon ended in the middle of a stop: whoever asked for it does not ask again.
    if (this.#record.stop !== undefined) this.#stopBy(this.#record.stop);
  }

  /**
   * Ends everything that it has started; what has left it behind, too. Who
   * asks meanwhile joins, and has it killed no later than it asks for.
   * Answers how many processes there were.
   */
  stop(note: StopNote, graceMs: number = this.#parts.stopGraceMs()): Promise<number> {
    const killAtMs = this.#parts.clock.monotonicMs() + graceMs;
    this.#killAtMs = this.#stopping === undefined ? killAtMs : Math.min(this.#killAtMs, killAtMs);
    this.#stopping ??= this.#stop(note).finally(() => {
      this.#stopping = undefined;
      this.#parts.onChange(this);
    });
    this.#parts.onChange(this);
    return this.#stopping;
  }

  /** Stops following it; it lives on by itself. Waits for hooks that run. */
  async close(): Promise<void> {
    this.#closing.abort();
    this.#life?.close();
    this.#limits?.close();
    this.#parts.container?.close();
    await this.#hooks.close();
  }

  async #stop(note: StopNote): Promise<number> {
    const { main, stop } = this.#record;
    // Before the first signal: whatever happens to the daemon, the end that follows has its reason. One that has
    // ended by itself has a reason of its own, though nobody has read it yet.
    if (stop === undefined && this.#processes.isAlive(main)) this.#update({ stop: note });
    const count = await this.#processes.end(() => this.#killAtMs);
    await this.#ended.wait(this.#closing.signal);
    return count;
  }

  /** Nothing more will come of it: what its container left to wait for ends here. */
  #giveUp(): void {
    this.#processes.end(() => 0).catch((error: unknown) => this.#parts.onFault(error));
  }

  #stopByLimit(by: 'timeout' | 'stall', reason: string): void {
    const wallMs = this.#parts.clock.wallMs();
    this.#stopBy({ by, uid: process.getuid?.() ?? 0, pid: process.pid, reason, wallMs });
  }

  #stopBy(note: StopNote): void {
    this.stop(note).catch((error: unknown) => this.#parts.onFault(error));
  }

  #onStall(stalled: boolean): void {
    this.#stalled = stalled;
    if (stalled) this.#emit('session.stalled', 'warn', false, {});
    this.#parts.onChange(this);
    if (stalled && this.#record.limits.stopOnStall) this.#stopByLimit('stall', 'it printed nothing for too long');
  }

  /** It may be gone before anybody has seen its process. */
  async #learnFromOutput(): Promise<void> {
    const { adapter, output } = this.#parts;
    if (adapter?.nativeIdOf === undefined || this.#record.nativeId !== '' || this.#record.end !== undefined) return;
    const { offset, bytes } = await output.read('stdout', 0, ID_BYTES);
    const nativeId = offset === 0 ? adapter.nativeIdOf(bytes.toString('utf8')) : '';
    if (nativeId !== '') this.learn(nativeId);
  }

  async #onEnd(told: MainEnd, wallMs: number | undefined): Promise<void> {
    this.#limits?.close();
    const main = (await this.#parts.container?.settle(told)) ?? told;
    const result = await this.#result();
    const end = endOf(main, this.#record.stop, result, wallMs ?? this.#parts.clock.wallMs());
    this.#update({
      end,
      nativeId: result?.nativeId === undefined || result.nativeId === '' ? this.#record.nativeId : result.nativeId,
      usage: result?.usage ?? this.#record.usage,
    });
    this.#emit('session.ended', 'info', end.outcome === 'success', {
      outcome: end.outcome,
      durationMs: Math.max(0, end.wallMs - this.#record.startWallMs),
      ...(end.exitCode === undefined ? {} : { exitCode: end.exitCode }),
      ...(end.signal === 0 ? {} : { signal: end.signal }),
    });
    this.#ended.come();
    this.#hooks.run();
  }

  /** What can't be read says nothing; the end stands without it. */
  async #result(): Promise<AgentResult | undefined> {
    try {
      await this.#learnFromOutput();
      const tail = await this.#parts.output.tail('stdout', RESULT_BYTES);
      return await this.#parts.adapter?.resultOf(tail.toString('utf8'));
    } catch (error) {
      this.#parts.onFault(error);
      return undefined;
    }
  }

  #update(changes: Partial<LaunchRecord>): void {
    this.#record = { ...this.#record, ...changes };
    try {
      this.#parts.folders.write(this.#record);
    } catch (error) {
      // It stands in memory; the next change writes it all.
      this.#parts.onFault(error);
    }
    this.#parts.onChange(this);
  }

  #emit(
    action: string,
    level: 'info' | 'warn',
    success: boolean,
    more: Readonly<Record<string, string | number | boolean>>,
  ): void {
    const { sessionId, adapter, directory, agent } = this.#record;
    const metadata = { sessionId, adapter, directory, ...agentFacts(agent), ...more };
    this.#parts.events.emit({ action, level, success, metadata });
  }
}

/** No process has this identity. */
const NOBODY = { shim: { pid: 0, startTicks: 0 }, main: { pid: 0, startTicks: 0 } };

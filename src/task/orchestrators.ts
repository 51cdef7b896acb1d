import { Refusal } from '../rpc/refusal.js';
import type { Declaration, TaskDefinitionRecord } from './run_record.js';
import type { ConnectedOrchestrator } from './task_view_rules.js';

const MOST_ORCHESTRATORS = 256;

/** Something that a trigger can be sent to. */
export interface OrchestratorConnection extends ConnectedOrchestrator {
  readonly uid: number;
}

/** Who declares which tasks, and who of them listens now. */
export class Orchestrators<C extends OrchestratorConnection = OrchestratorConnection> {
  /** The oldest declaration first. */
  readonly #declared = new Map<string, Declaration>();
  #declaredBytes = 0;
  /** In the order in which they came. */
  readonly #connected = new Set<C>();

  get connectedCount(): number {
    return this.#connected.size;
  }

  /** What the declarations take in the journal, nearly. */
  get declaredBytes(): number {
    return this.#declaredBytes;
  }

  declarations(): Iterable<Declaration> {
    return this.#declared.values();
  }

  declared(orchestratorId: string): Declaration | undefined {
    return this.#declared.get(orchestratorId);
  }

  /** Answers the tasks that this is news for: its own, and those that it declared before. */
  declare(declaration: Declaration): ReadonlySet<string> {
    const { orchestratorId, tasks } = declaration;
    const before = this.#declared.get(orchestratorId);
    if (before === undefined) this.#makeRoom();
    this.#forget(orchestratorId);
    this.#declared.set(orchestratorId, declaration);
    this.#declaredBytes += sizeOf(declaration);
    return new Set([...(before?.tasks ?? []), ...tasks].map(({ name }) => name));
  }

  /** Forgets declarations of before that moment whose orchestrators are away; answers their tasks. */
  forgetBefore(wallMs: number): readonly string[] {
    const old = [...this.#declared.values()].filter(
      (one) => one.wallMs < wallMs && !this.isConnected(one.orchestratorId),
    );
    for (const { orchestratorId } of old) this.#forget(orchestratorId);
    return old.flatMap(({ tasks }) => tasks.map(({ name }) => name));
  }

  /** Nobody is to be known for it any more. */
  withdraw(task: string): void {
    for (const declaration of [...this.#declared.values()]) {
      if (!hasTask(declaration.tasks, task)) continue;
      const left = { ...declaration, tasks: declaration.tasks.filter(({ name }) => name !== task) };
      this.#declared.set(declaration.orchestratorId, left);
      this.#declaredBytes += sizeOf(left) - sizeOf(declaration);
    }
  }

  /** When a task will be run next, by the orchestrator that says so. */
  setNextRun(orchestratorId: string, task: string, nextRunWallMs: number): void {
    const before = this.#declared.get(orchestratorId);
    if (before === undefined) return;
    const tasks = before.tasks.map((one) => {
      if (one.name !== task) return one;
      const next = { ...one, nextRunWallMs };
      this.#declaredBytes += sizeOf(next) - sizeOf(one);
      return next;
    });
    this.#declared.set(orchestratorId, { ...before, tasks });
  }

  connect(connection: C): void {
    this.#connected.add(connection);
  }

  disconnect(connection: C): void {
    this.#connected.delete(connection);
  }

  isConnected(orchestratorId: string): boolean {
    return [...this.#connected].some((one) => one.orchestratorId === orchestratorId);
  }

  /**
   * The newest declaration first: of those that listen now, or of all that ever
   * declared it where none does. What one that is gone had planned says nothing
   * beside one that is there.
   */
  definitionsOf(task: string): readonly TaskDefinitionRecord[] {
    const declaring = [...this.#declared.values()].reverse().filter(({ tasks }) => hasTask(tasks, task));
    const listening = declaring.filter(({ orchestratorId }) => this.isConnected(orchestratorId));
    const valid = listening.length > 0 ? listening : declaring;
    return valid.flatMap(({ tasks }) => tasks.find(({ name }) => name === task) ?? []);
  }

  /** Those that declare a task and listen now, the one that came first in front. */
  listeningFor(task: string): readonly C[] {
    return [...this.#connected].filter(({ orchestratorId }) => this.#declares(orchestratorId, task));
  }

  tasksOf(orchestratorId: string): readonly string[] {
    return (this.#declared.get(orchestratorId)?.tasks ?? []).map(({ name }) => name);
  }

  /** Names of all that are declared. */
  *tasks(): Generator<string, void, undefined> {
    for (const { tasks } of this.#declared.values()) for (const { name } of tasks) yield name;
  }

  #declares(orchestratorId: string, task: string): boolean {
    return hasTask(this.#declared.get(orchestratorId)?.tasks ?? [], task);
  }

  #makeRoom(): void {
    if (this.#declared.size < MOST_ORCHESTRATORS) return;
    const away = [...this.#declared.keys()].find((orchestratorId) => !this.isConnected(orchestratorId));
    if (away === undefined) {
      throw new Refusal('TOO_MANY', `${MOST_ORCHESTRATORS} orchestrators are connected; end some first`);
    }
    this.#forget(away);
  }

  #forget(orchestratorId: string): void {
    const declaration = this.#declared.get(orchestratorId);
    if (declaration === undefined) return;
    this.#declared.delete(orchestratorId);
    this.#declaredBytes -= sizeOf(declaration);
  }
}

function hasTask(tasks: readonly TaskDefinitionRecord[], task: string): boolean {
  return tasks.some(({ name }) => name === task);
}

function sizeOf(declared: Declaration | TaskDefinitionRecord): number {
  return JSON.stringify(declared).length;
}

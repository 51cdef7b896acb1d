import { Refusal } from '../../rpc/refusal.js';
import type { LaunchPlan } from '../agents/agent_program.js';
import type { AgentDefinition, AgentWish } from '../configured_agents/agent_definition.js';
import type { PreparedContainer } from '../launched/prepared_container.js';
import type { AgentRecord } from '../launched/record.js';
import { SESSION_VARIABLE } from '../stopping/marked_processes.js';
import { gitEnvironment } from '../worktrees/git.js';
import { CLONE_LIMIT_MS, CLONE_SCRIPT, tokenOrigin } from './clone_rules.js';
import { createArguments, givenFile, passedVariables } from './create_rules.js';
import type { Credentials } from './credentials.js';
import type { Leftovers } from './leftovers.js';
import type { ContainerLimits } from './limits.js';
import { containerName, secretName } from './name_rules.js';
import { Places } from './places.js';
import type { Podman } from './podman.js';

export interface PreparingParts {
  readonly podman: Podman;
  readonly instance: string;
  readonly leftovers: Leftovers;
  readonly limits: Pick<ContainerLimits, 'createMs'>;
  /** As LaunchingParts has it. */
  readonly childTrace: () => NodeJS.ProcessEnv;
  /** As ContainerOptions has it. */
  readonly follow: <T>(operation: string, work: () => Promise<T>) => Promise<T>;
}

/** Makes one session's container, from its configured agent. */
export class Preparing implements PreparedContainer {
  readonly #parts: PreparingParts;
  readonly #agent: AgentDefinition;
  readonly #wish: AgentWish;
  readonly #credentials: Credentials;

  constructor(parts: PreparingParts, agent: AgentDefinition, wish: AgentWish, credentials: Credentials) {
    this.#parts = parts;
    this.#agent = agent;
    this.#wish = wish;
    this.#credentials = credentials;
  }

  get agent(): string {
    return this.#agent.name;
  }

  get command(): string {
    return this.#agent.command[0];
  }

  furnish(folder: string): string {
    const places = new Places(folder);
    places.make(givenFile(this.#wish.work));
    return places.workspace;
  }

  plan(sessionId: string, folder: string): LaunchPlan {
    const start = ['podman', 'start', '--attach', this.#name(sessionId)] as const;
    const environment = gitEnvironment(this.#parts.podman.environment);
    const repo = this.#repo;
    if (repo === '') return { argv: start, environment, input: undefined };
    const { workspace } = new Places(folder);
    const token = this.#credentials.repoToken;
    const origin = token === '' ? undefined : tokenOrigin(repo, this.#agent.repo);
    const words = [String(CLONE_LIMIT_MS / 1_000), repo, workspace, folder, origin ?? ''];
    return {
      argv: ['/bin/sh', '-c', CLONE_SCRIPT, 'tenure-clone', ...words, ...start],
      environment,
      input: undefined,
      secretInput: `${origin === undefined ? '' : token}\n`,
    };
  }

  create(sessionId: string, folder: string): Promise<AgentRecord> {
    return this.#parts.follow('create', () => this.#create(sessionId, folder));
  }

  async #create(sessionId: string, folder: string): Promise<AgentRecord> {
    const { podman, instance, leftovers, limits } = this.#parts;
    leftovers.making(sessionId);
    const secrets = this.#agent.credentials.map((_, index) => secretName(instance, sessionId, index));
    leftovers.secretsOf(sessionId, secrets);
    await this.#keepAll(secrets);
    const { work } = this.#wish;
    const places = new Places(folder);
    const name = this.#name(sessionId);
    const args = createArguments({
      name,
      instance,
      sessionId,
      agent: this.#agent,
      places,
      work,
      marker: [SESSION_VARIABLE, sessionId],
      trace: this.#parts.childTrace(),
      secrets,
    });
    const made = await podman.run(args, { timeLimitMs: limits.createMs, environment: passedVariables(work) });
    if (!made.ok) throw new Refusal('LAUNCH_FAILED', `${made.fault.text}; nothing was launched`);
    const { image } = this.#agent;
    const { dueWallMs } = this.#wish;
    return {
      name: this.#agent.name,
      repo: this.#repo,
      workUnit: work?.kind === 'unit' ? work.id : '',
      container: { id: places.containerId, name, image },
      dueWallMs,
    };
  }

  async discard(sessionId: string): Promise<void> {
    await this.#parts.leftovers.remove(sessionId, this.#name(sessionId));
  }

  /** By standard input: neither an argument nor a file of ours. All have answered when this rejects. */
  async #keepAll(secrets: readonly string[]): Promise<void> {
    const { values } = this.#credentials;
    const answers = await Promise.all(
      secrets.map((secret, index) =>
        this.#parts.podman.run(['secret', 'create', secret, '-'], { input: values[index] ?? Buffer.alloc(0) }),
      ),
    );
    for (const made of answers) {
      if (!made.ok) throw new Refusal('LAUNCH_FAILED', `${made.fault.text}; nothing was launched`);
    }
  }

  get #repo(): string {
    return this.#wish.repo === '' ? (this.#agent.repo ?? '') : this.#wish.repo;
  }

  #name(sessionId: string): string {
    return containerName(this.#parts.instance, this.#agent.name, sessionId);
  }
}

import { type Session, SessionOutcome } from '@tenure/client';

/** What the agents' command lines have of their own. */
export interface AgentKind {
  /** Its adapter's name. */
  readonly adapter: string;
  /** What a launch gives the agent besides the adapter's own arguments. */
  readonly launchArguments: readonly string[];
  /** The same for one whose tools may do all that the user may. */
  readonly freeArguments: readonly string[];
  /** A run by hand. */
  commandLine(prompt: string): readonly [string, ...string[]];
  /** A session gone on with by hand. */
  resumeLine(nativeId: string, prompt: string): readonly [string, ...string[]];
  /** The native id in a line of what it prints. */
  readonly printedId: RegExp;
  /** Of its own process, among the lines of /proc/PID/cmdline. */
  readonly process: RegExp;
  /** How one ends that gets SIGINT: it says so, or it does not. */
  readonly interrupted: { readonly exitCode: number; readonly detail: RegExp };
  /** How one ends that gets SIGTERM from a stranger. */
  readonly terminated: Pick<Session, 'outcome' | 'exitCode' | 'signal'>;
  /** Whether what its tools run outlives a kill of the agent. */
  readonly orphansTools: boolean;
  /** The file that a session of the id is kept in, below the home folder. */
  sessionFile(nativeId: string): RegExp;
}

const CLAUDE_OPTIONS = ['--model', 'mock-model', '--output-format', 'stream-json', '--verbose', '--allowedTools=Bash'];

const CLAUDE_CODE: AgentKind = {
  adapter: 'claude-code',
  launchArguments: ['--allowedTools=Bash'],
  freeArguments: ['--allowedTools=Bash'],
  commandLine: (prompt) => ['claude', '-p', prompt, ...CLAUDE_OPTIONS],
  resumeLine: (nativeId, prompt) => ['claude', '-p', prompt, '--resume', nativeId, ...CLAUDE_OPTIONS],
  printedId: /"session_id":"([^"]+)"/,
  process: /^claude /,
  interrupted: { exitCode: 0, detail: /it was interrupted/ },
  terminated: { outcome: SessionOutcome.FAILURE, exitCode: 143, signal: 0 },
  orphansTools: true,
  sessionFile: (nativeId) => new RegExp(`^\\.claude/projects/[^/]+/${nativeId}\\.jsonl$`),
};

const CODEX_OPTIONS = ['--json', '--skip-git-repo-check'];

const CODEX: AgentKind = {
  adapter: 'codex',
  launchArguments: [],
  freeArguments: ['--sandbox', 'danger-full-access'],
  commandLine: (prompt) => ['codex', 'exec', ...CODEX_OPTIONS, prompt],
  resumeLine: (nativeId, prompt) => ['codex', 'exec', ...CODEX_OPTIONS, 'resume', nativeId, prompt],
  printedId: /"thread_id":"([^"]+)"/,
  // Not the Node that has started it, which newer ones of Node leave out.
  process: /^\S*\/bin\/codex exec /,
  interrupted: { exitCode: 1, detail: /it was interrupted/ },
  terminated: { outcome: SessionOutcome.SIGNAL, exitCode: undefined, signal: 15 },
  // Its sandbox ends with it.
  orphansTools: false,
  sessionFile: (nativeId) => new RegExp(`^\\.codex/sessions/.*${nativeId}\\.jsonl$`),
};

export const AGENT_KINDS: readonly AgentKind[] = [CLAUDE_CODE, CODEX];

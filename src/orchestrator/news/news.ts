import type { HolderFacts, RunEnd } from '../runs/run_end.js';

/** What an orchestrator has to tell of. */
export type OrchestratorNews =
  | { readonly kind: 'started'; readonly task: string; readonly runId: string; readonly pid: number | undefined }
  | {
      readonly kind: 'waiting';
      readonly task: string;
      readonly runId: string;
      readonly why: string;
      /** Who has its lease; undefined: not known. */
      readonly holder: HolderFacts | undefined;
    }
  | {
      readonly kind: 'retrying';
      readonly task: string;
      readonly runId: string;
      readonly inMs: number;
      readonly error: string;
    }
  | {
      readonly kind: 'ended';
      readonly task: string;
      readonly runId: string;
      readonly end: RunEnd;
      readonly tookMs: number;
      /** Of a command that failed: the file with what it printed; undefined: there is none. */
      readonly output: string | undefined;
    }
  | { readonly kind: 'adopted'; readonly task: string; readonly runId: string; readonly pid: number }
  | { readonly kind: 'restarting'; readonly task: string; readonly inMs: number }
  | { readonly kind: 'yield-asked'; readonly task: string; readonly runId: string; readonly why: string }
  /** Something about the orchestrator as a whole, or about its daemon. */
  | { readonly kind: 'notice'; readonly level: 'info' | 'warn'; readonly text: string };

export type Tell = (news: OrchestratorNews) => void;

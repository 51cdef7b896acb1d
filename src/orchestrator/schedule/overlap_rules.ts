import type { OverlapPolicy } from '../config/task_options.js';

/** What becomes of a run that is wanted while others of its task are under way, or queued behind those. */
export function overlapVerdict(policy: OverlapPolicy, underWay: number, queued: number): 'run' | 'queue' | 'skip' {
  if (underWay + queued === 0) return 'run';
  switch (policy) {
    case 'allow':
      return 'run';
    case 'queue':
      // One more run sees all that happened since; a second would see nothing new.
      return queued === 0 ? 'queue' : 'skip';
    case 'skip':
      return 'skip';
  }
}

import type { Result } from './hold_operations.js';
import type { Submission } from './pending_operations.js';
import type { OperationEnd, TraceContext, Tracing } from './tracing.js';

/** An operation with its place in a trace, which hears how it ends. */
export interface TracedSubmission {
  readonly submission: Submission;
  readonly context: TraceContext | undefined;
}

/** Renewals and what only repeats or takes back another operation are in no trace. */
export function traced(submission: Submission, tracing: Tracing): TracedSubmission {
  const { operation } = submission;
  switch (operation.$case) {
    case 'acquire':
      return followed(
        submission,
        tracing.begin(
          'acquire',
          operation.value.wishes.map(({ resource }) => resource),
        ),
      );
    case 'release':
    case 'attach':
      return followed(submission, tracing.begin(operation.$case, []));
    case 'renew':
    case 'resume':
    case 'cancel':
      return { submission, context: undefined };
  }
}

function followed(submission: Submission, operation: ReturnType<Tracing['begin']>): TracedSubmission {
  if (operation === undefined) {
    return { submission, context: undefined };
  }
  return {
    context: operation.context,
    submission: {
      ...submission,
      onResult: (result) => {
        operation.end(endOf(result));
        submission.onResult(result);
      },
      onError: (error) => {
        operation.end({ outcome: error.reason, leaseIds: [], error });
        submission.onError(error);
      },
    },
  };
}

function endOf(result: Result): OperationEnd {
  switch (result.$case) {
    case 'acquired': {
      const outcomes = result.value.results.flatMap(({ outcome }) => outcome ?? []);
      const leaseIds = outcomes.flatMap((outcome) =>
        outcome.$case === 'held' ? [] : (outcome.value.lease?.leaseId ?? []),
      );
      return { outcome: outcomes.find(({ $case }) => $case === 'held')?.$case ?? outcomes[0]?.$case ?? '', leaseIds };
    }
    case 'released':
    case 'renewed':
    case 'resumed': {
      const { outcome } = result.value;
      return { outcome: outcome?.$case ?? '', leaseIds: outcome === undefined ? [] : [outcome.value.leaseId] };
    }
    case 'attached':
      return { outcome: result.value.outcome?.$case ?? '', leaseIds: [] };
    case 'cancelled':
      return { outcome: 'cancelled', leaseIds: [] };
  }
}

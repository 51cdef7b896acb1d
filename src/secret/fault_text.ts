import { errnoOf, messageOf } from '../os/errno.js';
import { Refusal } from '../rpc/refusal.js';

/** The kernel's codes, such as `EACCES`; Node's own, `ERR_…`, come with texts that may repeat what they were given. */
const KERNEL_CODE = /^E[A-Z0-9]+$/;

/** What a caller may be told of an error. Of one that nobody foresaw only the kind: its text may hold a value. */
export function faultText(error: unknown): string {
  if (error instanceof Refusal || KERNEL_CODE.test(errnoOf(error) ?? '')) return messageOf(error);
  return `a fault of the daemon's own (${error instanceof Error ? error.name : typeof error})`;
}

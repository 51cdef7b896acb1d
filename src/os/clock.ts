import { lastError, libc } from './libc.js';

/** Time, as a parameter of all that depends on it. Milliseconds, with fractions. */
export interface Clock {
  /** Never jumps; stands still while the machine is suspended. */
  monotonicMs(): number;
  /** Never jumps; runs on while the machine is suspended. 0 at boot. */
  boottimeMs(): number;
  /** Since 1970; whoever sets the clock makes it jump. */
  wallMs(): number;
}

const CLOCK_BOOTTIME = 7;
/** struct timespec: seconds, nanoseconds. */
const timespec = new BigInt64Array(2);

export const systemClock: Clock = {
  monotonicMs: () => performance.now(),
  boottimeMs: () => {
    if (libc().clockGettime(CLOCK_BOOTTIME, timespec) !== 0) throw lastError('clock_gettime');
    const [seconds = 0n, nanoseconds = 0n] = timespec;
    return Number(seconds) * 1e3 + Number(nanoseconds) / 1e6;
  },
  wallMs: () => Date.now(),
};

import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Meter } from '@opentelemetry/api';

const RESOLUTION_MS = 20;

/**
 * How long the event loop kept timers waiting since the last reading, in
 * seconds, under the names of the semantic conventions. Returns how to stop.
 */
export function observeEventLoopDelay(meter: Meter): () => void {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  histogram.enable();
  const gaugeOf = (name: string, what: string) =>
    meter.createObservableGauge(`nodejs.eventloop.delay.${name}`, {
      unit: 's',
      description: `Delay of the event loop in seconds, since the last reading: ${what}.`,
    });
  const [mean, p99, max] = [gaugeOf('mean', 'the mean'), gaugeOf('p99', '99 of 100'), gaugeOf('max', 'the longest')];
  meter.addBatchObservableCallback(
    (result) => {
      // None yet: its numbers would be none.
      if (histogram.count > 0) {
        result.observe(mean, secondsOf(histogram.mean));
        result.observe(p99, secondsOf(histogram.percentile(99)));
        result.observe(max, secondsOf(histogram.max));
      }
      histogram.reset();
    },
    [mean, p99, max],
  );
  return () => histogram.disable();
}

/** The histogram has the timer's own period in it. */
function secondsOf(nanoseconds: number): number {
  return Math.max(0, nanoseconds / 1e9 - RESOLUTION_MS / 1e3);
}

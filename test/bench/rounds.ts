import { quantile } from './statistics.js';

/**
 * One unit of work of one chain; calls `done` when the next one may begin,
 * with the milliseconds that count as its latency where that is not all of it.
 */
export type Turn = (chain: number, done: (latencyMs?: number) => void, failed: (error: unknown) => void) => void;

/** Something to measure. */
export interface Contender {
  readonly name: string;
  readonly inFlight: number;
  /** RPCs, messages or operations in one turn. */
  readonly perTurn: number;
  readonly turn: Turn;
  /** CPU seconds that the server has used so far. */
  readonly serverCpu: () => number;
}

/** One contender in all rounds. */
export interface Measured {
  /** RPCs, messages or operations a second, one value a round. */
  readonly rates: number[];
  /** Milliseconds, one a turn. */
  readonly latencies: number[];
  /** Median latency, one value a round. */
  readonly medians: number[];
  /** Microseconds of CPU for each RPC, message or operation: of the server, and of this process. */
  readonly serverMicros: number[];
  readonly clientMicros: number[];
}

const ROUNDS = 9;
const SLOT_MS = 350;
const WARM_UP_MS = 700;

/**
 * Measures all contenders in turn, round after round, so that what else the
 * machine does meanwhile falls on all of them alike.
 */
export async function inRounds(contenders: readonly Contender[], rounds = ROUNDS): Promise<Map<string, Measured>> {
  const measured = new Map<string, Measured>();
  for (const contender of contenders) {
    await drive(contender, WARM_UP_MS);
    measured.set(contender.name, { rates: [], latencies: [], medians: [], serverMicros: [], clientMicros: [] });
  }
  for (let round = 0; round < rounds; round += 1) {
    // The first of a round is another one each time.
    const order = contenders.map((_, index) => contenders[(index + round) % contenders.length]);
    for (const contender of order) {
      const result = contender && measured.get(contender.name);
      if (contender === undefined || result === undefined) continue;
      const { done, seconds, latencies, serverCpu, clientCpu } = await drive(contender, SLOT_MS);
      const units = done * contender.perTurn;
      result.rates.push(units / seconds);
      result.medians.push(quantile(latencies, 0.5));
      for (const latency of latencies) result.latencies.push(latency);
      result.serverMicros.push((serverCpu / units) * 1e6);
      result.clientMicros.push((clientCpu / units) * 1e6);
    }
  }
  return measured;
}

/** Such as `12,345/s, p50 1.23 p99 4.56 ms, 20+40 µs CPU`. */
export function describe({ rates, latencies, serverMicros, clientMicros }: Measured): string {
  const rate = Math.round(quantile(rates, 0.5)).toLocaleString('en');
  const [p50, p99] = [quantile(latencies, 0.5), quantile(latencies, 0.99)];
  const cpu = `${quantile(serverMicros, 0.5).toFixed(0)}+${quantile(clientMicros, 0.5).toFixed(0)} µs CPU`;
  return `${rate}/s, p50 ${p50.toFixed(2)} p99 ${p99.toFixed(2)} ms, ${cpu}`;
}

/**
 * The ratio that the CPU alone would allow, by the busier of the two sides:
 * on a machine that others use too it is steadier than the rates are.
 */
export function ratioByCpu(measured: Measured, baseline: Measured): string {
  const busier = ({ serverMicros, clientMicros }: Measured): number =>
    Math.max(quantile(serverMicros, 0.5), quantile(clientMicros, 0.5));
  return `${(busier(baseline) / busier(measured)).toFixed(2)} by CPU`;
}

interface Slot {
  readonly done: number;
  readonly seconds: number;
  readonly latencies: readonly number[];
  readonly serverCpu: number;
  readonly clientCpu: number;
}

function drive({ inFlight, turn, serverCpu }: Contender, forMs: number): Promise<Slot> {
  return new Promise((resolve, reject) => {
    const latencies: number[] = [];
    const serverBefore = serverCpu();
    const clientBefore = process.cpuUsage();
    const start = performance.now();
    const end = start + forMs;
    let open = inFlight;
    const run = (chain: number, began: number): void => {
      const done = (latencyMs?: number): void => {
        const now = performance.now();
        latencies.push(latencyMs ?? now - began);
        if (now < end) {
          run(chain, now);
          return;
        }
        open -= 1;
        if (open > 0) return;
        const { user, system } = process.cpuUsage(clientBefore);
        resolve({
          done: latencies.length,
          seconds: (now - start) / 1000,
          latencies,
          serverCpu: serverCpu() - serverBefore,
          clientCpu: (user + system) / 1e6,
        });
      };
      turn(chain, done, reject);
    };
    for (let chain = 0; chain < inFlight; chain += 1) run(chain, start);
  });
}

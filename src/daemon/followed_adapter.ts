import type { SessionAdapter } from '../session/adapter.js';
import type { Tracer } from '../telemetry/tracer.js';

const FOLLOWED: readonly PropertyKey[] = ['available', 'discover', 'plan', 'planResume', 'resultOf'];

/** The adapter, with all that others wait for followed. */
export function followedAdapter(adapter: SessionAdapter, tracer: Tracer): SessionAdapter {
  return new Proxy(adapter, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== 'function') return value;
      const call = (...args: unknown[]): unknown => Reflect.apply(value, target, args);
      if (!FOLLOWED.includes(name)) return call;
      const attributes = { adapter: target.name, operation: String(name) };
      return (...args: unknown[]) => tracer.follow('tenure.session.adapter', attributes, async () => call(...args));
    },
  });
}

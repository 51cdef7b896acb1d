import type { Now } from './live_state.js';

export function systemNow(): Now {
  return { wallMs: Date.now(), steadyMs: performance.now() };
}

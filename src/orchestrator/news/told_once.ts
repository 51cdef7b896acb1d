import type { Tell } from './news.js';
import { isForgotten, isRepeated, topicOf } from './repetition_rules.js';

/**
 * Tells what is new alone: a skip or a failure for the same cause is told once,
 * until something else happens. What the listener throws is its program's to
 * see, as an uncaught error, and breaks off no run.
 */
export function toldOnce(tell: Tell): Tell {
  const last = new Map<string, string>();
  return (news) => {
    if (isRepeated(last, news)) return;
    for (const topic of last.keys()) if (isForgotten(topic, news)) last.delete(topic);
    const told = topicOf(news);
    if (told !== undefined) last.set(told.topic, told.cause);
    try {
      tell(news);
    } catch (error) {
      queueMicrotask(() => {
        throw error;
      });
    }
  };
}

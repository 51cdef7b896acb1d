import type { Tell } from './news.js';
import { isForgotten, isRepeated, topicOf } from './repetition_rules.js';

/** Tells what is new alone: a skip or a failure for the same cause is told once, until something else happens. */
export function toldOnce(tell: Tell): Tell {
  const last = new Map<string, string>();
  return (news) => {
    if (isRepeated(last, news)) return;
    for (const topic of last.keys()) if (isForgotten(topic, news)) last.delete(topic);
    const told = topicOf(news);
    if (told !== undefined) last.set(told.topic, told.cause);
    tell(news);
  };
}

import { timelineAsJson, timelineAsPage, timelineAsText } from './timeline/show_timeline.js';
import { onceAsJson, onceAsText } from './top/once.js';
import { runTop } from './top/top.js';

/**
 * The views that take more than the other commands: a bundle of their own,
 * loaded by `tenure top` and `tenure timeline` alone.
 */
export const views = { runTop, onceAsText, onceAsJson, timelineAsText, timelineAsJson, timelineAsPage };

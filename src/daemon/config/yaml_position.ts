import { isMap, isNode, isPair, isScalar, isSeq, type Node } from 'yaml';

/** Where a key, or its value, begins in the text; of a missing one, where its parent does. */
export function offsetOf(root: Node | null, path: readonly PropertyKey[], part: 'key' | 'value'): number | undefined {
  let node: unknown = root;
  let offset = root?.range?.[0];
  for (const [index, step] of path.entries()) {
    let next: unknown;
    let key: unknown;
    if (isMap(node)) {
      const pair = node.items.find(
        (item) => isPair(item) && isScalar(item.key) && String(item.key.value) === String(step),
      );
      next = pair?.value;
      key = pair?.key;
    } else if (isSeq(node)) {
      next = node.items[Number(step)];
    }
    const last = index === path.length - 1;
    const found = last && part === 'value' ? (beginOf(next) ?? beginOf(key)) : (beginOf(key) ?? beginOf(next));
    if (found === undefined) return offset;
    offset = found;
    node = next;
  }
  return offset;
}

function beginOf(node: unknown): number | undefined {
  return isNode(node) ? node.range?.[0] : undefined;
}

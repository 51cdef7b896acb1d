/** Whether a path-wise prefix selects a resource: itself, and all below it. An empty one selects all. */
export function isAtOrBelow(resource: string, prefix: string): boolean {
  if (prefix === '' || resource === prefix) return true;
  return resource.startsWith(prefix.endsWith('/') ? prefix : `${prefix}/`);
}

/** What the values of a slot are, and thus who knows them. */
export type ValueKind =
  | 'resource'
  | 'lease'
  | 'secret'
  | 'namespace'
  | 'session'
  | 'group'
  | 'fuse'
  | 'adapter'
  | 'agent'
  | 'task'
  | 'file'
  | 'folder'
  | 'program'
  | { readonly oneOf: readonly string[] };

/** By the option's name, or the command and the argument; the first that matches. */
const KINDS: readonly (readonly [pattern: RegExp, kind: ValueKind])[] = [
  [/ --mode /, { oneOf: ['exclusive', 'shared'] }],
  [/ --handover /, { oneOf: ['grant', 'wait', 'terminate'] }],
  [/^lease .*--state /, { oneOf: ['active', 'draining'] }],
  [/^session .*--state /, { oneOf: ['starting', 'running', 'idle', 'waiting', 'stalled', 'stopping', 'ended'] }],
  [/^completion shell$/, { oneOf: ['bash', 'zsh', 'fish'] }],
  [/ --adapter /, 'adapter'],
  [/ --agent |^agent \S+ name$/, 'agent'],
  [/^orchestrate --once |^task .*(task|name|--task \S+)$/, 'task'],
  [/ --directory /, 'folder'],
  [/ --lease /, 'lease'],
  [/ --group /, 'group'],
  [/ --session /, 'session'],
  [/^secret .*namespace$/, 'namespace'],
  [/^secret (put|import|scan|init) name$/, 'namespace'],
  [/^secret .*name( |$)|^secret .* --name /, 'secret'],
  [/^session \S+ id$/, 'session'],
  [/^fuse \S+ id$/, 'fuse'],
  [/ lease-id$/, 'lease'],
  [/ (resource|prefix)$| --resource /, 'resource'],
  [/ (file|path)$/, 'file'],
  [/ (dir|directory|worktree)$/, 'folder'],
  [/ command$/, 'program'],
];

/** What kind of values a slot takes; undefined where there is nothing to offer. */
export function valueKind(path: readonly string[], slot: string): ValueKind | undefined {
  const name = [...path, slot].join(' ');
  return KINDS.find(([pattern]) => pattern.test(name))?.[1];
}

/** A database, open for reading alone. */
export interface ReadDatabase {
  /** Rows, as objects by column. */
  all(query: string, ...values: readonly (string | number)[]): readonly unknown[];
  close(): void;
}

export type OpenDatabase = (path: string) => ReadDatabase;

interface Statement {
  all(...values: readonly (string | number)[]): readonly unknown[];
}

interface Database {
  prepare(query: string): Statement;
  close(): void;
}

interface SqliteModule {
  readonly DatabaseSync: new (path: string, options: { readonly readOnly: boolean }) => Database;
}

/**
 * Node's own SQLite; undefined where it has none: before 22.13. Not by
 * `import()`, which the bundles' code, run from V8's cache, does not have.
 */
export function sqliteOfNode(): OpenDatabase | undefined {
  const sqlite = quietly(() => process.getBuiltinModule('node:sqlite'));
  if (!isSqlite(sqlite)) return undefined;
  return (path) => {
    const database = new sqlite.DatabaseSync(path, { readOnly: true });
    const prepared = new Map<string, Statement>();
    return {
      all: (query, ...values) => {
        const statement = prepared.get(query) ?? database.prepare(query);
        prepared.set(query, statement);
        return statement.all(...values);
      },
      close: () => database.close(),
    };
  };
}

function isSqlite(module: object | undefined): module is SqliteModule {
  return module !== undefined && 'DatabaseSync' in module && typeof module.DatabaseSync === 'function';
}

/** Loads without the word that it is an experiment, which the user could do nothing about. */
function quietly<T>(load: () => T): T {
  const { emitWarning } = process;
  process.emitWarning = () => undefined;
  try {
    return load();
  } finally {
    process.emitWarning = emitWarning;
  }
}

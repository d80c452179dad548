import type { DuckDBConnection, DuckDBInstance } from "@duckdb/node-api"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import { askEngine, loadEngine } from "../core/engine.ts"
import { identifier } from "../core/sql.ts"

/** Seconds that one statement over empty tables may take; all of them are small. */
const patienceSeconds = 20

/** The engine in which definitions are proven did not answer as it does: nothing is known of the definition. */
export class BindError extends Data.TaggedError("BindError")<{ readonly kind: string }> {
  override get message(): string {
    return `the engine in which expressions are proven failed (${this.kind}): try again; if it stays so, report it with this line`
  }
}

/** Work in an engine of its own, which is closed afterwards. */
export const withBindEngine = <A>(work: (engine: BindEngine) => Promise<A>): Effect.Effect<A, BindError> => {
  const failed = (error: unknown): BindError =>
    new BindError({ kind: error instanceof Error ? error.name : typeof error })
  return Effect.acquireUseRelease(
    Effect.tryPromise({ try: () => BindEngine.open(), catch: failed }),
    (engine) =>
      Effect.mapError(
        askEngine(engine.connection, () => work(engine)),
        failed
      ),
    (engine) => Effect.sync(() => engine.close())
  )
}

/** A column of a relation; type and value as SQL. */
export interface Column {
  readonly name: string
  readonly type: string
  readonly value?: string
}

/** An engine that can reach nothing, in which definitions are bound. */
export class BindEngine {
  readonly instance: DuckDBInstance
  readonly connection: DuckDBConnection

  constructor(instance: DuckDBInstance, connection: DuckDBConnection) {
    this.instance = instance
    this.connection = connection
  }

  static async open(): Promise<BindEngine> {
    const instance = await loadEngine().DuckDBInstance.create(":memory:", { threads: "1" })
    const connection = await instance.connect()
    // Every row is one of nulls: to plan how it is found costs more than to find it.
    await connection.run(`SET errors_as_json = true; SET TimeZone = 'UTC'; SET memory_limit = '1GB'; SET enable_external_access = false;
PRAGMA disable_optimizer; SET lock_configuration = true`)
    return new BindEngine(instance, connection)
  }

  /** Rows of a statement, in which `$1` is a list of texts; interrupted where an expression is costly beyond what is looked for. */
  async rows(sql: string, texts?: ReadonlyArray<string>): Promise<ReadonlyArray<ReadonlyArray<unknown>>> {
    const deadline = setTimeout(() => this.connection.interrupt(), patienceSeconds * 1000)
    try {
      const given = texts === undefined ? undefined : [loadEngine().listValue([...texts])]
      return (await this.connection.runAndReadAll(sql, given)).getRows()
    } finally {
      clearTimeout(deadline)
    }
  }

  /**
   * A relation of one row in which every column is null, unless it is given a value: what is computed of it needs no value
   * to go wrong. A view, since a table takes room for each of its columns.
   */
  async makeRow(relation: string, columns: ReadonlyArray<Column>): Promise<void> {
    const made = columns.map(({ name, type, value = "NULL" }) => `CAST(${value} AS ${type}) AS ${identifier(name)}`)
    await this.connection.run(`CREATE VIEW ${identifier(relation)} AS SELECT ${made.join(", ")}`)
  }

  close(): void {
    this.connection.closeSync()
    this.instance.closeSync()
  }
}

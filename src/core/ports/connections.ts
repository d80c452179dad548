/** A remote system as a workspace names it, its variables filled in. Its connector alone knows what else it holds. */
export interface Connection {
  /** Type of the connector that serves it. */
  readonly type: string
  /** As pipelines call it. */
  readonly name: string
}

/** The connections of a workspace. Each is resolved when asked for, so that an unset variable of one does not stop another. */
export type Connections = ReadonlyMap<string, () => Connection>

/** The bounds within which a server may be asked. */
export interface BudgetSettings {
  /** Requests in flight. */
  readonly concurrency: number
  readonly requestsPerSecond: number
  /** Hours `HH:MM-HH:MM` in the district's time zone with a concurrency of their own. */
  readonly peak: { readonly hours: string; readonly concurrency: number } | null
}

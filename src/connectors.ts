import type { Connector } from "./core/ports/connector.ts"

/** The systems that rollbook speaks to. Each is loaded when a command asks for connectors: `--help` asks for none. */
export const connectors: ReadonlyArray<() => Promise<Connector>> = [
  async () => (await import("./adapters/oneroster/connector.ts")).oneRoster,
  async () => (await import("./adapters/brightspace/connector.ts")).brightspace
]

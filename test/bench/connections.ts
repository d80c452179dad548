import * as Redacted from "effect/Redacted"
import { generateKeyPairSync } from "node:crypto"
import type { BrightspaceConnection } from "../../src/adapters/brightspace/settings.ts"
import type { OneRosterConnection } from "../../src/adapters/oneroster/settings.ts"

/** Connections to the bench server; budgets wide open, so that the client is measured and not its brake. */
const budget = { concurrency: 4, requestsPerSecond: Number.POSITIVE_INFINITY, peak: null }

export const campusConnection = (port: string, asksByTag = false): OneRosterConnection => ({
  type: "oneroster",
  name: "campus",
  profile: "generic_1_1",
  baseUrl: `http://127.0.0.1:${port}/oneroster`,
  auth: {
    type: "oauth2",
    tokenUrl: `http://127.0.0.1:${port}/token`,
    clientId: "bench",
    clientSecret: Redacted.make("bench"),
    clientAuth: "basic",
    scope: []
  },
  gradebookHeaders: {},
  pageLimit: 10_000,
  asksByTag,
  timeoutSeconds: 120,
  budget
})

export const brightspaceConnection = (port: string): BrightspaceConnection => ({
  type: "brightspace",
  name: "brightspace",
  url: `http://127.0.0.1:${port}`,
  auth: {
    type: "private_key_jwt",
    tokenUrl: `http://127.0.0.1:${port}/token`,
    clientId: "bench",
    privateKey: Redacted.make(
      generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ type: "pkcs8", format: "pem" }).toString()
    ),
    scope: []
  },
  versions: { lp: "1.49" },
  timeoutSeconds: 120,
  relationships: { route: "bfp", parentField: "ParentUserId", childField: "ChildUserId" },
  budget: { ...budget, concurrency: 16 }
})

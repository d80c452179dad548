import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { randomBytes } from "node:crypto"
import { dayIn } from "../core/clock.ts"
import { brightspaceTokenPath, registerClient } from "./brightspace/access.ts"
import { brightspaceDefaults, type BrightspaceSettings, makeBrightspace } from "./brightspace/brightspace.ts"
import { ltiEnvironment } from "./brightspace/lti/platform.ts"
import type { CampusCredentials } from "./campus/access.ts"
import { campusBasePath, campusTokenPath, makeCampus } from "./campus/campus.ts"
import { campusDefaults, type CampusSettings } from "./campus/settings.ts"
import { type District, embeddedDistrict, readDistrict } from "./district-files.ts"
import { SandboxError } from "./error.ts"
import { type Fault, readFaults } from "./http/faults.ts"
import { serve, type Served } from "./http/serve.ts"
import { shiftYears } from "./shift-years.ts"
import type { Doing } from "../core/doing.ts"

export interface SandboxOptions {
  /** Folder or zip of OneRoster 1.1 CSV files; null = the invented district, moved so that its school year holds `asOf`. */
  readonly data: string | null
  /** 0 = any free port. */
  readonly campusPort: number
  readonly brightspacePort: number
  /** `YYYY-MM-DD`; null = today. */
  readonly asOf: string | null
  /** Faults from the start, as `POST /sandbox/faults` takes them. */
  readonly faults?: ReadonlyArray<unknown>
  readonly campus?: Partial<CampusSettings>
  readonly brightspace?: Partial<BrightspaceSettings>
}

export interface Sandbox {
  readonly campusUrl: string
  readonly brightspaceUrl: string
  /** The variables that connections ask for. */
  readonly environment: Record<string, string>
}

const timeZone = "America/Chicago"

/**
 * Serves the stand-ins of Infinite Campus and Brightspace on the loopback address until the scope ends. Secrets and keys
 * are made anew at every start.
 * Errors: `DataUnreadable`, `PortTaken`, `FaultInvalid`.
 */
export const startSandbox = Effect.fn("sandbox.start")(function* (
  options: SandboxOptions
): Doing<Sandbox, SandboxError, Scope.Scope> {
  const faults = readFaults(options.faults ?? [])
  if (typeof faults === "string") return yield* new SandboxError({ reason: "FaultInvalid", detail: faults })
  const district = yield* readDistrictOf(options)
  const credentials = makeCredentials()
  const client = registerClient()
  const campus = yield* serve(options.campusPort, (origin, log) =>
    makeCampus(origin, log, district, credentials, { ...campusDefaults, ...options.campus })
  )
  const brightspace = yield* serve(options.brightspacePort, (origin) =>
    makeBrightspace(origin, client, timeZone, { ...brightspaceDefaults, ...options.brightspace })
  )
  arm(campus, "campus", faults)
  arm(brightspace, "brightspace", faults)
  return {
    campusUrl: campus.origin,
    brightspaceUrl: brightspace.origin,
    environment: {
      CAMPUS_BASE_URL: `${campus.origin}${campusBasePath(credentials.appName)}`,
      CAMPUS_TOKEN_URL: `${campus.origin}${campusTokenPath}?appName=${credentials.appName}`,
      CAMPUS_CLIENT_ID: credentials.clientId,
      CAMPUS_CLIENT_SECRET: credentials.clientSecret,
      CAMPUS_VENDOR_KEY: credentials.vendorKey,
      CAMPUS_VENDOR_SECRET: credentials.vendorSecret,
      CAMPUS_OAUTH1_KEY: credentials.consumerKey,
      CAMPUS_OAUTH1_SECRET: credentials.consumerSecret,
      BRIGHTSPACE_URL: brightspace.origin,
      BRIGHTSPACE_TOKEN_URL: `${brightspace.origin}${brightspaceTokenPath}`,
      BRIGHTSPACE_CLIENT_ID: client.clientId,
      BRIGHTSPACE_CLIENT_SECRET: client.clientSecret,
      BRIGHTSPACE_REFRESH_TOKEN: client.firstRefreshToken,
      BRIGHTSPACE_PRIVATE_KEY: client.privateKeyPem,
      ...ltiEnvironment(brightspace.origin),
      DISTRICT_TIMEZONE: timeZone
    }
  }
})

const readDistrictOf = (options: SandboxOptions): Effect.Effect<District, SandboxError> =>
  options.data === null
    ? Effect.map(readDistrict(embeddedDistrict()), (district) =>
        shiftYears(district, options.asOf ?? dayIn(new Date(), timeZone))
      )
    : readDistrict(options.data)

const makeCredentials = (): CampusCredentials => ({
  appName: "rollbook",
  clientId: "sandbox-campus",
  clientSecret: randomBytes(24).toString("base64url"),
  vendorKey: "sandbox-vendor",
  vendorSecret: randomBytes(24).toString("base64url"),
  consumerKey: "InfiniteCampus_sandbox",
  consumerSecret: randomBytes(24).toString("base64url")
})

/** A list that serves both stand-ins: each takes what is meant for it and can befall it. */
const arm = (served: Served, name: "campus" | "brightspace", faults: ReadonlyArray<Fault>): void =>
  served.faults.add(
    faults.filter((fault) => (fault.on === undefined || fault.on === name) && served.supports(fault.do))
  )

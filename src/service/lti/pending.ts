import { randomBytes, timingSafeEqual } from "node:crypto"
import { sha256 } from "../../core/hash.ts"
import type { LtiRegistration } from "../../pipeline/access-settings.ts"

/** A launch that was asked for, and to which the learning platform has not answered yet. */
export interface Pending {
  readonly registration: LtiRegistration
  readonly nonce: string
  /** Digest of a secret that the browser keeps, by which it is known again. */
  readonly browser: string
  /** The address within this service that the launch is for. */
  readonly target: string
  /** Name of the frame of the learning platform that keeps things for tools; null where it offers none. */
  readonly storage: string | null
  /** What it was asked for with, so that a new tab can ask once more. */
  readonly asked: Readonly<Record<string, string>>
  /** Milliseconds since the epoch. */
  readonly until: number
}

const patience = 10 * 60_000

/** More at once than any district has people who launch within ten minutes; the oldest goes first. */
const most = 20_000

/** The launches that are under way. They are kept in memory: one that a restart ends is asked for once more by a click. */
export const makePendings = () => {
  const known = new Map<string, Pending>()
  const forget = (now: number): void => {
    for (const [state, { until }] of known) {
      if (until > now && known.size < most) return
      known.delete(state)
    }
  }
  return {
    /** Begins one; gives its state, its nonce, and the secret for the browser. */
    begin: (about: Omit<Pending, "nonce" | "browser" | "until">, now: number) => {
      forget(now)
      const [state, nonce, secret] = [random(), random(), random()]
      known.set(state, { ...about, nonce, browser: sha256(secret), until: now + patience })
      return { state, nonce, secret }
    },
    /** The one of a state; null where there is none, it was used, or is over. */
    find: (state: string, now: number): Pending | null => {
      const found = known.get(state)
      return found === undefined || found.until <= now ? null : found
    },
    /** Uses one up: true for the first who does. */
    use: (state: string): boolean => known.delete(state)
  }
}

export type Pendings = ReturnType<typeof makePendings>

/** Whether a secret is that of the browser in which a launch was begun. */
export const isSameBrowser = ({ browser }: Pending, secret: string): boolean =>
  timingSafeEqual(Buffer.from(browser, "hex"), Buffer.from(sha256(secret), "hex"))

const random = (): string => randomBytes(32).toString("base64url")

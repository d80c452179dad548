import { timingSafeEqual } from "node:crypto"
import { sha256 } from "../../core/hash.ts"
import { secret as makeSecret } from "./secret.ts"

/** A sign-in that was begun here, and to which whoever vouches for the person has not answered yet. */
export type Pending<About> = About & {
  readonly nonce: string
  /** Digest of a secret that the browser keeps, by which it is known again. */
  readonly browser: string
  /** Milliseconds since the epoch. */
  readonly until: number
}

const patience = 10 * 60_000

/** How long a browser keeps its secret. */
export const pendingSeconds = patience / 1000

/** More at once than any district has people who sign in within ten minutes; the oldest goes first. */
const most = 20_000

/** The sign-ins that are under way. They are kept in memory: one that a restart ends is asked for once more by a click. */
export const makePendings = <About>() => {
  const known = new Map<string, Pending<About>>()
  const forget = (now: number): void => {
    for (const [state, { until }] of known) {
      if (until > now && known.size < most) return
      known.delete(state)
    }
  }
  return {
    /** Begins one; gives its state, its nonce, and the secret for the browser. */
    begin: (about: About, now: number) => {
      forget(now)
      const [state, nonce, secret] = [makeSecret(), makeSecret(), makeSecret()]
      known.set(state, { ...about, nonce, browser: sha256(secret), until: now + patience })
      return { state, nonce, secret }
    },
    /** The one of a state; null where there is none, it was used, or is over. */
    find: (state: string, now: number): Pending<About> | null => {
      const found = known.get(state)
      return found === undefined || found.until <= now ? null : found
    },
    /** Uses one up: true for the first who does. */
    use: (state: string): boolean => known.delete(state)
  }
}

export type Pendings<About> = ReturnType<typeof makePendings<About>>

/** Whether a secret is that of the browser in which a sign-in was begun. */
export const isSameBrowser = ({ browser }: { readonly browser: string }, secret: string): boolean =>
  timingSafeEqual(Buffer.from(browser, "hex"), Buffer.from(sha256(secret), "hex"))

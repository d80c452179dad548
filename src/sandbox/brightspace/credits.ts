import { Refusal } from "../http/exchange.ts"
import { problem } from "./refusals.ts"

export interface CreditSettings {
  readonly creditsPerMinute: number
  readonly creditsPerCall: number
}

/** The bucket of credits that all calls of a client share, filled anew every minute. */
export interface Credits {
  /** Pays for a call and gives the headers that say what is left; 429 when that is not enough. */
  readonly pay: () => Readonly<Record<string, string>>
  readonly fill: () => void
}

export const makeCredits = (settings: () => CreditSettings, now: () => number): Credits => {
  let minuteBegan = now()
  let spent = 0
  return {
    pay: () => {
      const { creditsPerMinute, creditsPerCall } = settings()
      if (now() - minuteBegan >= 60_000) {
        minuteBegan = now()
        spent = 0
      }
      const reset = String(Math.max(1, Math.ceil((minuteBegan + 60_000 - now()) / 1000)))
      if (spent + creditsPerCall > creditsPerMinute) {
        const refused = problem(429, "The rate limit is used up.")
        throw new Refusal({ ...refused, headers: { ...refused.headers, "retry-after": reset } })
      }
      spent += creditsPerCall
      return {
        "x-rate-limit-remaining": String(creditsPerMinute - spent),
        "x-rate-limit-reset": reset,
        "x-request-cost": String(creditsPerCall)
      }
    },
    fill: () => {
      minuteBegan = now()
      spent = 0
    }
  }
}

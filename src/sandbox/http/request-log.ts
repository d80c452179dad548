/** Requests that a stand-in was asked, by route template: no id, query or body of anyone stands in it. */
export interface RequestLog {
  readonly begin: () => void
  /** `outcome` is the status, or how the request ended without one. */
  readonly end: (method: string, route: string, outcome: number | "cut" | "hung" | "answer lost") => void
  /** A vendor header that came where it does not belong. */
  readonly leak: () => void
  readonly clear: () => void
  readonly report: (last: number) => unknown
}

interface LoggedRequest {
  readonly method: string
  readonly route: string
  readonly outcome: number | string
}

/** Requests that are kept one by one. */
const keptRequests = 1000

export const makeRequestLog = (): RequestLog => {
  const counts = new Map<string, { readonly request: LoggedRequest; count: number }>()
  let last: Array<LoggedRequest> = []
  let total = 0
  let inFlight = 0
  let mostInFlight = 0
  let vendorHeaderLeaks = 0
  return {
    begin: () => {
      total++
      inFlight++
      mostInFlight = Math.max(mostInFlight, inFlight)
    },
    end: (method, route, outcome) => {
      inFlight--
      const request = { method, route, outcome }
      const key = `${method} ${route} ${outcome}`
      const counted = counts.get(key)
      if (counted === undefined) counts.set(key, { request, count: 1 })
      else counted.count++
      last.push(request)
      if (last.length >= 2 * keptRequests) last = last.slice(-keptRequests)
    },
    leak: () => {
      vendorHeaderLeaks++
    },
    clear: () => {
      counts.clear()
      last = []
      total = 0
      mostInFlight = inFlight
      vendorHeaderLeaks = 0
    },
    report: (limit) => ({
      total,
      mostInFlight,
      vendorHeaderLeaks,
      routes: [...counts.entries()]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([, { request, count }]) => ({ ...request, count })),
      last: limit === 0 ? [] : last.slice(-Math.min(limit, keptRequests))
    })
  }
}

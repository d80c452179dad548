import { subscribe, unsubscribe } from "node:diagnostics_channel"
import type { IncomingMessage } from "node:http"

/** Requests that came to a server of this process, counted as they come: whoever waits for one asks nobody meanwhile. */
export interface Arrivals {
  readonly count: () => number
  /** Once so many have come. */
  readonly reached: (count: number) => Promise<void>
  readonly stop: () => void
}

const channel = "http.server.request.start"

/** Those that come from now on at the server of an address, what asks for `/sandbox` left out. */
export const arrivalsAt = (
  address: string,
  isCounted: (request: IncomingMessage) => boolean = () => true
): Arrivals => {
  const port = Number(new URL(address).port)
  let [count, waiting]: [number, Array<{ readonly until: number; readonly go: () => void }>] = [0, []]
  const told = (message: unknown): void => {
    const { request } = message as { readonly request: IncomingMessage }
    if (request.socket.localPort !== port || request.url?.startsWith("/sandbox") === true || !isCounted(request)) return
    count++
    for (const { go, until } of waiting) if (until <= count) go()
    waiting = waiting.filter(({ until }) => until > count)
  }
  subscribe(channel, told)
  return {
    count: () => count,
    reached: (until) =>
      until <= count ? Promise.resolve() : new Promise((go) => void waiting.push({ until, go: () => go() })),
    stop: () => void unsubscribe(channel, told)
  }
}

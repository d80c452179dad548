import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import findMyWay from "find-my-way"
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { SandboxError } from "../error.ts"
import { type Answer, done, type Exchange, html, json, Refusal, type Route } from "./exchange.ts"
import { type Fault, type FaultKind, type Faults, makeFaults, readFaults } from "./faults.ts"
import { strangeAddress } from "./own-address.ts"
import { makeRequestLog, type RequestLog } from "./request-log.ts"
import type { Doing } from "../../core/doing.ts"

/** One of the systems that the sandbox stands in for. */
export interface StandIn {
  readonly name: "campus" | "brightspace"
  readonly routes: ReadonlyArray<Route>
  /** Routes of the sandbox itself: no token is asked for, no fault befalls them, none is logged. */
  readonly controls: ReadonlyArray<Route>
  /** Lets a request of a route pass or throws a refusal; the headers it gives go with the answer. */
  readonly admit: (exchange: Exchange, route: Route) => Readonly<Record<string, string>>
  /** An answer of its own for a path that is none of its routes. */
  readonly unknownPath: (exchange: Exchange) => Answer
  /** A failure in the shape in which this system reports one. */
  readonly failure: (status: number, detail: string) => Answer
  /** Faults that make no sense here. */
  readonly cannot: ReadonlyArray<FaultKind>
  /** Faults of paging, made on the finished answer. */
  readonly distort: Partial<
    Record<"lie_total" | "loop_link" | "foreign_link", (fault: Fault, exchange: Exchange, answer: Answer) => Answer>
  >
  /** A row of the collection that is being read vanishes, or comes in. */
  readonly shift?: (exchange: Exchange, row: "delete" | "insert") => void
  /** The token of this request is worth nothing from now on. */
  readonly revoke: (exchange: Exchange) => void
  /** Back to how it was at the start. */
  readonly reset: () => void
}

export interface Served {
  readonly origin: string
  readonly faults: Faults
  readonly supports: (kind: FaultKind) => boolean
}

/** Serves a stand-in on the loopback address until the scope ends. Port 0 is any free port. */
export const serve = Effect.fn("sandbox.serve")(function* (
  port: number,
  make: (origin: string, log: RequestLog) => StandIn
): Doing<Served, SandboxError, Scope.Scope> {
  const server = yield* Effect.acquireRelease(listen(port), close)
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const log = makeRequestLog()
  const faults = makeFaults()
  const standIn = make(origin, log)
  server.on("request", handlerOf(standIn, origin, faults, log))
  return { origin, faults, supports: (kind) => !standIn.cannot.includes(kind) }
})

const listen = (port: number): Effect.Effect<Server, SandboxError> =>
  Effect.async((resume) => {
    const server = createServer({ keepAliveTimeout: 65_000 })
    server.once("error", (error: NodeJS.ErrnoException) =>
      resume(
        new SandboxError({
          reason: "PortTaken",
          detail: `port ${port} cannot be used: ${error.code === "EADDRINUSE" ? "something else listens there; --campus-port and --brightspace-port name others, 0 takes any" : (error.code ?? "unknown")}`
        })
      )
    )
    server.listen(port, "127.0.0.1", () => resume(Effect.succeed(server)))
  })

const close = (server: Server): Effect.Effect<void> =>
  Effect.async((resume) => {
    server.close(() => resume(Effect.void))
    server.closeAllConnections()
  })

type Router = (
  method: string,
  path: string
) => { readonly route: Route; readonly parameters: Exchange["parameters"] } | null

const routerOf = (routes: ReadonlyArray<Route>): Router => {
  const router = findMyWay({ ignoreTrailingSlash: true, maxParamLength: 1000 })
  const nothing = (): void => {}
  for (const route of routes) router.on(route.method, route.template, nothing, route)
  return (method, path) => {
    if (method !== "GET" && method !== "POST" && method !== "PUT" && method !== "DELETE") return null
    const found = router.find(method, path)
    return found === null ? null : { route: found.store as Route, parameters: found.params }
  }
}

const handlerOf = (
  standIn: StandIn,
  origin: string,
  faults: Faults,
  log: RequestLog
): ((request: IncomingMessage, response: ServerResponse) => void) => {
  const routed = routerOf(standIn.routes)
  const controlled = routerOf([...standIn.controls, ...controlsOf(standIn, faults, log)])
  return (request, response) => {
    const [path = "/", rawQuery = ""] = splitOnce(request.url ?? "/", "?")
    const method = request.method ?? "GET"
    const strange = strangeAddress(request.headers, request.socket.localPort ?? 0)
    if (strange !== null) {
      request.resume()
      send(response, json({ error: strange }, 403))
      return
    }
    readBody(request)
      .then(async (bytes) => {
        const base = {
          method,
          path,
          rawQuery,
          query: new URLSearchParams(rawQuery),
          headers: request.headers,
          body: bytes.toString("utf8"),
          bytes,
          origin
        }
        const control = path === "/" || path.startsWith("/sandbox/") ? controlled(method, path) : null
        if (control !== null) {
          return send(response, await answerControl(control.route, { ...base, parameters: control.parameters }))
        }
        const found = routed(method, path)
        const exchange: Exchange = { ...base, parameters: found?.parameters ?? {} }
        const route = found?.route ?? null
        log.begin()
        const end = await answerWithFaults(standIn, exchange, route, faults.befall(method, path))
        const name = route?.template ?? "unknown path"
        if (typeof end === "string") {
          log.end(method, name, end)
          if (end !== "hung") request.socket.destroy()
          return
        }
        log.end(method, name, end.status)
        send(response, end)
      })
      .catch(() => request.socket.destroy())
  }
}

/** Answers a request, or ends it without an answer, as the faults say. */
const answerWithFaults = async (
  standIn: StandIn,
  exchange: Exchange,
  route: Route | null,
  befalling: ReadonlyArray<Fault>
): Promise<Answer | "cut" | "hung" | "answer lost"> => {
  for (const fault of befalling) {
    switch (fault.do) {
      case "slow":
        await new Promise((resolve) => setTimeout(resolve, fault.milliseconds))
        break
      case "hang":
        return "hung"
      case "cut":
        return "cut"
      case "status": {
        const failure = standIn.failure(fault.status, "A failure was asked for.")
        return fault.retry_after === undefined
          ? failure
          : { ...failure, headers: { ...failure.headers, "retry-after": fault.retry_after } }
      }
      case "forget": {
        if (exchange.method === "GET") break
        const headers = { "content-type": "application/json; charset=utf-8" }
        return { status: 200, headers, body: fault.says === "nothing" ? "{}" : exchange.body }
      }
      case "unauthorized_once":
        standIn.revoke(exchange)
        break
      case "clamp_limit":
        exchange.query.set("limit", String(Math.min(Number(exchange.query.get("limit") ?? fault.limit), fault.limit)))
        break
      case "ignore_offset":
        exchange.query.delete("offset")
        exchange.query.delete("bookmark")
        break
      case "shift":
        standIn.shift?.(exchange, fault.row)
        break
      default:
    }
  }
  let answer = await answerPlainly(standIn, exchange, route)
  for (const fault of befalling) {
    switch (fault.do) {
      case "answer_lost":
        return "answer lost"
      case "empty_body":
        answer = { ...answer, status: 200, body: "" }
        break
      case "html":
        answer = html(
          "<!DOCTYPE html><html><head><title>Sign in</title></head><body><form>Sign in</form></body></html>"
        )
        break
      case "truncate":
        answer = { ...answer, body: answer.body.slice(0, Math.floor(answer.body.length / 2)) }
        break
      case "lie_total":
      case "loop_link":
      case "foreign_link":
        answer = standIn.distort[fault.do]?.(fault, exchange, answer) ?? answer
        break
      default:
    }
  }
  return answer
}

const answerPlainly = async (standIn: StandIn, exchange: Exchange, route: Route | null): Promise<Answer> => {
  try {
    if (route === null) return standIn.unknownPath(exchange)
    const headers = standIn.admit(exchange, route)
    const answer = await route.answer(exchange)
    return answer.status < 300 ? { ...answer, headers: { ...answer.headers, ...headers } } : answer
  } catch (error) {
    if (error instanceof Refusal) return error.answer
    if (error instanceof SyntaxError) return standIn.failure(400, "The body is not JSON.")
    return standIn.failure(500, "The stand-in failed.")
  }
}

const answerControl = async (route: Route, exchange: Exchange): Promise<Answer> => {
  try {
    return await route.answer(exchange)
  } catch (error) {
    if (error instanceof Refusal) return error.answer
    return json({ error: error instanceof Error ? error.message : "failed" }, 400)
  }
}

const controlsOf = (standIn: StandIn, faults: Faults, log: RequestLog): ReadonlyArray<Route> => [
  { method: "GET", template: "/sandbox/faults", answer: () => json(faults.list()) },
  {
    method: "POST",
    template: "/sandbox/faults",
    answer: (exchange) => {
      const read = readFaults(JSON.parse(exchange.body))
      if (typeof read === "string") return json({ error: read }, 400)
      const mine = read.filter((fault) => fault.on === undefined || fault.on === standIn.name)
      const stranger = mine.find((fault) => standIn.cannot.includes(fault.do))
      if (stranger !== undefined) return json({ error: `${standIn.name} has no fault ${stranger.do}` }, 400)
      faults.add(mine)
      return json(faults.list())
    }
  },
  {
    method: "DELETE",
    template: "/sandbox/faults",
    answer: () => {
      faults.clear()
      return done(204)
    }
  },
  {
    method: "GET",
    template: "/sandbox/requests",
    answer: (exchange) => json(log.report(Number(exchange.query.get("last") ?? 100)))
  },
  {
    method: "DELETE",
    template: "/sandbox/requests",
    answer: () => {
      log.clear()
      return done(204)
    }
  },
  {
    method: "POST",
    template: "/sandbox/reset",
    answer: () => {
      standIn.reset()
      log.clear()
      return done(204)
    }
  }
]

const readBody = (request: IncomingMessage): Promise<Buffer> =>
  request.method === "GET" && request.headers["content-length"] === undefined
    ? Promise.resolve(Buffer.alloc(0))
    : new Promise((resolve, reject) => {
        const chunks: Array<Buffer> = []
        request.on("data", (chunk: Buffer) => chunks.push(chunk))
        request.on("end", () => resolve(Buffer.concat(chunks)))
        request.on("error", reject)
      })

/** A body that is text goes as text, so that it leaves in one write with the head. */
const send = (response: ServerResponse, { status, headers, body }: Answer): void => {
  const length = status === 204 || status === 304 ? {} : { "content-length": String(Buffer.byteLength(body)) }
  response.writeHead(status, { ...headers, ...length })
  response.end(body)
}

const splitOnce = (text: string, separator: string): ReadonlyArray<string> => {
  const at = text.indexOf(separator)
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)]
}

import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { gzipSync } from "node:zlib"
import { expect, it, onTestFinished } from "vitest"
import { type Authorizer, type HttpOptions, makeHttp } from "../../../src/adapters/http/http.ts"
import { HttpFailure, type HttpRequest, type HttpResponse } from "../../../src/adapters/http/request.ts"

const serve = async (
  answer: (request: IncomingMessage, response: ServerResponse, count: number) => void
): Promise<string> => {
  let count = 0
  const server = createServer((request, response) => answer(request, response, ++count))
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  onTestFinished(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const nobody: Authorizer<never> = { headers: () => Effect.succeed({}), renew: Effect.succeed(false) }

const send = (
  request: Partial<HttpRequest> & { readonly url: URL },
  authorizer: Authorizer<never> = nobody,
  tries = 3,
  options: Partial<HttpOptions> = {}
): Promise<HttpResponse | HttpFailure> =>
  Effect.runPromise(
    Effect.scoped(
      Effect.gen(function* () {
        const budget = { concurrency: 2, requestsPerSecond: Number.POSITIVE_INFINITY, peak: null }
        const http = yield* makeHttp({ budget, timeoutSeconds: 5, tries, ...options })
        return yield* http.request({ method: "GET", ...request }, authorizer)
      })
    ).pipe(Effect.merge)
  )

it("unpacks what came as gzip, and leaves the rest as it came", async () => {
  const origin = await serve((request, response) => {
    expect(request.headers["accept-encoding"]).toBe("gzip")
    if (request.url === "/packed") response.setHeader("content-encoding", "gzip").end(gzipSync("rows"))
    else response.end("rows")
  })
  for (const path of ["/packed", "/plain"]) {
    expect(await send({ url: new URL(path, origin) })).toMatchObject({ status: 200, body: Buffer.from("rows") })
  }
})

it("sends a write whose answer was lost a second time only by its caller's word", async () => {
  let asked = 0
  const origin = await serve((request, response) => {
    asked++
    request.resume()
    response.destroy()
  })
  const lost = await send({ method: "POST", url: new URL("/score?student=7", origin), body: "{}" })
  expect(lost).toMatchObject({ _tag: "HttpFailure", reason: "AnswerLost", request: "POST /score" })
  expect(asked).toBe(1)
  await send({ method: "PUT", url: new URL("/score", origin), body: "{}", idempotent: true })
  expect(asked).toBe(4)
  await send({ url: new URL("/score", origin) })
  expect(asked).toBe(7)
})

it("tries again where nothing was sent at all, and then says so", async () => {
  const failure = await send({ method: "POST", url: new URL("http://127.0.0.1:1/x") })
  expect(failure).toBeInstanceOf(HttpFailure)
  expect(failure).toMatchObject({ reason: "Unreachable" })
})

it("waits as Retry-After asks, and shows its credentials anew for every try", async () => {
  let tries = 0
  const authorizer: Authorizer<never> = {
    ...nobody,
    headers: () => Effect.sync(() => ({ authorization: `try ${++tries}` }))
  }
  const shown: Array<string | undefined> = []
  const origin = await serve((request, response, count) => {
    shown.push(request.headers.authorization)
    if (count === 1) response.writeHead(429, { "retry-after": "0" }).end()
    else if (count === 2) response.writeHead(503, { "retry-after": new Date().toUTCString() }).end()
    else response.end("well")
  })
  expect(await send({ url: new URL(origin) }, authorizer)).toMatchObject({ status: 200 })
  expect(shown).toEqual(["try 1", "try 2", "try 3"])
})

it("is tried no more often than is said, whatever the tries end with", async () => {
  let asked = 0
  const origin = await serve((_, response, count) => {
    asked = count
    if (count === 1) response.writeHead(429, { "retry-after": "0" }).end()
    else response.destroy()
  })
  expect(await send({ url: new URL(origin) })).toMatchObject({ reason: "AnswerLost" })
  expect(asked).toBe(3)
})

it("breaks off what is interrupted, whose place is free at once", async () => {
  const seen: Array<string | undefined> = []
  const [there, closed] = [Effect.runSync(Deferred.make<void>()), Effect.runSync(Deferred.make<void>())]
  const origin = await serve((request, response) => {
    seen.push(request.url)
    if (request.url !== "/slow") return void response.end("well")
    response.on("close", () => Effect.runSync(Deferred.succeed(closed, undefined)))
    Effect.runSync(Deferred.succeed(there, undefined))
  })
  const after = Effect.gen(function* () {
    const budget = { concurrency: 1, requestsPerSecond: Number.POSITIVE_INFINITY, peak: null }
    const http = yield* makeHttp({ budget, timeoutSeconds: 600, tries: 3 })
    const slow = yield* Effect.fork(http.request({ method: "GET", url: new URL("/slow", origin) }, nobody))
    yield* Deferred.await(there)
    yield* Fiber.interrupt(slow)
    yield* Deferred.await(closed)
    return yield* http.request({ method: "GET", url: new URL("/next", origin) }, nobody)
  })
  expect(await Effect.runPromise(Effect.scoped(after))).toMatchObject({ status: 200 })
  expect(seen).toEqual(["/slow", "/next"])
})

it("renews credentials once on a refusal that its authorizer takes for theirs", async () => {
  let renewed = 0
  const origin = await serve((request, response) => response.writeHead(request.url === "/401" ? 401 : 403).end())
  const renewing: Authorizer<never> = { ...nobody, renew: Effect.sync(() => ++renewed > 0) }
  expect(await send({ url: new URL("/401", origin) }, renewing)).toMatchObject({ status: 401 })
  expect(renewed).toBe(1)
  await send({ url: new URL("/403", origin) }, renewing)
  expect(renewed).toBe(1)
  await send({ url: new URL("/403", origin) }, { ...renewing, isStale: (status) => status === 403 })
  expect(renewed).toBe(2)
})

it("follows no redirect", async () => {
  let asked = 0
  const elsewhere = await serve((_, response) => {
    asked++
    response.end()
  })
  const origin = await serve((_, response) => response.writeHead(307, { location: elsewhere }).end())
  expect(await send({ url: new URL(origin) })).toMatchObject({ status: 307 })
  expect(asked).toBe(0)
})

it.each([
  ["a line end", "Bearer secret\nX: 1", /^not sent: of the header "authorization", character 14 is a line end/],
  ["a letter of another alphabet", "Bearer ключ", /character 8 is a character outside Latin 1/],
  ["a NUL character", "Bearer \u0000", /character 8 is a line end or another control character/]
])("says at once that no header can carry %s, and sends nothing", async (_kind, value, say) => {
  let asked = 0
  const origin = await serve((_, response) => {
    asked++
    response.end()
  })
  const headers = () => Effect.succeed({ authorization: value })
  const failure = await send({ url: new URL("/x", origin) }, { ...nobody, headers })
  expect(failure).toMatchObject({
    _tag: "HttpFailure",
    reason: "Misconfigured",
    detail: expect.stringMatching(say) as unknown
  })
  expect((failure as HttpFailure).detail).not.toMatch(/secret|ключ/)
  expect(asked).toBe(0)
})

it("gives up an answer that drips on and on, after ten times the time-out", async () => {
  const origin = await serve((_, response) => {
    const drip = setInterval(() => response.write("."), 20)
    response.on("close", () => clearInterval(drip))
  })
  const begun = performance.now()
  const failure = await send({ url: new URL("/x", origin) }, nobody, 1, { timeoutSeconds: 0.2 })
  expect(failure).toMatchObject({
    reason: "AnswerLost",
    detail: expect.stringContaining("not whole after 2 s") as unknown
  })
  expect(performance.now() - begun).toBeLessThan(20_000)
})

it("gives up an answer beyond what one may have, announced or not, packed or not, and asks no second time", async () => {
  let asked = 0
  const origin = await serve((request, response) => {
    asked++
    const body = "x".repeat(5000)
    if (request.url === "/packed") response.setHeader("content-encoding", "gzip").end(gzipSync(body))
    else if (request.url === "/announced") response.setHeader("content-length", 5000).end(body)
    else response.write(body, () => response.end())
  })
  for (const path of ["/packed", "/announced", "/streamed"]) {
    const failure = await send({ url: new URL(path, origin) }, nobody, 3, { largestBodyBytes: 1000 })
    expect(failure).toMatchObject({ reason: "AnswerLost", detail: expect.stringMatching(/larger than/) as unknown })
    expect(await send({ url: new URL(path, origin) }, nobody, 3, { largestBodyBytes: 5000 })).toMatchObject({
      status: 200
    })
  }
  expect(asked).toBe(6)
})

it("takes a part of an answer for none", async () => {
  const origin = await serve((_, response) => {
    response.writeHead(206, { "content-range": "bytes 0-1/9" }).end("{}")
  })
  expect(await send({ url: new URL("/x", origin) }, nobody, 2)).toMatchObject({
    reason: "AnswerLost",
    detail: expect.stringContaining("HTTP 206") as unknown
  })
})

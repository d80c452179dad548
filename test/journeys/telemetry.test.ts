import * as Effect from "effect/Effect"
import { spawn } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, expect, it } from "vitest"
import { telemetryLayer, telemetrySettings } from "../../src/adapters/telemetry/otlp.ts"

/** A collector that keeps what it is sent, by path. */
const sent = new Map<string, string>()
const collector = createServer((request, response) => {
  let body = ""
  request.on("data", (chunk: Buffer) => (body += chunk.toString()))
  request.on("end", () => {
    sent.set(`${request.url} ${String(request.headers["x-key"])}`, (sent.get(`${request.url}`) ?? "") + body)
    response.writeHead(200, { "content-type": "application/json" }).end("{}")
  })
})

let folder = ""
let endpoint = ""
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "rollbook-telemetry-"))
  await new Promise<void>((resolve) => collector.listen(0, "127.0.0.1", resolve))
  endpoint = `http://127.0.0.1:${(collector.address() as AddressInfo).port}/`
})
afterAll(() => {
  collector.close()
  rmSync(folder, { recursive: true, force: true })
})

it("goes to the collector that the environment names, from any command, before it ends", async () => {
  const trace = "4bf92f3577b34da6a3ce929d0e0e4736"
  const cli = new URL("../../dist/rollbook.js", import.meta.url).pathname
  const child = spawn(process.execPath, [cli, "history"], {
    cwd: folder,
    env: {
      PATH: process.env["PATH"],
      HOME: folder,
      OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
      OTEL_EXPORTER_OTLP_HEADERS: "x-key=a%20key",
      OTEL_RESOURCE_ATTRIBUTES: "deployment.environment=rehearsal",
      TRACEPARENT: `00-${trace}-00f067aa0ba902b7-01`
    }
  })
  const code = await new Promise((resolve) => child.once("close", resolve))
  expect(code).toBe(0)
  expect([...sent.keys()]).toEqual(expect.arrayContaining(["/v1/traces a key", "/v1/logs a key", "/v1/metrics a key"]))
  expect(sent.get("/v1/traces a key")).toMatch(/"rehearsal"[\s\S]*"rollbook"[\s\S]*"duckdb\.open"/)
  expect(sent.get("/v1/traces a key")).toContain(trace)
  expect(sent.get("/v1/logs a key")).toContain("Next run: none by rollbook itself")
})

it("a span that fails tells the kind of its error, and not what that says", async () => {
  sent.clear()
  const settings = telemetrySettings({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint })
  if (settings === null) throw new Error("no settings")
  const failing = Effect.fn("odd")(() => Effect.die(new RangeError("Kim Vale")))
  await Effect.runPromise(Effect.exit(failing()).pipe(Effect.provide(telemetryLayer(settings, "0"))))
  const traces = sent.get("/v1/traces undefined") ?? ""
  expect(traces).toContain('"odd"')
  expect(traces).toContain("RangeError")
  expect(traces).not.toContain("Vale")
})

it.each([{}, { OTEL_EXPORTER_OTLP_ENDPOINT: "http://collector", OTEL_SDK_DISABLED: "true" }])(
  "goes nowhere with %o",
  (variables) => expect(telemetrySettings(variables)).toBeNull()
)

import { request } from "node:http"
import { expect, it } from "vitest"
import { rehearse } from "./rehearsal.ts"

const sandbox = rehearse()

/** The status of a request with these headers, as a browser that was led here by another name would send it. */
const statusOf = (
  url: string,
  headers: Readonly<Record<string, string>>,
  method = "GET"
): Promise<readonly [number | undefined, string]> =>
  new Promise((resolve, reject) => {
    const asked = request(url, { method, headers, setHost: headers["host"] === undefined }, (answer) => {
      let text = ""
      answer.on("data", (chunk: Buffer) => (text += chunk.toString()))
      answer.on("end", () => resolve([answer.statusCode, text]))
    })
    asked.on("error", reject)
    asked.end()
  })

it.each(["campusUrl", "brightspaceUrl"] as const)("answers at its own address alone: %s", async (which) => {
  const url = `${sandbox()[which]}/sandbox/requests`
  const { host, port } = new URL(url)
  for (const own of [host, `localhost:${port}`, `[::1]:${port}`, `LOCALHOST:${port}`]) {
    expect((await statusOf(url, { host: own }))[0], own).toBe(200)
    expect((await statusOf(url, { host: own, origin: `http://${own.toLowerCase()}` }))[0], own).toBe(200)
  }
  for (const strange of [
    "rebound.example",
    `rebound.example:${port}`,
    "127.0.0.1",
    `127.0.0.1:1`,
    `127.0.0.1.rebound.example:${port}`
  ]) {
    const [status, text] = await statusOf(url, { host: strange })
    expect([status, text.includes("rows")], strange).toEqual([403, false])
  }
})

it.each(["campusUrl", "brightspaceUrl"] as const)("does nothing for a page of another origin: %s", async (which) => {
  const url = sandbox()[which]
  for (const origin of ["https://rebound.example", "null", "http://127.0.0.1:1", "http://localhost"]) {
    expect((await statusOf(`${url}/sandbox/requests`, { origin }))[0], origin).toBe(403)
    expect((await statusOf(`${url}/sandbox/reset`, { origin }, "POST"))[0], origin).toBe(403)
    expect((await statusOf(`${url}/campus/oneroster/rollbook/ims/oneroster/v1p1/users`, { origin }))[0]).toBe(403)
  }
  expect((await statusOf(`${url}/sandbox/reset`, { origin: url }, "POST"))[0]).toBe(204)
})

import { createServer, type IncomingMessage } from "node:http"
import type { AddressInfo } from "node:net"

/** Which requests are answered with tales; the rest goes through. */
export interface Tale {
  readonly method: string
  /** A part of the path. */
  readonly path: string
  /** 400 unless said otherwise; 200 = the tale stands where rows should. */
  readonly status?: number
}

/** A server before another one, whose refusals name people and repeat the credentials that they were sent. */
export interface Talebearer {
  readonly url: string
  readonly tell: (tale: Tale) => void
  readonly hush: () => void
  readonly stop: () => Promise<void>
}

/** In each of the shapes in which servers refuse: OneRoster's status info, problem details, OAuth's. */
const taleOf = (authorization: string): object => {
  const words = `row of Canarytold is broken; you sent ${authorization}; ask canary@told.example`
  const info = {
    imsx_codeMajor: "failure",
    imsx_severity: "error",
    imsx_codeMinor: "Canarytold",
    imsx_description: words
  }
  return { ...info, statusInfoSet: [info], title: "Canarytold", detail: words, error: "canarytold" }
}

export const startTalebearer = async (behind: string): Promise<Talebearer> => {
  let tale: Tale | null = null
  const server = createServer((request, response) => {
    void bodyOf(request).then(async (body) => {
      const { method = "GET", url = "/" } = request
      if (tale !== null && tale.method === method && url.includes(tale.path)) {
        response.writeHead(tale.status ?? 400, { "content-type": "application/json" })
        response.end(JSON.stringify(taleOf(request.headers.authorization ?? "")))
        return
      }
      const headers = Object.fromEntries(
        Object.entries(request.headers).filter(([name]) => /^(accept|authorization|content-type|x-)/.test(name))
      ) as Record<string, string>
      const answer = await fetch(`${behind}${url}`, { method, headers, ...(body === "" ? {} : { body }) })
      const passed = [...answer.headers].filter(([name]) => /^(content-type|x-|link|retry-after)/.test(name))
      response.writeHead(answer.status, Object.fromEntries(passed))
      response.end(Buffer.from(await answer.arrayBuffer()))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    tell: (next) => {
      tale = next
    },
    hush: () => {
      tale = null
    },
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      })
  }
}

const bodyOf = async (request: IncomingMessage): Promise<string> => {
  const chunks: Array<Buffer> = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString("utf8")
}

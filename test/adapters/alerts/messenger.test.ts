import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { createServer as createHttp } from "node:http"
import { type AddressInfo, createServer, type Server } from "node:net"
import { afterAll, beforeAll, expect, it } from "vitest"
import { messengerLayer } from "../../../src/adapters/alerts/messenger.ts"
import { type AlertWays, type Message, Messenger } from "../../../src/core/ports/messenger.ts"

const asked: Array<string> = []
let status = 204
const web = createHttp((request, response) => {
  let body = ""
  request.on("data", (chunk: Buffer) => (body += chunk.toString()))
  request.on("end", () => {
    asked.push(`${request.method} ${request.url} ${body}`)
    response.writeHead(status, status === 302 ? { location: "http://127.0.0.1:9/" } : {}).end()
  })
})

/** A mail server that takes everything, and says no when it is told to. */
const mails: Array<string> = []
let refusal: string | null = null
const post = createServer((socket) => {
  let isData = false
  let mail = ""
  socket.write("220 here\r\n")
  socket.on("data", (chunk: Buffer) => {
    for (const line of chunk.toString().split("\r\n")) {
      if (isData) {
        if (line === ".") {
          isData = false
          mails.push(mail)
          socket.write("250 taken\r\n")
        } else mail += `${line}\n`
      } else if (line.startsWith("RCPT") && refusal !== null) socket.write(`${refusal}\r\n`)
      else if (line === "DATA") {
        isData = true
        socket.write("354 go on\r\n")
      } else if (line !== "") socket.write("250 ok\r\n")
    }
  })
  socket.on("error", () => undefined)
})

const portOf = (server: Server): Promise<number> =>
  new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port)))

let ways: AlertWays
beforeAll(async () => {
  const [http, smtp] = [await portOf(web), await portOf(post)]
  ways = {
    webhook: Redacted.make(`http://127.0.0.1:${http}/hook/s3cret`),
    deadMan: Redacted.make(`http://127.0.0.1:${http}/ping/s3cret`),
    mail: {
      host: "127.0.0.1",
      port: smtp,
      tls: "none",
      user: null,
      password: null,
      from: "a@b.example",
      to: ["c@d.example", "e@d.example"]
    }
  }
})
afterAll(() => {
  web.close()
  post.close()
})

const message: Message = {
  id: "held-roster-1",
  text: "rollbook: run 8 of roster holds 3 steps",
  fields: { what: "trouble", of: "roster" }
}

const send = (way: string) =>
  Effect.flatMap(Messenger, (messenger) => messenger.send(way, message)).pipe(
    Effect.provide(messengerLayer(ways)),
    Effect.either,
    Effect.runPromise
  )

it("goes to a webhook as JSON with a text, and to the watcher as a GET", async () => {
  await send("webhook")
  await Effect.runPromise(Effect.flatMap(Messenger, ({ ping }) => ping).pipe(Effect.provide(messengerLayer(ways))))
  expect(asked.splice(0)).toEqual([
    'POST /hook/s3cret {"text":"rollbook: run 8 of roster holds 3 steps","id":"held-roster-1","what":"trouble","of":"roster"}',
    "GET /ping/s3cret "
  ])
})

it.each([500, 302])("an answer of %i is a failure, told without the address", async (answer) => {
  status = answer
  const sent = await send("webhook")
  status = 204
  expect(sent._tag).toBe("Left")
  expect(JSON.stringify(sent) + (sent._tag === "Left" ? sent.left.message : "")).not.toContain("s3cret")
})

it("goes by mail to everybody, with the same id each time", async () => {
  expect((await send("mail"))._tag).toBe("Right")
  expect(mails[0]).toContain("Subject: rollbook: run 8 of roster holds 3 steps")
  expect(mails[0]).toContain("To: c@d.example, e@d.example")
  expect(mails[0]).toContain("Message-ID: <held-roster-1@rollbook>")
})

it("goes as the mail of a night to whom that is for, in lines, and not with the alerts", async () => {
  const night = { ...message, id: "night-1", body: ["roster ran well.", "", "grades waits."] }
  const layer = messengerLayer({ ...ways, nightTo: ["p@d.example"] })
  const said = Effect.flatMap(Messenger, (messenger) => Effect.as(messenger.send("night_mail", night), messenger.ways))
  expect(await Effect.runPromise(Effect.provide(said, layer))).toEqual(["webhook", "mail"])
  const mail = mails.at(-1) ?? ""
  expect(mail).toContain("To: p@d.example")
  expect(mail).toContain("Message-ID: <night-1@rollbook>")
  expect(mail).toContain("roster ran well.\n\ngrades waits.")
})

it("a mail that is refused is told by its number", async () => {
  refusal = "550 no such person as c@d.example"
  const sent = await send("mail")
  expect(sent._tag === "Left" ? sent.left.message : "").toBe(
    "the alert by mail did not go: the mail server did not take it (EENVELOPE 550)"
  )
})

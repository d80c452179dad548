import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { type AlertWays, type Message, type MessageNotSent, Messenger, nightWay } from "../../core/ports/messenger.ts"
import { mailTo } from "./mail.ts"
import { ask } from "./webhook.ts"

/** Messages by the ways that are set up, each by itself: one that fails holds up no other. */
export const messengerLayer = ({ deadMan, mail, nightTo, webhook }: AlertWays): Layer.Layer<Messenger> => {
  const ways = new Map<string, (message: Message) => Effect.Effect<void, MessageNotSent>>()
  if (webhook !== null)
    ways.set("webhook", ({ fields, id, text }) => ask("webhook", "POST", webhook, { text, id, ...fields }))
  if (mail !== null) ways.set("mail", mailTo(mail))
  const toNight = mail === null || nightTo == null ? undefined : mailTo({ ...mail, to: nightTo }, nightWay)
  return Layer.succeed(Messenger, {
    ways: [...ways.keys()],
    send: (way, message) => (way === nightWay ? toNight : ways.get(way))?.(message) ?? Effect.void,
    ping: deadMan === null ? Effect.void : ask("dead_man", "GET", deadMan, null)
  })
}

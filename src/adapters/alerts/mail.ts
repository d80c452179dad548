import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type { MailSettings, Message } from "../../core/ports/messenger.ts"
import { MessageNotSent } from "../../core/ports/messenger.ts"

/** Milliseconds for each step of a talk with a mail server. */
const patience = 15_000

/** Sends a message to the addresses of the settings, over a line that is private unless it is loopback. */
export const mailTo =
  ({ from, host, password, port, tls, to, user }: MailSettings, way = "mail") =>
  (message: Message): Effect.Effect<void, MessageNotSent> =>
    Effect.tryPromise({
      try: async () => {
        // Loaded when something is to be said: most nights nothing is.
        const { createTransport } = await import("nodemailer")
        const transport = createTransport({
          host,
          port,
          secure: tls === "implicit",
          requireTLS: tls === "starttls",
          ignoreTLS: tls === "none",
          connectionTimeout: patience,
          greetingTimeout: patience,
          socketTimeout: patience,
          ...(user === null || password === null ? {} : { auth: { user, pass: Redacted.value(password) } })
        })
        try {
          await transport.sendMail({
            from,
            to: [...to],
            subject: message.text,
            messageId: `<${message.id.replaceAll(/[^\w.-]/g, "-")}@rollbook>`,
            text: [
              message.text,
              "",
              ...(message.body ?? Object.entries(message.fields).map(([name, value]) => `${name}: ${value}`))
            ].join("\n")
          })
        } finally {
          transport.close()
        }
      },
      catch: (error) => new MessageNotSent({ way, detail: causeOf(error) })
    })

/** By the library's code and the server's number; its words may quote addresses. */
const causeOf = (error: unknown): string => {
  const { code, responseCode } = error as { readonly code?: unknown; readonly responseCode?: unknown }
  return `the mail server did not take it (${
    [code, responseCode]
      .filter((one) => one !== undefined)
      .map(String)
      .join(" ") || "no reason given"
  })`
}

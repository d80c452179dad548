import * as Context from "effect/Context"
import * as Data from "effect/Data"
import type * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"

/** The way of the mail that tells a night, which is none of those by which alerts go. */
export const nightWay = "night_mail"

/** A mail server, and who writes to whom. */
export interface MailSettings {
  readonly host: string
  readonly port: number
  readonly tls: "implicit" | "starttls" | "none"
  readonly user: string | null
  readonly password: Redacted.Redacted | null
  readonly from: string
  readonly to: ReadonlyArray<string>
}

/** The ways by which alerts go; null = not by this one. The addresses are secrets: anybody who has one can write there. */
export interface AlertWays {
  readonly webhook: Redacted.Redacted | null
  readonly mail: MailSettings | null
  readonly deadMan: Redacted.Redacted | null
  /** The addresses that get a mail each night, by the mail server of `mail`; null or absent = none. */
  readonly nightTo?: ReadonlyArray<string> | null
}

/** A message to people. Nothing in it names anybody. */
export interface Message {
  /** The same for each attempt to send it. */
  readonly id: string
  /** One line that says it all. */
  readonly text: string
  /** The same for machines. */
  readonly fields: Readonly<Record<string, string>>
  /** More of it for people, in lines; by mail alone, in place of `fields`. */
  readonly body?: ReadonlyArray<string>
}

/** A message did not go; `detail` names no address. */
export class MessageNotSent extends Data.TaggedError("MessageNotSent")<{
  readonly way: string
  readonly detail: string
}> {
  override get message(): string {
    return `the ${this.way === nightWay ? "mail of the night" : `alert by ${this.way}`} did not go: ${this.detail}`
  }
}

export interface MessengerService {
  /** Ways by which alerts go: `webhook`, `mail`. */
  readonly ways: ReadonlyArray<string>
  readonly send: (way: string, message: Message) => Effect.Effect<void, MessageNotSent>
  /** Tells the watcher outside that all is well; nothing where there is none. */
  readonly ping: Effect.Effect<void, MessageNotSent>
}

/** How people are told of what goes on unattended. */
export class Messenger extends Context.Tag("rollbook/Messenger")<Messenger, MessengerService>() {}

import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { within } from "../amount.ts"
import { isDay } from "../clock.ts"
import { headerProblem, isHeaderName } from "../header.ts"
import { suggestion } from "../nearest.ts"

/**
 * The parts of which the keys of a connection are made. A value is decoded after `${env:…}` and `${file:…}` in it are filled
 * in. In a complaint, `{key}` stands for the key's own name, and what follows a line end is the remedy.
 */

/** Examples of a key: values as people write them. */
type Examples = readonly [string, ...Array<string>]

const described = (description: string, examples?: Examples) => ({
  description,
  ...(examples === undefined ? {} : { examples })
})

/** A text that may be left out; without a value then. */
export const optionalText = (description: string, examples?: Examples) =>
  Schema.optionalWith(Schema.String.annotations(described(description, examples)), { exact: true })

/** A text. As every text that must be there, it must not be empty once its variables are filled in. */
export const text = (description: string, examples?: Examples) =>
  Schema.String.annotations(described(description, examples))

/** A text that is `byDefault` where it is left out. */
export const textOr = (byDefault: string, description: string) =>
  Schema.optionalWith(Schema.String.annotations({ description, default: byDefault }), {
    default: () => byDefault,
    exact: true
  })

/** A list of texts; empty where it is left out. */
export const texts = (description: string, example: readonly [string, ...Array<string>]) =>
  Schema.optionalWith(Schema.Array(Schema.String).annotations({ description, examples: [example] }), {
    default: (): ReadonlyArray<string> => [],
    exact: true
  })

/** One of a few words; the first where it is left out. */
export const oneOf = <Word extends string>(description: string, words: readonly [Word, ...Array<Word>]) =>
  Schema.optionalWith(Schema.Literal(...words).annotations({ description, default: words[0] }), {
    default: (): Word => words[0],
    exact: true
  })

/** A name out of those that are known, given in the file or by a variable; the first where it is left out. */
export const named = (what: string, description: string, names: readonly [string, ...Array<string>]) =>
  Schema.optionalWith(
    Schema.String.pipe(
      Schema.filter(
        (name) => name === "" || names.includes(name) || `there is no ${what} ${name}\n${suggestion(name, names)}`,
        // A variable may stand for it.
        {
          jsonSchema: {
            type: "string",
            description,
            default: names[0],
            anyOf: [{ enum: names }, { pattern: "\\$\\{" }]
          }
        }
      )
    ),
    { default: () => names[0], exact: true }
  )

/** The address of a server, without a slash at its end. Credentials travel over TLS; plain http is for this machine alone. */
export const address = (description: string, examples?: Examples) =>
  Schema.transform(
    Schema.String.annotations(described(description, examples)).pipe(
      Schema.filter((text) => text === "" || (addressProblem(text) ?? true))
    ),
    Schema.String,
    { strict: true, decode: (text) => text.replace(/\/+$/, ""), encode: (text) => text }
  )

/** Why credentials must not travel to an address; null where they may. */
export const addressProblem = (text: string): string | null => {
  let url: URL
  try {
    url = new URL(text)
  } catch {
    return "this is not an address"
  }
  const isLoopback = /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname)
  return url.protocol === "https:" || (url.protocol === "http:" && isLoopback)
    ? null
    : "this must be an https address; http is for loopback alone"
}

/** A line end at the end of a credential is a slip of whoever kept it, and would be sent along. */
const onOneLine = (text: Schema.Schema<string>) =>
  text.pipe(
    Schema.filter(
      (given) =>
        !/\p{Cc}/u.test(given) ||
        "{key} holds a line end or another control character\ngive it on one line, without anything behind it"
    )
  )

/** A credential that is no secret: a client id. */
export const credential = (description: string) => onOneLine(Schema.String.annotations({ description }))

/** A text that is shown to nobody, and given by reference alone; it is marked so in the words of JSON Schema. */
const secretly = (description: string, examples?: Examples) =>
  Schema.String.pipe(
    Schema.filter(() => true, { jsonSchema: { type: "string", writeOnly: true, ...described(description, examples) } })
  )

const redacted = (text: Schema.Schema<string>, description: string) =>
  Schema.transform(text, Schema.RedactedFromSelf(Schema.String).annotations({ description }), {
    strict: true,
    decode: (given) => Redacted.make(given),
    encode: (kept) => Redacted.value(kept)
  })

/** A secret on one line. */
export const secret = (description: string, examples?: Examples) =>
  redacted(onOneLine(secretly(description, examples)), description)

/** A secret of several lines, such as a key, that may be left out. */
export const optionalSecretText = (description: string, examples?: Examples) =>
  Schema.optionalWith(redacted(secretly(description, examples), description), { exact: true })

const headerValue = "the header's value"

/** Headers with secrets, by name; `key` is the name under which they stand. */
export const secretHeaders = (key: string, description: string) =>
  Schema.optionalWith(
    Schema.Record({ key: Schema.String, value: redacted(secretly(headerValue), headerValue) })
      .annotations({ description })
      .pipe(
        Schema.filter((headers) =>
          Object.entries(headers).flatMap(([name, value]) => {
            const problem = isHeaderName(name) ? headerProblem(Redacted.value(value)) : "this is no name of a header"
            return problem === null ? [] : [{ path: [name], message: `${key} ${name}: ${problem}` }]
          })
        )
      ),
    { default: (): Readonly<Record<string, Redacted.Redacted>> => ({}), exact: true }
  )

/**
 * An amount of 1 or more that must be there: of nothing, or of less, no request would ever be sent. `shownDefault` is what
 * the key above it means when left out.
 */
export const amount = (description: string, shownDefault?: number, most?: number) =>
  Schema.Number.annotations({
    description,
    ...(shownDefault === undefined ? {} : { default: shownDefault })
  }).pipe(within(1, most))

/** An amount of 1 or more, `byDefault` where it is left out. */
const amountOr = (byDefault: number, description: string) =>
  Schema.optionalWith(amount(description, byDefault), { default: () => byDefault, exact: true })

const areHours = (text: string): boolean => {
  const [, from, to] = /^((?:[01]\d|2[0-3]):[0-5]\d)-((?:[01]\d|2[0-3]):[0-5]\d)$/.exec(text) ?? []
  return from !== undefined && from !== to
}

const Peak = Schema.Struct({
  hours: text("from-to in the district's time zone", ["07:00-17:00"]).pipe(
    Schema.filter(
      (text) =>
        text === "" ||
        areHours(text) ||
        `${text} are no hours of a day\nwrite them as 07:00-17:00, from and to; they may go over midnight`
    )
  ),
  concurrency: amount("requests in flight in these hours")
}).annotations({ description: "hours in which less is asked of the server" })

/** The rate at which a server of this kind may be asked, unless its connection sets another. */
export const budget = (concurrency: number, requestsPerSecond: number) =>
  Schema.optionalWith(
    Schema.Struct({
      concurrency: amountOr(concurrency, "requests in flight"),
      requestsPerSecond: amountOr(requestsPerSecond, "requests sent in a second, at most").pipe(
        Schema.fromKey("requests_per_second")
      ),
      peak: Schema.optionalToRequired(Peak, Schema.NullOr(Schema.typeSchema(Peak)), {
        decode: Option.getOrNull,
        encode: Option.fromNullable
      })
    }).annotations({ description: "what may be asked of the server" }),
    { default: () => ({ concurrency, requestsPerSecond, peak: null }), exact: true }
  )

/** Some endpoints of student information systems need more than one minute. */
const defaultTimeoutSeconds = 120

/** A file may take 120 times as long, in milliseconds, and a timer that is set to 2^31 of them or more goes off at once. */
const longestTimeoutSeconds = 3600

/** Seconds until an answer begins, and between two pieces of it. */
export const timeoutSeconds = Schema.optionalWith(
  Schema.Number.annotations({
    description:
      "how long to wait for an answer to begin, and between two pieces of it; then it counts as lost, as does an answer that is not whole after ten times as long",
    default: defaultTimeoutSeconds
  }).pipe(within(0.01, longestTimeoutSeconds)),
  { default: () => defaultTimeoutSeconds, exact: true }
).pipe(Schema.fromKey("timeout_seconds"))

/** The day on which the credentials stop to work, `YYYY-MM-DD`, where somebody knows it. */
export const expiresOn = Schema.optionalWith(
  Schema.String.pipe(
    Schema.filter((day) => day === "" || isDay(day) || `${day} is no day\nwrite it as 2027-06-30`, {
      jsonSchema: {
        type: "string",
        description: "day on which the credentials stop to work, YYYY-MM-DD; an alert comes before it",
        examples: ["2027-06-30"]
      }
    })
  ),
  { exact: true }
).pipe(Schema.fromKey("expires_on"))

import * as HttpApiError from "@effect/platform/HttpApiError"
import * as HttpApiSchema from "@effect/platform/HttpApiSchema"
import * as Schema from "effect/Schema"
import { FactView, told } from "./told.ts"

/** How a request can end other than well. No message repeats what was sent. */

const facts = Schema.Array(FactView).annotations({ description: "the message by code, for any language" })

export class Unauthorized extends Schema.TaggedError<Unauthorized>()(
  "Unauthorized",
  { message: Schema.String },
  HttpApiSchema.annotations({
    status: 401,
    description: "nobody is signed in: no token and no session, or one that was revoked or is over"
  })
) {}
export class Forbidden extends Schema.TaggedError<Forbidden>()(
  "Forbidden",
  { message: Schema.String },
  HttpApiSchema.annotations({
    status: 403,
    description: "whoever asks has not the right for this, or another site asks in their name"
  })
) {}
export class NotFound extends Schema.TaggedError<NotFound>()(
  "NotFound",
  { message: Schema.String },
  HttpApiSchema.annotations({ status: 404, description: "there is no such thing" })
) {}
export class Refused extends Schema.TaggedError<Refused>()(
  "Refused",
  {
    reason: Schema.String.annotations({ description: "one word by which a program tells the cases apart" }),
    message: Schema.String,
    facts
  },
  HttpApiSchema.annotations({ status: 409, description: "it was understood, and does not go as things stand" })
) {}

/** Why something does not go as things stand. */
export const refused = (reason: string, message: string): Refused =>
  new Refused({ reason, message, facts: told(message).facts })

export class Busy extends Schema.TaggedError<Busy>()(
  "Busy",
  { message: Schema.String, facts },
  HttpApiSchema.annotations({
    status: 503,
    description: "the workspace is held by a process that does not answer; ask again"
  })
) {}

/** Why it cannot be said or done at this moment. */
export const busy = (message: string): Busy => new Busy({ message, facts: told(message).facts })

/** A request that is not of the form of the contract, told without a word of what was sent. */
export const badRequest = new HttpApiError.HttpApiDecodeError({
  issues: [],
  message: "the request has not the form that schemas/openapi.json describes"
})

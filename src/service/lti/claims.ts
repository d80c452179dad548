import * as Schema from "effect/Schema"

const claim = "https://purl.imsglobal.org/spec/lti/claim"

const text = Schema.optional(Schema.String)

/** Claims that are read of a launch. A value of another form than the standard's makes it malformed. */
export const Claims = Schema.Struct({
  sub: text,
  nonce: text,
  azp: text,
  name: text,
  locale: text,
  [`${claim}/message_type`]: text,
  [`${claim}/version`]: text,
  [`${claim}/deployment_id`]: text,
  [`${claim}/target_link_uri`]: text,
  [`${claim}/context`]: Schema.optional(
    Schema.Struct({ id: text, title: text, type: Schema.optional(Schema.Array(Schema.String)) })
  ),
  [`${claim}/launch_presentation`]: Schema.optional(Schema.Struct({ locale: text }))
})
export type Claims = typeof Claims.Type

/** The claims of the standard, by their short names. */
export const named = (claims: Claims) => ({
  messageType: claims[`${claim}/message_type`],
  version: claims[`${claim}/version`],
  deploymentId: claims[`${claim}/deployment_id`],
  target: claims[`${claim}/target_link_uri`],
  context: claims[`${claim}/context`],
  locale: claims[`${claim}/launch_presentation`]?.locale ?? claims.locale
})

/** A value that begins with `$` is a variable that the learning platform did not fill in: it is absent. */
export const withoutVariables = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.filter((one) => !isVariable(one)).map(withoutVariables)
  if (value === null || typeof value !== "object") return value
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, member]) =>
      // A member that is null is as absent: platforms differ in how they leave things out.
      isVariable(member) || member === null ? [] : [[key, withoutVariables(member)]]
    )
  )
}

const isVariable = (value: unknown): boolean => typeof value === "string" && value.startsWith("$")

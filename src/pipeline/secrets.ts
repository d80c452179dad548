import { describedValues } from "./schema-node.ts"

/** A secret as it is written in a connections file: a reference, or else the secret itself. */
export interface WrittenSecret {
  readonly path: ReadonlyArray<string>
  readonly text: string
}

/** The secrets in a connections file, by what the schemas of its connectors mark as such; empty ones are none. */
export const secretsIn = (form: object, file: unknown): ReadonlyArray<WrittenSecret> => {
  const found = describedValues(form, file).flatMap(({ node, path, value }) =>
    node.writeOnly === true && typeof value === "string" && value !== "" ? [{ path, text: value }] : []
  )
  // A connection that does not say of which type it is, is looked at as each.
  return [...new Map(found.map((one) => [JSON.stringify(one.path), one])).values()]
}

/** A default is written in the open as well. */
const reference = /\$\{(?:env:[^}:]+(?::-)?|file:[^}]+)\}/g

/** In a header a scheme may stand before what is secret, and signs between two such. */
const besides = /^(?:(?:Basic|Bearer|Token) )?[:;,= ]*$/i

/** Whether a text is given by reference alone: what else stands beside one is a part of the secret, in the open. */
export const isByReference = (text: string): boolean =>
  text.search(reference) >= 0 && besides.test(text.replaceAll(reference, ""))

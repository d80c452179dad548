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
  // Where a connection says not of which type it is, it is looked at as each.
  return [...new Map(found.map((one) => [JSON.stringify(one.path), one])).values()]
}

/** Whether a text is given by reference alone: a default is written in the open as well. */
export const isByReference = (text: string): boolean =>
  /\$\{(env|file):/.test(text) && !/\$\{env:[^}:]+:-[^}]+\}/.test(text)

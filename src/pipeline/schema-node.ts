/** A published JSON Schema, as far as rollbook looks into it. */
export interface SchemaNode {
  readonly type?: string | ReadonlyArray<string>
  readonly title?: string
  readonly description?: string
  readonly default?: unknown
  readonly examples?: ReadonlyArray<unknown>
  readonly enum?: ReadonlyArray<string>
  /** True of a secret: it is written, and shown to nobody. */
  readonly writeOnly?: boolean
  readonly required?: ReadonlyArray<string>
  readonly properties?: Readonly<Record<string, SchemaNode>>
  readonly additionalProperties?: SchemaNode | boolean
  readonly items?: SchemaNode
  readonly allOf?: ReadonlyArray<SchemaNode>
  readonly anyOf?: ReadonlyArray<SchemaNode>
  /** Forms that are told apart by their `type`. */
  readonly oneOf?: ReadonlyArray<SchemaNode>
  readonly $ref?: string
  readonly $defs?: Readonly<Record<string, SchemaNode>>
}

export interface Described {
  readonly node: SchemaNode
  readonly value: unknown
  /** Keys that lead to the value. */
  readonly path: ReadonlyArray<string>
  /** Whether its key must be there. */
  readonly isRequired: boolean
}

/**
 * Every value of what a schema describes, each with its node. Of several forms that one is taken whose `type` the value
 * has, or else all of them.
 */
export const describedValues = (schema: object, value: unknown): ReadonlyArray<Described> => {
  const root = schema as SchemaNode
  const visit = (given: SchemaNode, value: unknown, path: ReadonlyArray<string>, isRequired: boolean): Described[] => {
    const node = resolved(given, root)
    if (node.oneOf !== undefined) {
      const fitting = node.oneOf.filter((form) => typesOf(resolved(form, root)).includes(keyOf(value, "type")))
      return (fitting.length > 0 ? fitting : node.oneOf).flatMap((form) => visit(form, value, path, isRequired))
    }
    const own = { node, value, path, isRequired }
    if (typeof value !== "object" || value === null || Array.isArray(value)) return [own]
    const below = Object.entries(value).flatMap(([key, member]) => {
      const inner = node.properties?.[key] ?? node.additionalProperties
      return typeof inner === "object"
        ? visit(inner, member, [...path, key], node.required?.includes(key) === true)
        : []
    })
    return [own, ...below]
  }
  return visit(root, value, [], true)
}

/** The node that a reference names; a node without one is itself. */
export const resolved = (node: SchemaNode, root: SchemaNode): SchemaNode => {
  const name = nameOf(node.$ref ?? node.allOf?.[0]?.$ref)
  return name === "" ? node : (root.$defs?.[name] ?? node)
}

/** The name under which a referred node stands among the definitions. */
export const nameOf = (ref: string | undefined): string => ref?.split("/").at(-1) ?? ""

/** The values that the key `type` of a form may have. */
export const typesOf = (node: SchemaNode): ReadonlyArray<unknown> => node.properties?.["type"]?.enum ?? []

const keyOf = (value: unknown, key: string): unknown =>
  typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>)[key] : undefined

import { nameOf, type SchemaNode, typesOf } from "./schema-node.ts"

/** The reference of every key for people, made from a published JSON Schema. */

/**
 * Markdown: one table row per key, with what it takes, whether it must be there, its default and an example. `<name>`
 * stands for a name of one's own, `[]` for the members of a list. A form that occurs in several places has a table of
 * its own.
 */
export const keyReference = (title: string, schema: object): string => {
  const root = schema as SchemaNode
  const forms = root.$defs ?? {}
  const main = nameOf(root.$ref)
  const shared = Object.keys(forms).filter((name) => name !== main)
  const section = (heading: string, node: SchemaNode): string =>
    [
      `## ${heading}`,
      ...(node.description === undefined ? [] : ["", node.description]),
      "",
      "| key | takes | meaning |",
      "|---|---|---|",
      ...rows(node, "", new Set(shared))
    ].join("\n")
  return [
    `# ${title}`,
    "",
    "Made from the schema; `npm run schemas` renews it. **Bold** keys must be there.",
    "",
    section("The file", forms[main] ?? root),
    ...shared.flatMap((name) => ["", section(name, forms[name] ?? {})]),
    ""
  ].join("\n")
}

const rows = (node: SchemaNode, path: string, shared: ReadonlySet<string>): ReadonlyArray<string> => {
  // Each of several forms has the keys that go with its type.
  if (node.oneOf !== undefined) {
    return node.oneOf.flatMap((form) => (shared.has(nameOf(refOf(form))) ? [] : rows(form, path, shared)))
  }
  const below = (key: string, member: SchemaNode, isRequired: boolean): ReadonlyArray<string> => {
    const at = path === "" ? key : `${path}.${key}`
    const { node: inner, at: innerPath } = innermost(member, at)
    const isShared = shared.has(nameOf(refOf(inner)))
    return [
      `| ${isRequired ? `**\`${at}\`**` : `\`${at}\``} | ${takes(member)} | ${meaning(member)} |`,
      ...(isShared ? [] : rows(inner, innerPath, shared))
    ]
  }
  return Object.entries(node.properties ?? {}).flatMap(([key, member]) =>
    below(key, member, node.required?.includes(key) ?? false)
  )
}

/** Past lists and names of one's own, to the node that has keys. */
const innermost = (node: SchemaNode, at: string): { readonly node: SchemaNode; readonly at: string } => {
  if (node.items !== undefined) return innermost(node.items, `${at}[]`)
  if (typeof node.additionalProperties === "object" && Object.keys(node.properties ?? {}).length === 0)
    return innermost(node.additionalProperties, `${at}.<name>`)
  return { node, at }
}

const refOf = (node: SchemaNode): string | undefined => node.$ref ?? node.allOf?.[0]?.$ref

const takes = (node: SchemaNode): string => {
  const ref = nameOf(refOf(node))
  if (ref !== "") return `[${ref}](#${ref.toLowerCase()})`
  if (node.oneOf !== undefined) {
    return node.oneOf
      .map((form) => (nameOf(refOf(form)) === "" ? `keys of type \`${typesOf(form).join(", ")}\`` : takes(form)))
      .join(" or ")
  }
  const offered = node.anyOf?.find((form) => form.enum !== undefined)
  if (offered !== undefined) return takes(offered)
  if (node.enum !== undefined) return node.enum.map((value) => `\`${value}\``).join(", ")
  if (node.items !== undefined && typeof node.type === "string") return `list of ${takes(node.items)}`
  if (typeof node.additionalProperties === "object" && Object.keys(node.properties ?? {}).length === 0)
    return `name to ${takes(node.additionalProperties)}`
  const types = node.type === undefined ? ["anything"] : typeof node.type === "string" ? [node.type] : node.type
  return types
    .map((type) => (type === "string" ? "text" : type === "object" ? "keys" : type === "array" ? "list" : type))
    .join(" or ")
}

const meaning = (node: SchemaNode): string =>
  [
    node.description === undefined ? "" : node.description.replace(/([^.…])$/, "$1."),
    ...(node.default === undefined ? [] : [`Default: \`${shown(node.default)}\`.`]),
    ...(node.examples === undefined ? [] : [`Example: \`${node.examples.map(shown).join("`, `")}\`.`])
  ]
    .filter((part) => part !== "")
    .join(" ")
    .replaceAll("|", "\\|")

const shown = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value))

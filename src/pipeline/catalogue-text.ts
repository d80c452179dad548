import { stringify } from "yaml"
import { textTable } from "../core/text-table.ts"
import { fieldInWords, type ResourceField } from "../core/ports/contracts.ts"
import type { Catalogue, Collection, Column, Resource, System } from "./catalogue.ts"

/** A catalogue for people: the same sections as a page and on a terminal. */
interface Section {
  readonly level: 2 | 3
  readonly heading: string
  /** Name by which the section alone is asked for. */
  readonly name: string
  readonly says: ReadonlyArray<string>
  /** Heads first. */
  readonly table: ReadonlyArray<ReadonlyArray<string>>
}

/** The catalogue as a page in Markdown. */
export const cataloguePage = (catalogue: Catalogue): string =>
  [
    "# What a pipeline may name",
    "",
    "Made from the connectors; `npm run schemas` renews it. `rollbook catalogue` prints the same.",
    ...sectionsOf(catalogue).flatMap(({ heading, level, says, table }) => [
      "",
      `${"#".repeat(level)} ${heading}`,
      ...says.flatMap((one) => ["", one]),
      ...(table.length === 0 ? [] : ["", ...markdownTable(table)])
    ]),
    ""
  ].join("\n")

/** The catalogue on a terminal; of one name alone where one is given, and null where nothing has that name. */
export const catalogueText = (catalogue: Catalogue, name: string | null): string | null => {
  const sections = sectionsOf(catalogue)
  const asked = sections.filter((section, index) => {
    const above = sections.slice(0, index + 1).findLast(({ level }) => level === 2)
    return name === null || section.name === name || above?.name === name
  })
  if (asked.length === 0) return null
  return asked
    .map(({ heading, says, table }) =>
      [heading, ...says.map((one) => `  ${one}`), ...textTable(table, "words")].join("\n")
    )
    .join("\n\n")
}

/** Names of which the catalogue can be asked for one alone. */
export const catalogueNames = (catalogue: Catalogue): ReadonlyArray<string> =>
  sectionsOf(catalogue).map(({ name }) => name)

const sectionsOf = (catalogue: Catalogue): ReadonlyArray<Section> => [
  ...catalogue.systems.flatMap(systemSections),
  {
    level: 2,
    heading: "Values",
    name: "values",
    says: ["A value is an SQL expression, or one of these forms."],
    table: [
      ["form", "what it is", "example"],
      ...catalogue.values.map(({ description, example, form }) => [form, description, inYaml(example)])
    ]
  },
  {
    level: 2,
    heading: "Clean-ups",
    name: "clean-ups",
    says: ["Steps of `clean`, the first one first."],
    table: [
      ["clean-up", "what it does", "example"],
      ...catalogue.cleanUps.map(({ becomes, description, given, name, written }) => [
        name,
        description,
        `${name === written ? "" : `${written}: `}${JSON.stringify(given)} becomes ${JSON.stringify(becomes)}`
      ])
    ]
  },
  {
    level: 2,
    heading: "Functions",
    name: "functions",
    says: [
      "What an expression may call, as DuckDB has it; an expression computes from its columns and reaches nothing else.",
      catalogue.functions.filter((name) => /^\w+$/.test(name)).join(", ")
    ],
    table: []
  }
]

const systemSections = ({ collections, resources, title, type }: System): ReadonlyArray<Section> => [
  {
    level: 2,
    heading: `${title} (type: ${type})`,
    name: type,
    says: [`${collections.length} collections are read from it, ${resources.length} resources are written to it.`],
    table: []
  },
  ...collections.map(collectionSection),
  ...resources.map(resourceSection)
]

const collectionSection = ({ columns, endpoint, key, modified, part }: Collection): Section => ({
  level: 3,
  heading: `endpoint ${endpoint}`,
  name: endpoint,
  says: [
    [
      `key: ${key}`,
      ...(modified === null ? [] : [`modified: ${modified}`]),
      part === null ? "read whole" : `read part by part, by ${part}`
    ].join("; ")
  ],
  table: [["column", "type", ""], ...columns.map((column) => [column.name, column.type, columnInWords(column)])]
})

const columnInWords = ({ open, personal, required, values }: Column): string =>
  [
    ...(required ? ["must be there"] : []),
    ...(values === null ? [] : [`${values.join(", ")}${open ? " and others" : ""}`]),
    ...(personal ? ["personal"] : [])
  ].join("; ")

const resourceSection = ({ description, fields, matchable, onGone, resource, type, within }: Resource): Section => ({
  level: 3,
  heading: `resource ${resource}`,
  name: resource,
  says: [
    `${description}.`,
    [
      `on_gone: ${onGone.join(", ")}`,
      matchable.length === 0
        ? "an existing record is never adopted"
        : `match_existing: ${matchable.join(", ")}${within.length === 0 ? "" : `; match_within: ${within.join(", ")}`}`,
      ...(type === "none" ? [] : [`type: ${type}`])
    ].join("; ")
  ],
  table: [["field", "type", ""], ...fields.map((field) => [field.name, field.kind, fieldWithRules(field)])]
})

const fieldWithRules = (field: ResourceField): string =>
  [
    ...(field.required ? ["must be there"] : []),
    fieldInWords(field),
    ...(field.unique === true ? ["unique, whatever its case"] : []),
    ...(field.contestedWithin === undefined
      ? []
      : [
          `where the target wants it so, unique${field.contestedWithin.length === 0 ? "" : ` within ${field.contestedWithin.join(", ")}`}, whatever its case`
        ]),
    ...(field.personal === true ? ["personal"] : [])
  ].join("; ")

const inYaml = (value: unknown): string =>
  stringify(value, { collectionStyle: "flow", lineWidth: 0, flowCollectionPadding: true }).trim()

const markdownTable = ([heads = [], ...rows]: ReadonlyArray<ReadonlyArray<string>>): ReadonlyArray<string> => [
  `| ${heads.join(" | ")} |`,
  `|${heads.map(() => "---").join("|")}|`,
  ...rows.map(
    (row) =>
      `| ${row.map((cell) => cell.replaceAll("\\", "\\\\").replaceAll("|", "\\|").replaceAll("<", "&lt;").replaceAll("*", "\\*")).join(" | ")} |`
  )
]

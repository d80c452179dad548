import type { DatasetDefinition, Definition, EntityDefinition, NewsDefinition, SqlText, Value } from "./definition.ts"

/** Every expression of a value, rules not followed. */
export const expressionsOf = (value: Value): ReadonlyArray<SqlText> => {
  switch (value.kind) {
    case "sql":
      return [value.sql]
    case "rule":
      return []
    case "template":
      return value.pieces.flatMap((piece) => ("hole" in piece ? expressionsOf(piece.hole) : []))
    case "first_of":
      return value.branches.flatMap((branch) => [
        ...(branch.when === null ? [] : [branch.when]),
        ...expressionsOf(branch.value)
      ])
    case "map":
    case "clean":
    case "date":
      return expressionsOf(value.of)
    case "unique":
      return value.tries.flatMap(expressionsOf)
  }
}

/** A value and every value it is made of, rules not followed. */
export const nestedIn = (value: Value): ReadonlyArray<Value> => {
  switch (value.kind) {
    case "sql":
    case "rule":
      return [value]
    case "template":
      return [value, ...value.pieces.flatMap((piece) => ("hole" in piece ? nestedIn(piece.hole) : []))]
    case "first_of":
      return [value, ...value.branches.flatMap((branch) => nestedIn(branch.value))]
    case "map":
    case "clean":
    case "date":
      return [value, ...nestedIn(value.of)]
    case "unique":
      return [value, ...value.tries.flatMap(nestedIn)]
  }
}

/** Names of the rules a value uses directly, with where. */
export const rulesOf = (value: Value): ReadonlyArray<Extract<Value, { kind: "rule" }>> =>
  nestedIn(value).filter((one) => one.kind === "rule")

/** Texts that a value may become by what its tables and branches say; what an expression makes is not among them. */
export const textsOf = (value: Value, rules: Definition["rules"]): ReadonlyArray<string> => {
  switch (value.kind) {
    case "rule": {
      const rule = rules.get(value.rule)
      return rule === undefined ? [] : textsOf(rule, rules)
    }
    case "first_of":
      return value.branches.flatMap((branch) => textsOf(branch.value, rules))
    case "map":
      return [
        ...value.table.map(([, to]) => to),
        ...(value.unmapped.do === "value"
          ? [value.unmapped.value]
          : value.unmapped.do === "keep"
            ? textsOf(value.of, rules)
            : [])
      ]
    case "sql": {
      const [, text] = /^\s*'((?:[^']|'')*)'\s*$/.exec(value.sql.sql) ?? []
      return text === undefined ? [] : [text.replaceAll("''", "'")]
    }
    default:
      return []
  }
}

/** Every value of an entity. */
export const valuesOf = (entity: EntityDefinition): ReadonlyArray<Value> => [
  entity.key,
  ...(entity.label === null ? [] : [entity.label]),
  ...(entity.scope.school === null ? [] : [entity.scope.school]),
  ...(entity.scope.section === null ? [] : [entity.scope.section]),
  ...entity.fields.map((field) => (field.kind === "ref" ? field.key : field.value))
]

/** Names of the relations and entities an entity needs to be made first. */
export const dependenciesOf = (entity: EntityDefinition): ReadonlyArray<string> => [
  entity.from.relation,
  ...entity.alsoFrom,
  ...entity.joins.map((join) => join.relation),
  ...entity.fields.flatMap((field) => (field.kind === "ref" ? field.entities : []))
]

/** Names of the datasets an entity is made from, through others and through what it refers to. */
export const datasetsOf = (definition: Definition, entity: string): ReadonlySet<string> => {
  const datasets = new Set<string>()
  const seen = new Set<string>()
  const visit = (name: string): void => {
    if (seen.has(name)) return
    seen.add(name)
    const made = definition.entities.find((one) => one.name === name)
    if (made === undefined) datasets.add(name)
    else for (const next of dependenciesOf(made)) visit(next)
  }
  visit(entity)
  return datasets
}

/** Whether the rows of a dataset come over the wire: not those of a ledger, a file or the state. */
export const isReadFromSource = ({ mode }: DatasetDefinition): boolean =>
  mode.kind === "whole" || mode.kind === "delta" || mode.kind === "kept"

/**
 * Whether the nights of a pipeline can go on from each other: its datasets are read without parts, and what they brought is
 * kept.
 */
export const goesOn = ({ datasets, keepReads }: Pick<Definition, "datasets" | "keepReads">): boolean =>
  keepReads > 0 &&
  datasets.every(
    ({ mode, parts }) =>
      ((mode.kind === "whole" || mode.kind === "delta") && parts === null) ||
      mode.kind === "ledger" ||
      mode.kind === "file"
  )

/** The rows that are news of a dataset's parts. */
export const newsOf = ({ mode }: Pick<DatasetDefinition, "mode">): ReadonlyArray<NewsDefinition> =>
  mode.kind === "kept" ? mode.againWith : mode.kind === "delta" ? mode.wholeWith : []

/** The dataset whose rows an entity's rows are; where it starts from another entity, that one's. */
export const originOf = (definition: Definition, entity: string): string => {
  const made = definition.entities.find((one) => one.name === entity)
  return made === undefined ? entity : originOf(definition, made.from.relation)
}

/**
 * Names of the datasets from which an entity's values may come although its rows do not: those behind its joins, and
 * behind the joins of what it starts from. Refs are not followed: they carry no value.
 */
export const joinedDatasetsOf = (definition: Definition, entity: string): ReadonlySet<string> => {
  const datasets = new Set<string>()
  const visit = (name: string, isJoined: boolean): void => {
    const made = definition.entities.find((one) => one.name === name)
    if (made === undefined) {
      if (isJoined) datasets.add(name)
      return
    }
    visit(made.from.relation, isJoined)
    for (const join of made.joins) visit(join.relation, true)
  }
  visit(entity, false)
  return datasets
}

import { Ajv, type ErrorObject, type ValidateFunction } from "ajv"
import type { Diagnostic } from "../core/diagnostics.ts"
import { nearest, suggestion } from "../core/nearest.ts"
import { earlierGuardNames } from "../guards/earlier-names.ts"
import { resolved, type SchemaNode, typesOf } from "./schema-node.ts"
import type { Path, SourceFile } from "./source-file.ts"

/**
 * Checks a file's form against its JSON Schema and says each mistake once, at its place; `within` names the part of the file
 * whose mistakes are asked for. Each schema is compiled once: that takes longer than checking a file.
 */
export const validateForm = (source: SourceFile, schema: object, within: Path = []): ReadonlyArray<Diagnostic> => {
  const check = compiled.get(schema) ?? compile(schema)
  compiled.set(schema, check)
  if (check(source.value)) return []
  const errors = (check.errors ?? []).filter(
    (error) =>
      error.keyword !== "anyOf" &&
      error.keyword !== "pattern" &&
      within.every((key, index) => pathOf(error.instancePath)[index] === key)
  )
  // The complaints that lie deepest tell of the form that was meant, where a value may be one of several.
  const deepest = errors.filter(
    (error) =>
      !(
        (error.keyword === "type" || error.keyword === "const" || error.keyword === "enum") &&
        errors.some(
          (other) => other !== error && other.instancePath.startsWith(error.instancePath) && isMoreTelling(other, error)
        )
      )
  )
  const said = new Set<string>()
  return deepest.flatMap((error) => {
    if (isSaidBySpelling(error, errors)) return []
    const diagnostic = explain(source, error, schema)
    const name = `${diagnostic.line}:${diagnostic.column}:${diagnostic.message}`
    if (said.has(name)) return []
    said.add(name)
    return [diagnostic]
  })
}

const compiled = new WeakMap<object, ValidateFunction>()

const compile = (schema: object): ValidateFunction =>
  new Ajv({
    allErrors: true,
    discriminator: true,
    strict: false,
    // YAML has .nan and .inf, which are numbers to JavaScript.
    strictNumbers: true,
    verbose: true,
    // The schemas are our own and proven by a test: checking them against the meta-schema would cost more than the file.
    validateSchema: false,
    meta: false,
    code: { optimize: false }
  }).compile(schema)

/** A key is missing because it was misspelt: the complaint about the spelling says it all. */
const isSaidBySpelling = (error: ErrorObject, errors: ReadonlyArray<ErrorObject>): boolean =>
  error.keyword === "required" &&
  errors.some(
    (other) =>
      other.keyword === "additionalProperties" &&
      other.instancePath === error.instancePath &&
      nearest((other.params as { additionalProperty: string }).additionalProperty, knownKeys(other)) ===
        (error.params as { missingProperty: string }).missingProperty
  )

const knownKeys = (error: ErrorObject): ReadonlyArray<string> =>
  Object.keys((error.parentSchema as { properties?: object } | undefined)?.properties ?? {})

/** A hint that names the new key for one that earlier builds knew, if the new one may stand there; null otherwise. */
const renamed = (unknown: string, known: ReadonlyArray<string>): string | null => {
  const now = earlierGuardNames.get(unknown)
  return now !== undefined && known.includes(now) ? `it is called ${now} now` : null
}

const isMoreTelling = (other: ErrorObject, error: ErrorObject): boolean =>
  other.instancePath.length > error.instancePath.length ||
  (other.instancePath === error.instancePath &&
    (other.keyword === "additionalProperties" || other.keyword === "required"))

const explain = (source: SourceFile, error: ErrorObject, root: SchemaNode): Diagnostic => {
  const path = pathOf(error.instancePath)
  switch (error.keyword) {
    case "additionalProperties": {
      const unknown = (error.params as { additionalProperty: string }).additionalProperty
      return source.diagnostic([...path, unknown], `there is no key ${unknown} here`, {
        hint: renamed(unknown, knownKeys(error)) ?? suggestion(unknown, knownKeys(error)),
        key: true
      })
    }
    case "required": {
      const missing = (error.params as { missingProperty: string }).missingProperty
      const { title } = error.parentSchema as SchemaNode
      const message = title === undefined ? `the key ${missing} is missing` : `${title} needs the key ${missing}`
      return source.diagnostic(path, message, { key: true })
    }
    case "discriminator":
      return explainType(source, path, error, root)
    case "type": {
      const wanted = [(error.params as { type: string | ReadonlyArray<string> }).type].flat()
      return source.diagnostic(path, ...mustBe(wanted.map(article).join(" or "), error.data))
    }
    case "enum": {
      const allowed = (error.params as { allowedValues: ReadonlyArray<unknown> }).allowedValues.map(String)
      const near = typeof error.data === "string" ? nearest(error.data, allowed) : null
      return source.diagnostic(path, `${describe(error.data)} is not one of ${allowed.join(", ")}`, {
        hint: near === null ? "" : `did you mean ${near}?`
      })
    }
    case "minimum":
    case "maximum": {
      const { limit } = error.params as { limit: number }
      const wanted = error.keyword === "minimum" ? `${limit} or more` : `${limit} at most`
      return source.diagnostic(path, `this must be ${wanted}, not ${describe(error.data)}`)
    }
    default:
      return source.diagnostic(path, error.message ?? error.keyword)
  }
}

/** Explains that a value told apart by its `type` has none, or none that is known where it stands. */
const explainType = (source: SourceFile, path: Path, error: ErrorObject, root: SchemaNode): Diagnostic => {
  const { tagValue } = error.params as { readonly tagValue: unknown }
  if (tagValue === undefined) return source.diagnostic(path, "the key type is missing", { key: true })
  const forms = (error.parentSchema as SchemaNode).oneOf ?? []
  const known = forms.flatMap((form) => typesOf(resolved(form, root))).map(String)
  // A part of what has a type itself must be one that goes with that.
  const owner = ownerType(source.value, path)
  if (owner !== null) {
    const message = `a connection of type ${owner} knows no ${String(path.at(-1))} ${typeof tagValue === "string" ? tagValue : describe(tagValue)}`
    return source.diagnostic([...path, "type"], message, { hint: `it knows: ${known.join(", ")}` })
  }
  const near = typeof tagValue === "string" ? nearest(tagValue, known) : null
  return source.diagnostic([...path, "type"], `${describe(tagValue)} is not one of ${known.join(", ")}`, {
    hint: near === null ? "" : `did you mean ${near}?`
  })
}

const ownerType = (file: unknown, path: Path): string | null => {
  let value = file
  for (const key of [...path.slice(0, -1), "type"]) {
    value = typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>)[key] : null
  }
  return typeof value === "string" ? value : null
}

/** The complaint that a value is of another type than is due, with the remedy where YAML is why. */
export const mustBe = (wanted: string, given: unknown): [message: string, options: { readonly hint: string }] => {
  const isBare = typeof given === "number" || typeof given === "boolean"
  const isTruthInText = typeof given === "string" && /^(yes|no|on|off|y|n|true|false)$/i.test(given)
  return [
    `this must be ${wanted}, not ${describe(given)}`,
    {
      hint:
        isBare && wanted.includes("text")
          ? "put it in quotes: without them YAML reads 0123 as the number 123, and true as no text"
          : isTruthInText && wanted.includes("true or false")
            ? "write true or false without quotes: YAML 1.2 reads yes, no, on and off as text"
            : ""
    }
  ]
}

const article = (type: string): string => {
  switch (type) {
    case "object":
      return "a map of keys"
    case "array":
      return "a list"
    case "string":
      return "text"
    case "number":
    case "integer":
      return "a number"
    case "boolean":
      return "true or false"
    default:
      return type
  }
}

const describe = (value: unknown): string => {
  if (value === null) return "nothing"
  if (Array.isArray(value)) return "a list"
  if (typeof value === "object") return "a map of keys"
  return typeof value === "number" ? String(value) : JSON.stringify(value)
}

const pathOf = (pointer: string): Path =>
  pointer
    .split("/")
    .slice(1)
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"))
    .map((part) => (/^\d+$/.test(part) ? Number(part) : part))

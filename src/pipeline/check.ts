import type { Diagnostic } from "../core/diagnostics.ts"
import { nearest, suggestion } from "../core/nearest.ts"
import { fieldInWords } from "../core/ports/contracts.ts"
import { checkConnections, offeredTo } from "./check-connections.ts"
import { checkPeople, checkRekey } from "./check-people.ts"
import { checkTimes } from "./check-times.ts"
import { checkWords } from "./check-words.ts"
import { entityOrder } from "./entity-order.ts"
import type {
  DatasetDefinition,
  Definition,
  EntityDefinition,
  LoadEntityDefinition,
  SourceRange
} from "./definition.ts"
import type { Offer } from "./offer.ts"
import type { Path, SourceFile } from "./source-file.ts"
import { goesOn, isReadFromSource, newsOf, rulesOf, valuesOf } from "./references.ts"

/** Complains of every name that is none, and of whatever else cannot be. Nothing is made of the definition here. */
export const checkNames = (
  source: SourceFile,
  definition: Definition,
  offer: Offer,
  problems: Array<Diagnostic>
): void => {
  const complain: Complain = (place, message, hint = "", options = {}) => {
    problems.push(source.diagnostic(place, message, { hint, ...options }))
  }
  checkConnections(definition, offer, complain)
  const offered = offeredTo(definition, offer)
  checkWords(definition, complain)
  checkTimes(definition, complain)
  checkDatasets(definition, offered, complain)
  checkRules(definition, complain)
  for (const entity of definition.entities) checkEntity(entity, definition, complain)
  for (const { entity, way } of entityOrder(definition).circles) {
    complain(["transform", "entities", entity], `${way.at(-1)} is made from itself: ${way.join(" > ")}`, "", {
      key: true
    })
  }
  for (const load of definition.load.entities) checkLoad(load, definition, offered, complain)
  checkPeople(definition, complain)
}

type Complain = (
  place: Path | SourceRange,
  message: string,
  hint?: string,
  options?: { severity?: "warning"; key?: boolean }
) => void

const checkDatasets = (definition: Definition, offer: Offer, complain: Complain): void => {
  const entities = new Set(definition.entities.map((entity) => entity.name))
  for (const dataset of definition.datasets) {
    if (dataset.mode.kind === "ledger") continue
    const path: Path = ["extract", isReadFromSource(dataset) ? "datasets" : "tables", dataset.name]
    if (isReadFromSource(dataset)) checkRead(dataset, definition, offer, complain)
    else if (definition.datasets.some((one) => one !== dataset && one.name === dataset.name)) {
      complain(path, `${dataset.name} is the name of a dataset already`, "", { key: true })
    }
    if (dataset.mode.kind === "parts") {
      const { dataset: wanted } = dataset.mode
      const partwise = definition.datasets.flatMap(({ name, parts }) => (parts === null ? [] : [name]))
      if (!partwise.includes(wanted)) {
        const say = `there is no dataset ${wanted} that is read part by part`
        complain([...path, "parts_of"], say, suggestion(wanted, partwise))
      }
    }
    if (entities.has(dataset.name) || dataset.name === "run") {
      complain(path, `${dataset.name} is the name of ${dataset.name === "run" ? "the run" : "an entity"} already`, "", {
        key: true
      })
    }
  }
}

const checkRead = (dataset: DatasetDefinition, definition: Definition, offer: Offer, complain: Complain): void => {
  checkParts(dataset, definition, offer, complain)
  if (dataset.parts === null && dataset.mode.kind === "delta") checkDelta(dataset, definition, offer, complain)
  const path: Path = ["extract", "datasets", dataset.name]
  const known = offer.collections.get(dataset.endpoint)?.columns.map(({ name }) => name)
  if (known === undefined) {
    complain(
      [...path, "endpoint"],
      `the connection has no collection ${dataset.endpoint}`,
      suggestion(dataset.endpoint, offer.collections.keys())
    )
  } else {
    for (const [index, field] of dataset.fields.entries())
      if (!known.includes(field))
        complain([...path, "fields", index], `${dataset.endpoint} has no column ${field}`, suggestion(field, known))
  }
}

/** A collection that is read by delta goes on from the rows of the night before: these must be all there is, and be kept. */
const checkDelta = (
  { endpoint, filter, mode, name }: DatasetDefinition,
  definition: Definition,
  offer: Offer,
  complain: Complain
): void => {
  if (mode.kind !== "delta") return
  const path: Path = ["extract", "datasets", name]
  const delta: Path = [...path, "mode", "delta"]
  const instead = "take mode out: it is read whole then"
  if (offer.collections.has(endpoint) && offer.collections.get(endpoint)?.tellsChanges !== true) {
    complain(delta, `the connection does not tell what changed in ${endpoint}`, instead)
  }
  if (filter !== null) {
    const say = "a collection that is read by delta has no filter: what no longer matches it would never be seen to go"
    complain([...path, "filter"], say, "leave records out by `where` of an entity, or take mode out")
  }
  if (mode.wholeWith.length > 0) complain([...delta, "whole_with"], "whole_with goes with parts", "take whole_with out")
  if (mode.overlapHours < 1) {
    const say = "changes are asked for from 1 hour before the last read at least"
    complain([...delta, "overlap_hours"], say, "leave it out: 24 hours are taken")
  }
  if (definition.keepReads === 0) {
    complain(
      delta,
      "it goes on from rows that are kept, and extract.keep_reads is 0",
      "keep_reads: 1, or take mode out"
    )
  } else if (!goesOn(definition)) {
    const say =
      "it goes on from the night before, and a pipeline that reads parts, choices or sessions computes each anew"
    complain(delta, say, instead)
  }
}

const checkParts = (dataset: DatasetDefinition, definition: Definition, offer: Offer, complain: Complain): void => {
  const contract = offer.collections.get(dataset.endpoint)
  const path: Path = ["extract", "datasets", dataset.name]
  const isPartwise = contract?.part !== undefined
  if (contract !== undefined && isPartwise !== (dataset.parts !== null)) {
    complain(
      path,
      isPartwise ? `${dataset.endpoint} is read part by part: say which` : `${dataset.endpoint} is read as a whole`,
      isPartwise ? "parts: { of: …, id: … }" : "take parts out",
      { key: true }
    )
  }
  if (dataset.parts === null) return
  const before = definition.datasets.slice(0, definition.datasets.indexOf(dataset)).map((one) => one.name)
  if (!before.includes(dataset.parts.relation)) {
    complain(
      [...path, "parts", "of"],
      `there is no dataset ${dataset.parts.relation} before this one`,
      suggestion(dataset.parts.relation, before)
    )
  }
  const partwise = definition.datasets.flatMap((one) =>
    one.parts === null || !before.includes(one.name) ? [] : [one.name]
  )
  for (const { relation, at } of newsOf(dataset)) {
    if (partwise.includes(relation)) continue
    complain(
      at,
      `there is no dataset ${relation} before this one that is read part by part`,
      suggestion(relation, partwise)
    )
  }
}

const checkRules = (definition: Definition, complain: Complain): void => {
  const used = new Set<string>()
  const visit = (name: string, trail: ReadonlyArray<string>): void => {
    const rule = definition.rules.get(name)
    if (rule === undefined) return
    for (const next of rulesOf(rule)) {
      used.add(next.rule)
      if (trail.includes(next.rule))
        complain(
          ["transform", "rules", name],
          `the rule ${next.rule} is made from itself: ${[...trail, next.rule].join(" > ")}`
        )
      else visit(next.rule, [...trail, next.rule])
    }
  }
  for (const [name, rule] of definition.rules) {
    for (const next of rulesOf(rule)) {
      if (!definition.rules.has(next.rule)) {
        complain(next.at, `there is no rule ${next.rule}`, suggestion(next.rule, definition.rules.keys()))
      }
    }
    if (rule.kind === "unique") complain(["transform", "rules", name], "a unique value stands only directly in a field")
    visit(name, [name])
  }
  for (const entity of definition.entities)
    for (const value of valuesOf(entity)) for (const rule of rulesOf(value)) used.add(rule.rule)
  for (const name of definition.rules.keys()) {
    if (!used.has(name))
      complain(["transform", "rules", name], `nothing uses the rule ${name}`, "", { severity: "warning", key: true })
  }
}

const checkEntity = (entity: EntityDefinition, definition: Definition, complain: Complain): void => {
  const path: Path = ["transform", "entities", entity.name]
  const relations = [
    ...definition.datasets.map((dataset) => dataset.name),
    ...definition.entities.map((other) => other.name)
  ]
  const entities = definition.entities.map((other) => other.name)
  const loaded = new Set(definition.load.entities.map((load) => load.entity))
  if (!relations.includes(entity.from.relation)) {
    complain(
      [...path, "from"],
      `there is no dataset or entity ${entity.from.relation}`,
      suggestion(entity.from.relation, relations)
    )
  }
  for (const [index, name] of entity.alsoFrom.entries()) {
    const at: Path = [...path, "also_from", index]
    const other = definition.entities.find((one) => one.name === name)
    const first = definition.entities.find((one) => one.name === entity.from.relation)
    if (other === undefined) complain(at, `there is no entity ${name}`, suggestion(name, entities))
    else if (first === undefined) complain(at, "rows of further entities go with those of an entity in from")
    else if (fieldNames(first) !== fieldNames(other)) {
      complain(at, `${name} has not the fields of ${first.name}`, `${first.name} has ${fieldNames(first)}`)
    }
  }
  const aliases = ["run", entity.from.alias]
  for (const [index, join] of entity.joins.entries()) {
    if (!relations.includes(join.relation)) {
      complain(
        [...path, "join", index],
        `there is no dataset or entity ${join.relation}`,
        suggestion(join.relation, relations)
      )
    }
    if (aliases.includes(join.alias)) complain([...path, "join", index], `the name ${join.alias} is taken`)
    aliases.push(join.alias)
  }
  for (const value of valuesOf(entity)) {
    for (const rule of rulesOf(value)) {
      if (!definition.rules.has(rule.rule))
        complain(rule.at, `there is no rule ${rule.rule}`, suggestion(rule.rule, definition.rules.keys()))
    }
  }
  for (const field of entity.fields) {
    const at: Path = [...path, "fields", field.name]
    if (reservedFields.has(field.name)) complain(at, `${field.name} cannot be the name of a field`, "", { key: true })
    if (field.kind !== "ref") continue
    for (const target of field.entities) {
      if (!entities.includes(target))
        complain([...at, "ref"], `there is no entity ${target}`, suggestion(target, entities))
      else if (loaded.has(entity.name) && !loaded.has(target)) {
        complain([...at, "ref"], `${target} is written nowhere, so nothing at the target can be pointed to`)
      }
    }
  }
  const ids = new Set<string>()
  for (const rule of [...entity.skip, ...entity.reject, ...entity.warn]) {
    if (ids.has(rule.id)) complain(path, `two rules of ${entity.name} are called ${rule.id}`)
    ids.add(rule.id)
  }
}

const fieldNames = (entity: EntityDefinition): string =>
  entity.fields
    .map((field) => field.name)
    .sort()
    .join(", ")

const reservedFields = new Set([
  "key",
  "label",
  "remote_id",
  "presence",
  "origin",
  "run",
  "fingerprint",
  "leaving",
  "valid_from",
  "valid_to"
])

const checkLoad = (load: LoadEntityDefinition, definition: Definition, offer: Offer, complain: Complain): void => {
  const path: Path = ["load", "entities", load.entity]
  const entity = definition.entities.find((one) => one.name === load.entity)
  if (entity === undefined) {
    complain(
      path,
      `there is no entity ${load.entity}`,
      suggestion(
        load.entity,
        definition.entities.map((one) => one.name)
      ),
      { key: true }
    )
    return
  }
  const resource = offer.resources.get(load.resource)
  if (resource === undefined) {
    complain(
      [...path, "resource"],
      `the target has no resource ${load.resource}`,
      suggestion(load.resource, offer.resources.keys())
    )
    return
  }
  const fields = new Map(entity.fields.map((field) => [field.name, field]))
  const known = resource.fields.map((field) => field.name)
  const misspelt = [...fields.keys()].filter((name) => !known.includes(name) && !load.stateOnly.includes(name))
  for (const field of resource.fields) {
    if (field.required && !fields.has(field.name) && nearest(field.name, misspelt) === null) {
      complain(
        ["transform", "entities", load.entity, "fields"],
        `${load.resource} needs the field ${field.name}`,
        fieldInWords(field),
        { key: true }
      )
    }
  }
  for (const field of entity.fields) {
    const wanted = resource.fields.find((one) => one.name === field.name)
    const at: Path = ["transform", "entities", load.entity, "fields", field.name]
    if (wanted === undefined) {
      if (!load.stateOnly.includes(field.name)) {
        complain(
          at,
          `${load.resource} has no field ${field.name}`,
          suggestion(field.name, known) || "name it under state_only to keep it without sending it",
          { key: true }
        )
      }
    } else if (!load.stateOnly.includes(field.name) && (wanted.kind === "ref") !== (field.kind === "ref")) {
      complain(
        at,
        wanted.kind === "ref"
          ? `${field.name} points to a record: it must be a ref`
          : `${field.name} is a value, not a ref`
      )
    }
  }
  if (resource.type === "required" && load.type === null)
    complain(path, `${load.resource} needs a type`, "the org unit type, by its name on the tenant", { key: true })
  if (resource.type === "none" && load.type !== null) complain([...path, "type"], `${load.resource} has no types`)
  for (const [index, field] of load.matchExisting.entries()) {
    if (!resource.matchable.includes(field))
      complain(
        [...path, "match_existing", index],
        `${load.resource} cannot be found by ${field}`,
        suggestion(field, resource.matchable)
      )
  }
  const within = resource.within ?? []
  for (const [index, field] of load.matchWithin.entries()) {
    if (!within.includes(field) || !fields.has(field))
      complain(
        [...path, "match_within", index],
        `${load.resource} cannot be looked for within ${field}`,
        suggestion(field, within)
      )
  }
  if (load.matchWithin.length > 0 && load.matchExisting.length === 0)
    complain([...path, "match_within"], "match_within says nothing without match_existing")
  if (!resource.onGone.includes(load.onGone)) {
    complain([...path, "on_gone"], `${load.resource} cannot ${load.onGone}`, `it can: ${resource.onGone.join(", ")}`)
  }
  for (const [key, field] of [
    ["removed_with", load.removedWith],
    ["covered_by", load.coveredBy]
  ] as const) {
    if (field !== null && fields.get(field)?.kind !== "ref")
      complain([...path, key], `${field} is no ref of ${load.entity}`)
  }
  for (const field of [
    ...load.stateOnly,
    ...load.sentAlong,
    ...load.overwrite.keys(),
    ...(load.person === null ? [] : [load.person])
  ]) {
    if (!fields.has(field)) complain(path, `${load.entity} has no field ${field}`, suggestion(field, fields.keys()))
  }
  if (load.onTargetEdit !== null && !resource.isReadable)
    complain([...path, "on_target_edit"], `what stands at the target of a ${load.resource} cannot be asked for`)
  if (load.onReturn === "write" && load.onGone !== "keep")
    complain(
      [...path, "on_return"],
      `a ${load.entity} that is gone does not stay, so that it is written when it is back anyway`
    )
  checkRekey(load, definition, complain)
}

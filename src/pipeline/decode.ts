import type { Diagnostic } from "../core/diagnostics.ts"
import { codeLimits, type ResourceContract, type ResourceField } from "../core/ports/contracts.ts"
import type {
  DatasetDefinition,
  Definition,
  EntityDefinition,
  FieldDefinition,
  LoadEntityDefinition,
  NewsDefinition,
  PipelineTest,
  Rule,
  SqlText,
  Value
} from "./definition.ts"
import { definitionHash } from "./definition-hash.ts"
import { decodeGates } from "./decode-gates.ts"
import { decodeGuards, decodePeople, decodeRekey } from "./decode-load.ts"
import { ValueDecoder } from "./decode-values.ts"
import { decodeSchedule } from "./schedule.ts"
import { normallyExpected, type RawPipeline, type WrittenPipeline } from "./schema.ts"
import { normally, type RawValue } from "./schema-values.ts"
import { piecesOf } from "./pieces.ts"
import { mustBe } from "./validate.ts"
import type { Path, SourceFile } from "./source-file.ts"

/**
 * Turns a file of the right form into a definition, names not yet resolved; complaints go to `problems`. `resources` are
 * those of the target: what is made for one of their fields keeps to its limits.
 */
export const decodePipeline = ({
  source,
  written,
  raw,
  problems,
  resources
}: {
  readonly source: SourceFile
  readonly written: WrittenPipeline
  readonly raw: RawPipeline
  readonly problems: Array<Diagnostic>
  readonly resources: ReadonlyMap<string, ResourceContract>
}): Definition => {
  const decoder = new Decoder(source, problems, codeLimits([...resources.values()].flatMap(({ fields }) => fields)))
  const entities = Object.entries(raw.transform.entities).map(([name, entity]) =>
    decoder.entity(name, entity, resources.get(raw.load.entities[name]?.resource ?? "")?.fields ?? [])
  )
  return {
    name: raw.pipeline,
    file: source.file,
    hash: definitionHash(written),
    pieces: piecesOf(written),
    timezone: raw.timezone,
    schedule: decodeSchedule(raw),
    source: raw.extract.connection,
    keepReads: raw.extract.keep_reads,
    fullEvery: raw.extract.full_every,
    datasets: [
      ...Object.entries(raw.uses ?? {}).flatMap(([pipeline, used]) =>
        used.map((entity, index) => decoder.used(pipeline, entity, ["uses", pipeline, index]))
      ),
      ...Object.entries(raw.extract.tables ?? {}).map(([name, table]) =>
        decoder.table(name, table, Object.keys(raw.uses ?? {}))
      ),
      ...Object.entries(raw.extract.datasets).map(([name, dataset]) => decoder.dataset(name, dataset))
    ],
    used: new Map(),
    collections: new Map(),
    resources: new Map(),
    rules: new Map(
      Object.entries(raw.transform.rules ?? {}).map(([name, rule]) => [
        name,
        decoder.value(rule, ["transform", "rules", name])
      ])
    ),
    entities,
    load: {
      connection: raw.load.connection,
      people: decodePeople(raw.load.people),
      planExpiresAfterHours: raw.load.plan_expires_after_hours,
      entities: Object.entries(raw.load.entities).map(([name, load]) =>
        decoder.load(name, load, raw.load.guards ?? {})
      ),
      gates: decodeGates(source, raw.load.gates, problems, (text, at) => decoder.sql(text, at))
    },
    tests: (raw.tests ?? []).map((test, index) => decoder.test(test, index))
  }
}

type RawRule = NonNullable<RawPipeline["transform"]["entities"][string]["skip"]>[number]

class Decoder extends ValueDecoder {
  used(pipeline: string, entity: string, path: Path): DatasetDefinition {
    const name = `${pipeline}.${entity}`
    return {
      name,
      endpoint: name,
      filter: null,
      fields: [],
      parts: null,
      mode: { kind: "ledger", pipeline, entity },
      minRows: 0,
      turnedAway: normallyExpected.turned_away,
      at: this.source.at(path)
    }
  }

  table(
    name: string,
    raw: NonNullable<RawPipeline["extract"]["tables"]>[string],
    used: ReadonlyArray<string>
  ): DatasetDefinition {
    const path: Path = ["extract", "tables", name]
    const isFile = raw.file !== undefined
    const kinds = [raw.file, raw.state, raw.parts_of].filter((one) => one !== undefined)
    if (kinds.length !== 1 || isFile !== (raw.columns ?? []).length > 0) {
      this.problems.push(
        this.source.diagnostic(path, "a table is a file with columns, or state, or parts_of", {
          hint: "{ file: items.csv, columns: [course, item] }, { state: choices } or { parts_of: exemptions }",
          key: true
        })
      )
    }
    return {
      name,
      endpoint: name,
      filter: null,
      fields: [],
      parts: null,
      mode: isFile
        ? { kind: "file", file: raw.file, columns: raw.columns ?? [], rows: [] }
        : raw.parts_of === undefined
          ? raw.state === "sessions"
            ? { kind: "sessions", pipelines: used }
            : { kind: "choices" }
          : { kind: "parts", dataset: raw.parts_of },
      minRows: 0,
      turnedAway: normallyExpected.turned_away,
      at: this.source.at(path, true)
    }
  }

  dataset(name: string, raw: RawPipeline["extract"]["datasets"][string]): DatasetDefinition {
    const path: Path = ["extract", "datasets", name]
    const parts = raw.parts
    return {
      name,
      endpoint: raw.endpoint,
      filter: raw.filter ?? null,
      fields: raw.fields ?? [],
      parts:
        parts === undefined
          ? null
          : {
              ...this.relation(parts.of, [...path, "parts", "of"]),
              id: this.sql(parts.id, [...path, "parts", "id"]),
              when: parts.when === undefined ? null : this.sql(parts.when, [...path, "parts", "when"])
            },
      mode: this.mode(raw.mode, parts !== undefined, [...path, "mode"]),
      minRows: raw.expect.min_rows,
      turnedAway: raw.expect.turned_away,
      at: this.source.at(path, true)
    }
  }

  mode(
    raw: RawPipeline["extract"]["datasets"][string]["mode"],
    hasParts: boolean,
    path: Path
  ): DatasetDefinition["mode"] {
    if (raw === undefined) return { kind: "whole" }
    if ((raw.delta === undefined) === (raw.kept === undefined)) {
      this.problems.push(this.source.diagnostic(path, "a mode is either delta or kept"))
    } else if (!hasParts && raw.kept !== undefined) {
      this.problems.push(
        this.source.diagnostic([...path, "kept"], "kept goes with parts", {
          hint: "a collection that is read without parts is read whole, or by delta"
        })
      )
    }
    const { delta, kept } = raw
    if (delta !== undefined) {
      return {
        kind: "delta",
        overlapHours: delta.overlap_hours,
        wholeEveryDays: delta.whole_every_days,
        wholeWith: this.news(delta.whole_with, [...path, "delta", "whole_with"])
      }
    }
    if (kept === undefined) return { kind: "whole" }
    return {
      kind: "kept",
      againAfterDays: kept.again_after_days,
      minutes: kept.minutes ?? null,
      againWhen: kept.again_when === undefined ? null : this.sql(kept.again_when, [...path, "kept", "again_when"]),
      againWith: this.news(kept.again_with, [...path, "kept", "again_with"])
    }
  }

  news(raw: Readonly<Record<string, string>> | undefined, path: Path): ReadonlyArray<NewsDefinition> {
    return Object.entries(raw ?? {}).map(([relation, id]) => {
      const at: Path = [...path, relation]
      return { ...this.relation(relation, at), id: this.sql(id, at) }
    })
  }

  relation(
    text: string,
    path: Path
  ): { readonly relation: string; readonly alias: string; readonly at: SqlText["at"] } {
    const match = /^\s*([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)?)(?:\s+AS\s+([A-Za-z_]\w*))?\s*$/i.exec(text)
    if (match === null) {
      this.problems.push(this.source.diagnostic(path, `"${text}" is not of the form: relation AS alias`))
    }
    const relation = match?.[1] ?? text
    return { relation, alias: match?.[2] ?? relation.slice(relation.indexOf(".") + 1), at: this.source.at(path) }
  }

  /** `sent` are the fields of the resource that the entity becomes, none where it becomes none. */
  entity(
    name: string,
    raw: RawPipeline["transform"]["entities"][string],
    sent: ReadonlyArray<ResourceField>
  ): EntityDefinition {
    const path: Path = ["transform", "entities", name]
    const rule = (list: "skip" | "reject" | "warn", index: number, { id, names, say, when }: RawRule): Rule => ({
      id,
      when: this.sql(when, [...path, list, index, "when"]),
      say,
      names: names === undefined ? null : this.sql(names, [...path, list, index, "names"])
    })
    const optional = (value: RawValue | undefined, at: Path): Value | null =>
      value === undefined ? null : this.value(value, at)
    return {
      name,
      describe: raw.describe ?? "",
      from: this.relation(raw.from, [...path, "from"]),
      alsoFrom: raw.also_from ?? [],
      joins: (raw.join ?? []).flatMap((join, index) => {
        const named = Object.entries(join).filter(([key]) => key !== "optional")
        const [relation, condition] = named[0] ?? ["", ""]
        const at: Path = [...path, "join", index]
        const problems = this.problems.length
        if (named.length !== 1)
          this.problems.push(this.source.diagnostic(at, "a join is one relation and its condition"))
        else if (typeof condition !== "string")
          this.problems.push(this.source.diagnostic([...at, relation], ...mustBe("text", condition)))
        const isOptional = join["optional"]
        if (isOptional !== undefined && typeof isOptional !== "boolean")
          this.problems.push(this.source.diagnostic([...at, "optional"], ...mustBe("true or false", isOptional)))
        if (this.problems.length > problems) return []
        return [
          {
            ...this.relation(relation, [...path, "join", index, relation]),
            on: this.sql(String(condition), [...path, "join", index, relation]),
            optional: isOptional === true
          }
        ]
      }),
      each: Object.entries(raw.each ?? {}).map(([alias, list]) => ({
        alias,
        list: this.sql(list, [...path, "each", alias])
      })),
      where: raw.where === undefined ? null : this.sql(raw.where, [...path, "where"]),
      pick:
        raw.pick === undefined
          ? null
          : {
              onePer: raw.pick.one_per.map((sql, index) => this.sql(sql, [...path, "pick", "one_per", index])),
              orderBy: (raw.pick.order_by ?? []).map((sql, index) =>
                this.sql(sql, [...path, "pick", "order_by", index])
              ),
              reject: raw.pick.reject ?? null
            },
      key: this.value(raw.key, [...path, "key"]),
      label: optional(raw.label, [...path, "label"]),
      scope: {
        school: optional(raw.scope?.school, [...path, "scope", "school"]),
        section: optional(raw.scope?.section, [...path, "scope", "section"])
      },
      fields: Object.entries(raw.fields).map(([field, value]) => {
        const own = codeLimits(sent.filter((one) => one.name === field))
        const decoder = own === null ? this : new Decoder(this.source, this.problems, own)
        return decoder.field(field, value, [...path, "fields", field])
      }),
      skip: (raw.skip ?? []).map((one, index) => rule("skip", index, one)),
      reject: (raw.reject ?? []).map((one, index) => ({ ...rule("reject", index, one), isUsual: one.usual })),
      warn: (raw.warn ?? []).map((one, index) => rule("warn", index, one)),
      expect:
        raw.expect === undefined
          ? null
          : {
              minRows: raw.expect.min_rows,
              say: raw.expect.say,
              show: raw.expect.show === undefined ? null : this.sql(raw.expect.show, [...path, "expect", "show"]),
              showFrom: raw.expect.show_from ?? null
            },
      at: this.source.at(path, true)
    }
  }

  field(name: string, raw: RawValue, path: Path): FieldDefinition {
    const at = this.source.at(path)
    if (typeof raw === "string" || raw.ref === undefined)
      return { name, kind: "value", value: this.value(raw, path), at }
    if (raw.key === undefined) {
      this.problems.push(
        this.source.diagnostic(path, "a ref needs the key of the record it points to", {
          hint: "{ ref: course_template, key: course.sourcedId }"
        })
      )
    }
    return {
      name,
      kind: "ref",
      entities: typeof raw.ref === "string" ? [raw.ref] : raw.ref,
      key: this.value(raw.key ?? "NULL", [...path, "key"]),
      optional: raw.optional ?? normally.optional,
      at
    }
  }

  load(
    name: string,
    raw: RawPipeline["load"]["entities"][string],
    guards: NonNullable<RawPipeline["load"]["guards"]>
  ): LoadEntityDefinition {
    const path: Path = ["load", "entities", name]
    return {
      entity: name,
      resource: raw.resource,
      type: raw.type ?? null,
      matchExisting: raw.match_existing ?? [],
      matchWithin: raw.match_within ?? [],
      onGone: raw.on_gone,
      keepWhen: raw.keep_when === undefined ? null : this.sql(raw.keep_when, [...path, "keep_when"]),
      removedWith: raw.removed_with ?? null,
      coveredBy: raw.covered_by ?? null,
      overwrite: new Map(Object.entries(raw.overwrite ?? {})),
      stateOnly: raw.state_only ?? [],
      sentAlong: raw.sent_along ?? [],
      onReturn: raw.on_return,
      onTargetEdit: raw.on_target_edit ?? null,
      targetEditSample: raw.target_edit_sample ?? null,
      person: raw.person ?? null,
      required: [],
      unique: [],
      contested: [],
      guards: decodeGuards(guards, name),
      rekey: decodeRekey(raw.rekey),
      at: this.source.at(path, true)
    }
  }

  test(raw: NonNullable<RawPipeline["tests"]>[number], index: number): PipelineTest {
    return {
      name: raw.name,
      asOf: raw.as_of ?? null,
      timezone: raw.timezone ?? null,
      given: new Map(Object.entries(raw.given)),
      expect: new Map(Object.entries(raw.expect ?? {})),
      quarantine: raw.quarantine ?? null,
      warnings: raw.warnings ?? null,
      stops: raw.stops ?? null,
      at: this.source.at(["tests", index])
    }
  }
}

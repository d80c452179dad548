import * as Schema from "effect/Schema"
import type { AnyGuard, Places } from "./guard.ts"
import { camel, type Key, type Keys, type LimitsOf } from "./keys.ts"
import { guards } from "./list.ts"

/**
 * Everything that follows from the list of guards: their names, the keys of a pipeline's file, limits, and a plan's
 * words for them.
 */

type Listed = (typeof guards)[number][number]

/** The names that holds have in plans. */
export type GuardName = Listed["name"]

/** The limits of all guards whose keys stand at one place. */
export type Limits<At extends keyof Places> = Together<
  Listed extends infer G
    ? G extends { readonly at: At; readonly keys: infer K extends Keys }
      ? LimitsOf<K>
      : never
    : never
>

type Together<Each> = (Each extends unknown ? (one: Each) => void : never) extends (all: infer All) => void
  ? All
  : never

export const allGuards: ReadonlyArray<AnyGuard> = guards.flat<ReadonlyArray<ReadonlyArray<AnyGuard>>>()

export const guardNames = allGuards.map((one) => one.name) as ReadonlyArray<string> as readonly [
  GuardName,
  ...ReadonlyArray<GuardName>
]

/** The guards that weigh one thing. */
export const guardsThatWeigh = (...what: ReadonlyArray<AnyGuard["weighs"]>): ReadonlySet<string> =>
  new Set(allGuards.filter((one) => what.includes(one.weighs)).map((one) => one.name))

/** Keys at one place by their names in a pipeline's file, each once: two guards may share one. */
const keysAt = (at: keyof Places): ReadonlyArray<readonly [string, Key<unknown>]> => [
  ...new Map(allGuards.flatMap((one) => (one.at === at ? Object.entries(one.keys) : [])))
]

/** The keys of a pipeline's file at one place, all of which may be left out; what is left out is not filled in. */
export const fileKeys = <At extends keyof Places>(at: At): FileKeys<At> =>
  Object.fromEntries(
    keysAt(at).map(([name, { description, normal, schema }]) => [
      name,
      Schema.optional(
        Schema.encodedBoundSchema(schema).annotations({ description, default: Schema.encodeSync(schema)(normal) })
      )
    ])
  ) as FileKeys<At>

type FileKeys<At extends keyof Places> = {
  readonly [Name in KeyNames<Listed, At>]: Schema.optional<Schema.Schema<unknown>>
}
type KeyNames<G, At> = G extends { readonly at: At; readonly keys: infer K } ? keyof K : never

/** The same by the names that their limits have in a plan. */
const planKeys = (
  at: keyof Places
): ReadonlyArray<readonly [name: string, schema: Schema.Schema.AnyNoContext, description: string]> =>
  keysAt(at).map(([name, { description, schema }]) => [
    camel(name),
    Schema.typeSchema(schema).annotations({ description }),
    description
  ])

const struct = <A>(fields: ReadonlyArray<readonly [string, Schema.Struct.Field]>): Schema.Schema<A> =>
  Schema.Struct(Object.fromEntries(fields)) as unknown as Schema.Schema<A>

/** Limits of guards as a pipeline's file has them, not decoded yet. */
export type RawLimits = Readonly<Record<string, unknown>>

/**
 * The limits at one place, as the file has them: what stands in a later one of `written` goes before what stands in an
 * earlier one, key by key, and a key that stands in none is as ever.
 */
export const limitsOf = <At extends keyof Places>(
  at: At,
  ...written: ReadonlyArray<RawLimits | undefined>
): Limits<At> =>
  Object.fromEntries(
    keysAt(at).map(([name, key]) => [
      camel(name),
      written.reduce<unknown>((before, raw) => over(key, before, raw?.[name]), key.normal)
    ])
  ) as Limits<At>

const over = ({ inherits, schema }: Key<unknown>, before: unknown, raw: unknown): unknown => {
  if (raw === undefined) return before
  const kept = Object.entries(before as object).filter(([part]) => inherits.includes(part))
  return Schema.decodeUnknownSync(schema)(
    inherits.length === 0 ? raw : { ...Object.fromEntries(kept), ...(raw as object) }
  )
}

/** Limits at one place as they stand in a plan; those of a guard that is newer than the plan are absent. */
export const limitsSchema = <At extends keyof Places>(at: At): Schema.Schema<Partial<Limits<At>>> =>
  struct<Partial<Limits<At>>>(planKeys(at).map(([name, schema]) => [name, Schema.optional(schema)]))

/** Limits in people as they stand in a plan; null where its pipeline does not say who is who. */
export type PeopleLimits = {
  readonly [K in keyof (Limits<"classes"> & Limits<"families">)]: (Limits<"classes"> & Limits<"families">)[K] | null
}
export const peopleLimitsSchema: Schema.Schema<PeopleLimits> = struct<PeopleLimits>(
  [...planKeys("classes"), ...planKeys("families")].map(([name, schema, description]) => [
    name,
    Schema.NullOr(schema).annotations({ description })
  ])
)

/** The limits of both as a plan names them. */
export const peopleLimits = (classes: Limits<"classes"> | null, families: Limits<"families"> | null): PeopleLimits =>
  Object.fromEntries([
    ...planKeys("classes").map(([name]) => [name, classes?.[name as keyof Limits<"classes">] ?? null]),
    ...planKeys("families").map(([name]) => [name, families?.[name as keyof Limits<"families">] ?? null])
  ]) as PeopleLimits

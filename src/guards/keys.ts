import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { Amount, Percent } from "../core/amount.ts"

/** Keys of guards: each declared once, with the value it has where nobody sets it, its unit, its description and an example. */

export interface Key<A> {
  /** From what stands in a file to the limit; the parts that are left out have their own defaults. */
  readonly schema: Schema.Schema.AnyNoContext
  /** The limit where nobody sets one. */
  readonly normal: A
  readonly description: string
  /** Parts that, left out for one entity, are as the file has them for all. */
  readonly inherits: ReadonlyArray<string>
}

export type Keys = Readonly<Record<string, Key<unknown>>>

/** The limits that keys stand for, by the names that they have in a plan. */
export type LimitsOf<K extends Keys> = {
  readonly [Name in keyof K as Camel<Name & string>]: K[Name] extends Key<infer A> ? A : never
}

type Camel<Name extends string> = Name extends `${infer Head}_${infer Tail}`
  ? `${Head}${Capitalize<Camel<Tail>>}`
  : Name

/** `per_school` of a file is `perSchool` of a plan. */
export const camel = (name: string): string => name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())

/** A key of a guard. `description` says what is weighed, and in what unit. */
export const key = <A, I>(
  schema: Schema.Schema<A, I>,
  normal: NoInfer<A>,
  description: string,
  inherits: ReadonlyArray<keyof A & string> = []
): Key<A> => ({ schema, normal, description, inherits })

/** A number that must be given. */
export const count = (description: string, example: number) => Amount.annotations({ description, examples: [example] })

/** A number that may be left out. */
export const countOr = (normal: number, description: string, example: number) =>
  Schema.optionalWith(Amount.annotations({ description, default: normal, examples: [example] }), {
    default: () => normal
  })

/** A number that may be left out, and is none then. */
const countOrNone = (description: string, example: number) =>
  Schema.optionalToRequired(
    Amount.annotations({ description, examples: [example] }),
    Schema.NullOr(Amount).annotations({ description }),
    {
      decode: Option.getOrNull,
      encode: Option.fromNullable
    }
  )

const mostRows = "never more than so many rows, whatever the percent"

/** A bound on rows, whatever the percent. */
export const rowsAtMost = (normal: number) => countOr(normal, mostRows, normal)

/** The same where by default there is no such bound. */
export const rowsAtMostOrNone = (example: number) => countOrNone(mostRows, example)

/** A share of all, in percent. */
export const percent = (of: string, example: number) =>
  Percent.annotations({ description: `${of}, 0 to 100`, examples: [example] })

/** Rows: a share of what stands, and rows that are always allowed, or below which nothing is judged. */
export const rowsLimit = ({ percent: share, floor }: Limit) =>
  Schema.Struct({
    percent: percent("of the rows that stand", share),
    floor: countOr(
      floor,
      "so many rows are always allowed, or, per school and section, smaller ones are not judged",
      floor
    )
  })

/** People: a share of those whom the measure could befall, and so many who are always allowed. */
export const peopleLimit = ({ percent: share, floor }: Limit) =>
  Schema.Struct({
    percent: percent("of those whom the measure could befall", share),
    floor: countOr(floor, "so many people are always allowed", floor)
  })

/** A percent of 0 to 100; `floor` rows, or people, are always allowed. */
export interface Limit {
  readonly percent: number
  readonly floor: number
}

/**
 * Rows that a limit allows of so many: a share, but never less than the floor, since small numbers are not guarded by
 * percent.
 */
export const allowed = (of: number, { percent, floor }: Limit): number =>
  Math.max(floor, Math.floor((of * percent) / 100))

/** Rows that come: more than all that stands may be allowed. */
export const growthLimit = ({ percent: share, floor }: Limit) =>
  Schema.Struct({
    percent: count("of the rows that stand", share),
    floor: rowsLimit({ percent: share, floor }).fields.floor
  })

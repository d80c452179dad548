import * as Schema from "effect/Schema"
import { Amount, Percent, Span } from "../core/amount.ts"
import { cleanUpIs, cleanUpWords } from "./clean-ups.ts"

/** How keys are described, and the keys of a value: what every other part of the language is made with. */

/** The default of a key, and examples: values as people write them. */
interface Notes<A> {
  readonly default?: A
  readonly examples?: readonly [A, ...Array<A>]
}

export const text = (description: string, notes: Notes<string> = {}) =>
  Schema.String.annotations({ description, ...notes })
export const count = (description: string, notes: Notes<number> = {}) => Amount.annotations({ description, ...notes })
/** A span of time, in the unit that its key names. */
export const span = (description: string, notes: Notes<number> = {}) => Span.annotations({ description, ...notes })
/** A share of what stands. */
export const percent = (description: string, notes: Notes<number> = {}) =>
  Percent.annotations({ description, ...notes })
export const texts = (description: string, notes: Notes<ReadonlyArray<string>> = {}) =>
  Schema.Array(Schema.String).annotations({ description, ...notes })
export const textByName = (description: string, notes: Notes<Readonly<Record<string, string>>> = {}) =>
  Schema.Record({ key: Schema.String, value: Schema.String }).annotations({ description, ...notes })
export const optionalText = (description: string, notes: Notes<string> = {}) =>
  Schema.optional(text(description, notes))
export const optionalCount = (description: string, notes: Notes<number> = {}) =>
  Schema.optional(count(description, notes))
/** A number that is `normal` where it is left out; so it is with the next ones. */
export const countOr = (normal: number, description: string) =>
  Schema.optionalWith(count(description, { default: normal }), { default: () => normal })
export const spanOr = (normal: number, description: string) =>
  Schema.optionalWith(span(description, { default: normal }), { default: () => normal })
export const percentOr = (normal: number, description: string) =>
  Schema.optionalWith(percent(description, { default: normal }), { default: () => normal })
export const flagOr = (normal: boolean, description: string, examples?: readonly [boolean]) =>
  Schema.optionalWith(
    Schema.Boolean.annotations({ description, default: normal, ...(examples === undefined ? {} : { examples }) }),
    { default: () => normal }
  )
/** A text that is `normal` where it is left out. */
export const textOr = (normal: string, description: string) =>
  Schema.optionalWith(Schema.String.annotations({ description, default: normal }), { default: () => normal })
/** One of a few words; the first where it is left out. */
export const wordOr = <Word extends string>(description: string, words: readonly [Word, ...Array<Word>]) =>
  Schema.optionalWith(Schema.Literal(...words).annotations({ description, default: words[0] }), {
    default: (): Word => words[0]
  })
/** Keys that may be left out together, each of which is normal then. */
export const keysOr = <A, I>(keys: Schema.Schema<A, I>) =>
  Schema.optionalWith(keys, { default: () => Schema.decodeUnknownSync(keys)({}) })
export const optionalTexts = (description: string, notes: Notes<ReadonlyArray<string>> = {}) =>
  Schema.optional(texts(description, notes))

const CleanStep = Schema.Union(
  Schema.String.annotations({
    description: cleanUpWords.map((name) => `${name}: ${cleanUpIs(name)}`).join("; ")
  }),
  Schema.Struct({
    replace: Schema.optional(
      Schema.Struct({
        characters: text("each of these characters is replaced", { examples: [":/"] }),
        with: text("by this", { examples: ["_"] })
      }).annotations({ description: cleanUpIs("replace") })
    ),
    shorten: optionalCount(cleanUpIs("shorten"), { examples: [128] })
  })
).annotations({ identifier: "CleanStep", description: "One clean-up of a text." })

export interface RawValueObject {
  readonly sql?: string | undefined
  readonly rule?: string | undefined
  readonly template?: string | undefined
  readonly null_hole?: string | undefined
  readonly first_of?: ReadonlyArray<{ readonly when?: string | undefined; readonly value: RawValue }> | undefined
  readonly map?:
    | {
        readonly of: RawValue
        readonly table: Readonly<Record<string, string>>
        readonly unmapped?: "reject" | "keep" | "default" | undefined
        readonly default?: string | undefined
      }
    | undefined
  readonly clean?: { readonly of: RawValue; readonly steps: ReadonlyArray<typeof CleanStep.Type> } | undefined
  readonly unique?: ReadonlyArray<RawValue> | undefined
  readonly date?:
    | { readonly of: RawValue; readonly as?: "date" | "end_of_day" | undefined; readonly timezone?: string | undefined }
    | undefined
  readonly ref?: string | ReadonlyArray<string> | undefined
  readonly key?: RawValue | undefined
  readonly optional?: boolean | undefined
}
export type RawValue = string | RawValueObject

/**
 * The keys of a value as they are where they are left out. Here alone the decoder asks for them: values hold values, and what
 * a form with defaults says of the values inside it would be lost to the published schema.
 */
export const normally = { unmapped: "reject", as: "date", optional: false } as const

const Of = Schema.propertySignature(Schema.suspend((): Schema.Schema<RawValue> => Value)).annotations({
  description: "the value it is made of"
})

export const Value: Schema.Schema<RawValue> = Schema.Union(
  Schema.String.annotations({
    description: "A DuckDB SQL expression over the columns in reach.",
    examples: ["course.title"]
  }),
  Schema.Struct({
    sql: optionalText("a DuckDB SQL expression, spelled out", { examples: ["upper(course.courseCode)"] }),
    rule: optionalText("name of a rule", { examples: ["class_name"] }),
    template: optionalText(
      "text with {expression} holes; a null hole makes the whole value null unless null_hole is given",
      { examples: ["{course.courseCode} {class.classCode}"] }
    ),
    null_hole: optionalText("what a null hole of the template becomes"),
    first_of: Schema.optional(
      Schema.Array(
        Schema.Struct({
          when: optionalText("condition of the branch; without one it always holds"),
          value: Schema.propertySignature(Schema.suspend((): Schema.Schema<RawValue> => Value)).annotations({
            description: "the value of the branch"
          })
        })
      ).annotations({
        description: "the first branch whose condition holds and whose value is not null",
        examples: [[{ when: "person.role = 'teacher'", value: "person.identifier" }, { value: "person.sourcedId" }]]
      })
    ),
    map: Schema.optional(
      Schema.Struct({
        of: Of,
        table: Schema.Record({ key: Schema.String, value: Schema.String }).annotations({
          description: "from value to value"
        }),
        unmapped: Schema.optional(
          Schema.Literal("reject", "keep", "default").annotations({
            description:
              "reject: the record goes to quarantine; keep: the value stays; default: the value under default",
            default: normally.unmapped
          })
        ),
        default: optionalText("what an unmapped value becomes, with unmapped: default")
      }).annotations({
        description: "a table from value to value",
        examples: [{ of: "person.role", table: { teacher: "Instructor", student: "Learner" }, unmapped: "reject" }]
      })
    ),
    clean: Schema.optional(
      Schema.Struct({
        of: Of,
        steps: Schema.Array(CleanStep).annotations({ description: "clean-ups, the first one first" })
      }).annotations({
        description: "clean-ups of a text, in order",
        examples: [{ of: "org.name", steps: ["collapse_spaces", "trim", { shorten: 128 }] }]
      })
    ),
    unique: Schema.optional(
      Schema.Array(Schema.suspend((): Schema.Schema<RawValue> => Value)).annotations({
        description:
          "the first form that no other row of the entity could carry; every member of a colliding group moves on together",
        examples: [["course.code", { template: "{course.code} {course.sourcedId}" }]]
      })
    ),
    date: Schema.optional(
      Schema.Struct({
        of: Of,
        as: Schema.optional(
          Schema.Literal("date", "end_of_day").annotations({
            description: "the date, or the end of that day",
            default: normally.as
          })
        ),
        timezone: optionalText("IANA name; the district's when left out")
      }).annotations({
        description: "a calendar date, or the end of that day, in a time zone",
        examples: [{ of: "session.endDate", as: "end_of_day" }]
      })
    ),
    ref: Schema.optional(
      Schema.Union(Schema.String, Schema.Array(Schema.String)).annotations({
        description: "entity, or entities in order, whose record the field points to; `key` names the record",
        examples: ["course_template"]
      })
    ),
    key: Schema.optional(Schema.suspend((): Schema.Schema<RawValue> => Value)).annotations({
      description: "with ref: the key of that record; the column of another ref will do"
    }),
    optional: Schema.optional(
      Schema.Boolean.annotations({
        description: "with ref: it may be null, or point to what is not wanted",
        default: normally.optional
      })
    )
  })
).annotations({ identifier: "Value", description: "How one value is made." })

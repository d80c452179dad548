import * as Schema from "effect/Schema"

const Plugin = Schema.Struct({ PluginId: Schema.String, Name: Schema.String, ExtractsLink: Schema.String })

/** A data set that the tenant makes extracts of; the differential ones may be switched off. */
export const BdsSet = Schema.Struct({
  SchemaId: Schema.String,
  Full: Schema.NullOr(Plugin),
  Differential: Schema.optionalWith(Schema.NullOr(Plugin), { default: () => null }),
  ExtractsLink: Schema.String
})
export type BdsSet = typeof BdsSet.Type

/** An instant as the tenant writes it, as ISO with milliseconds: one zone, so that texts can be compared. */
const Instant = Schema.transform(
  Schema.String.pipe(Schema.filter((text) => !Number.isNaN(Date.parse(text)))),
  Schema.String,
  {
    strict: true,
    decode: (text) => new Date(/(?:Z|[+-]\d\d:?\d\d)$/.test(text) ? text : `${text}Z`).toISOString(),
    encode: (text) => text
  }
)

/** One extract: a zip with one CSV file. */
export const BdsExtract = Schema.Struct({
  BdsType: Schema.Literal("Full", "Differential"),
  CreatedDate: Instant,
  QueuedForProcessingDate: Schema.optionalWith(Schema.NullOr(Instant), { default: () => null }),
  DownloadLink: Schema.String,
  DownloadSize: Schema.Number,
  Version: Schema.optionalWith(Schema.NullOr(Schema.String), { default: () => null })
})
export type BdsExtract = typeof BdsExtract.Type

import * as HttpApiEndpoint from "@effect/platform/HttpApiEndpoint"
import * as OpenApi from "@effect/platform/OpenApi"
import * as Schema from "effect/Schema"
import { describe, type RouteName, routes } from "../rights.ts"

/** What endpoints are made of: their path and description come from the table of routes. */

export const get = <Name extends RouteName>(name: Name) =>
  HttpApiEndpoint.get(name, routes[name].path).annotate(OpenApi.Description, describe(name))

export const post = <Name extends RouteName>(name: Name) =>
  HttpApiEndpoint.post(name, routes[name].path).annotate(OpenApi.Description, describe(name))

export const Flag = Schema.optional(Schema.Literal("true", "false"))

export const Reveal = { reveal: Flag }

/** A number in an address. */
export const numberWithin = (least: number, most: number) =>
  Schema.NumberFromString.pipe(Schema.int(), Schema.between(least, most))

export const orNull = <A, I>(schema: Schema.Schema<A, I>) => Schema.NullOr(schema)

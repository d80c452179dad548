import * as HttpApiEndpoint from "@effect/platform/HttpApiEndpoint"
import * as OpenApi from "@effect/platform/OpenApi"
import * as Schema from "effect/Schema"
import { describe, type Route, type RouteName, routes } from "../rights.ts"

/** Builders of endpoints: their path and description come from the table of routes, which has their method, too. */

type NamesOf<Method extends Route["method"]> = {
  [Name in RouteName]: (typeof routes)[Name]["method"] extends Method ? Name : never
}[RouteName]

const pathOf = (name: RouteName): Route["path"] => routes[name].path

export const get = <Name extends NamesOf<"GET">>(name: Name) =>
  HttpApiEndpoint.get(name, pathOf(name)).annotate(OpenApi.Description, describe(name))

export const post = <Name extends NamesOf<"POST">>(name: Name) =>
  HttpApiEndpoint.post(name, pathOf(name)).annotate(OpenApi.Description, describe(name))

export const del = <Name extends NamesOf<"DELETE">>(name: Name) =>
  HttpApiEndpoint.del(name, pathOf(name)).annotate(OpenApi.Description, describe(name))

const Flag = Schema.optional(Schema.Literal("true", "false"))

export const Reveal = { reveal: Flag }

/** A number in an address. */
export const numberWithin = (least: number, most: number) =>
  Schema.NumberFromString.pipe(Schema.int(), Schema.between(least, most))

export const orNull = <A, I>(schema: Schema.Schema<A, I>) => Schema.NullOr(schema)

import type { Diagnostic } from "../core/diagnostics.ts"
import { suggestion } from "../core/nearest.ts"
import type { RawConnection } from "./connections-schema.ts"
import type { SourceFile } from "./source-file.ts"

/** Keys that a connection must have, by its type and that of its auth; what an auth needs of two keys stands as a list. */
const needed: Readonly<Record<string, Readonly<Record<string, ReadonlyArray<ReadonlyArray<string>>>>>> = {
  oneroster: {
    oauth2: [["token_url"], ["client_id"], ["client_secret"]],
    oauth1: [["consumer_key"], ["consumer_secret"]]
  },
  brightspace: {
    private_key_jwt: [["token_url"], ["client_id"], ["private_key", "private_key_file"]],
    refresh_token: [["token_url"], ["client_id"], ["client_secret"], ["token_file"]]
  }
}

const addressOf = { oneroster: "base_url", brightspace: "url" } as const

const profiles = ["infinite_campus", "classlink", "generic_1_1", "generic_1_2"]

/** What is wrong with a connection as it is written, whatever its variables hold. */
export const keyProblems = (source: SourceFile, name: string, raw: RawConnection): ReadonlyArray<Diagnostic> => {
  const path = ["connections", name]
  const byAuth = needed[raw.type] ?? {}
  const keys = byAuth[raw.auth.type]
  if (keys === undefined) {
    return [
      source.diagnostic([...path, "auth", "type"], `a connection of type ${raw.type} knows no auth ${raw.auth.type}`, {
        hint: `it knows: ${Object.keys(byAuth).join(", ")}`
      })
    ]
  }
  const address = addressOf[raw.type]
  const auth: Readonly<Record<string, unknown>> = raw.auth
  return [
    ...(raw[address] === undefined
      ? [source.diagnostic(path, `a connection of type ${raw.type} needs the key ${address}`, { key: true })]
      : []),
    ...keys
      .filter((either) => either.every((key) => auth[key] === undefined))
      .map((either) =>
        source.diagnostic([...path, "auth"], `auth of type ${raw.auth.type} needs the key ${either.join(" or ")}`, {
          key: true
        })
      )
  ]
}

/** What is wrong with the values of a connection, its variables filled in; of an empty one is said elsewhere. */
export const valueProblems = (source: SourceFile, name: string, filled: RawConnection): ReadonlyArray<Diagnostic> => {
  const path = ["connections", name]
  const problems: Array<Diagnostic> = []
  const { budget, profile } = filled
  if (profile !== undefined && profile !== "" && !profiles.includes(profile)) {
    problems.push(
      source.diagnostic([...path, "profile"], `there is no profile ${profile}`, { hint: suggestion(profile, profiles) })
    )
  }
  const hours = budget?.peak?.hours
  if (hours !== undefined && hours !== "" && !areHours(hours)) {
    problems.push(
      source.diagnostic([...path, "budget", "peak", "hours"], `${hours} are no hours of a day`, {
        hint: "write them as 07:00-17:00, from and to; they may go over midnight"
      })
    )
  }
  return problems
}

const areHours = (text: string): boolean => {
  const [, from, to] = /^((?:[01]\d|2[0-3]):[0-5]\d)-((?:[01]\d|2[0-3]):[0-5]\d)$/.exec(text) ?? []
  return from !== undefined && from !== to
}

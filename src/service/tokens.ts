import { timingSafeEqual } from "node:crypto"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import { sha256 } from "../core/hash.ts"
import type { StoreError } from "../core/ports/disk.ts"
import type { Right } from "../pipeline/rights.ts"
import { secret } from "./access/secret.ts"
import { readNote, writeNote } from "./note-file.ts"

/** A token as it is kept: whoever reads the file cannot use it. */
export interface Token {
  readonly name: string
  /** sha256 of the token; it has 256 random bits, so that no slow digest is needed. */
  readonly hash: string
  readonly rights: ReadonlyArray<Right>
  /** ISO instants. */
  readonly createdAt: string
  readonly expiresAt: string
  readonly revokedAt: string | null
}

/** A token of that name is there, or is not. */
export class TokenProblem extends Data.TaggedError("TokenProblem")<{ readonly detail: string }> {
  override get message(): string {
    return this.detail
  }
}

const what = "the tokens"

export const listTokens = (file: string): Effect.Effect<ReadonlyArray<Token>, StoreError> =>
  Effect.map(readNote<ReadonlyArray<Token>>(what, file), (tokens) => tokens ?? [])

/** Makes a token and gives it, for this one time; kept is its hash alone. */
export const createToken = ({
  file,
  name,
  rights,
  now,
  expiresAt
}: {
  readonly file: string
  readonly name: string
  readonly rights: ReadonlyArray<Right>
  readonly now: string
  readonly expiresAt: string
}): Effect.Effect<string, StoreError | TokenProblem> =>
  Effect.gen(function* () {
    const tokens = yield* listTokens(file)
    if (tokens.some((one) => one.name === name && isGood(one, Date.parse(now)))) {
      return yield* new TokenProblem({ detail: `there is a token ${name}: revoke it first, or choose another name` })
    }
    const token = `rollbook_${secret()}`
    const kept: Token = { name, hash: sha256(token), rights, createdAt: now, expiresAt, revokedAt: null }
    yield* writeNote(what, file, [...tokens, kept])
    return token
  })

/** Ends a token at once. */
export const revokeToken = (file: string, name: string, now: string): Effect.Effect<void, StoreError | TokenProblem> =>
  Effect.gen(function* () {
    const tokens = yield* listTokens(file)
    if (!tokens.some((one) => one.name === name && one.revokedAt === null)) {
      return yield* new TokenProblem({
        detail: `there is no token ${name} to revoke: \`rollbook token list\` lists them`
      })
    }
    yield* writeNote(
      what,
      file,
      tokens.map((one) => (one.name === name && one.revokedAt === null ? { ...one, revokedAt: now } : one))
    )
  })

/** The token that a text is; null where it is none that is good now. */
export const tokenOf = (tokens: ReadonlyArray<Token>, text: string, now: number): Token | null => {
  const hash = Buffer.from(sha256(text), "hex")
  return tokens.find((one) => timingSafeEqual(Buffer.from(one.hash, "hex"), hash) && isGood(one, now)) ?? null
}

/** Whether a token may be used at a moment. */
export const isGood = ({ expiresAt, revokedAt }: Token, now: number): boolean =>
  revokedAt === null && now < Date.parse(expiresAt)

import * as Data from "effect/Data"

/** Why nobody is signed in, without anything of what was sent. */
export const reasons = {
  unreachable: "the district's sign-in cannot be asked at this moment",
  unsolicited: "nobody here asked for it, it was used before, it took too long, or it was begun in another browser",
  refused: "the district's sign-in did not vouch for anybody",
  nobody: "the district's sign-in does not say who it is",
  rights: "no group of this person has a right here"
} as const

export class SignInRefused extends Data.TaggedError("SignInRefused")<{ readonly reason: keyof typeof reasons }> {
  override get message(): string {
    return reasons[this.reason]
  }
}

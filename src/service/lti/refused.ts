import * as Data from "effect/Data"

/** Why launches are refused, for the log and for the person, without anything of what was sent. */
export const reasons = {
  unregistered: "it comes from a learning platform, or for a client or deployment, that is not registered",
  target: "it is meant for another address than this one",
  unsolicited: "nobody here asked for it, it was used before, or it took too long",
  browser: "it was begun in another browser, or this one keeps no cookies here",
  malformed: "it is no launch that could be read",
  signature: "its signature is none of the learning platform's",
  keys: "the keys of the learning platform cannot be read at this moment",
  issuer: "it names another learning platform",
  audience: "it is meant for another tool",
  nonce: "it answers to another request",
  age: "it is over, or made too long ago",
  deployment: "it comes from another deployment",
  message: "it is another message than the launch of a link",
  person: "it names nobody of the learning platform",
  lookup: "the learning platform cannot be asked for roles at this moment"
} as const

export type Reason = keyof typeof reasons

/** A launch that is refused. */
export class LaunchRefused extends Data.TaggedError("LaunchRefused")<{ readonly reason: Reason }> {
  override get message(): string {
    return reasons[this.reason]
  }
}

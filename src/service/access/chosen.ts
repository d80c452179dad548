import type { Session } from "./session.ts"

/** Which sessions are meant: one by the id that lists show, or all of a person, as history and audit trail name them. */
export type Chosen =
  { readonly what: "session"; readonly session: string } | { readonly what: "person"; readonly who: string }

/** By which lists name a session, and which opens nothing. */
export const shownId = ({ key }: Pick<Session, "key">): string => key.slice(0, 16)

export const chosenOf = (sessions: ReadonlyArray<Session>, chosen: Chosen): ReadonlyArray<Session> =>
  sessions.filter((one) => (chosen.what === "session" ? shownId(one) === chosen.session : one.who === chosen.who))

/** Names of sessions in the audit trail. */
export const namesOf = (sessions: ReadonlyArray<Session>): ReadonlyArray<string> =>
  sessions.map((one) => `session ${shownId(one)} of ${one.who}`)

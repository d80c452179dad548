import type { SessionView } from "../service/http/api.ts"
import type { Told } from "../service/http/contract/told.ts"
import { takeCarried } from "./carried.ts"
import { sessionIsOver } from "./session-over.ts"

const carried = takeCarried(location, history)

/** How a request can end other than well. */
export type Trouble =
  { readonly kind: "over" | "forbidden" | "missing" | "failed" } | { readonly kind: "refused"; readonly told: Told }

export class AskFailed extends Error {
  readonly trouble: Trouble
  constructor(trouble: Trouble) {
    super(trouble.kind)
    this.trouble = trouble
  }
}

/** The trouble of an error, whatever it was. */
export const troubleOf = (error: unknown): Trouble => (error instanceof AskFailed ? error.trouble : { kind: "failed" })

/** Asks the server: GET without a body, else POST as JSON. Of refusals the server's own reason is kept. */
export const ask = async <A>(path: string, body?: object, method = body === undefined ? "GET" : "POST"): Promise<A> => {
  const answer = await fetch(path, {
    method,
    credentials: "same-origin",
    headers: {
      ...(carried === null ? {} : { authorization: `Bearer ${carried}` }),
      ...(body === undefined ? {} : { "content-type": "application/json" })
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) })
  }).catch(() => null)
  if (answer === null) throw new AskFailed({ kind: "failed" })
  if (answer.ok) return (answer.status === 204 ? null : await answer.json()) as A
  if (answer.status === 401) {
    sessionIsOver()
    throw new AskFailed({ kind: "over" })
  }
  if (answer.status === 403) throw new AskFailed({ kind: "forbidden" })
  if (answer.status === 404) throw new AskFailed({ kind: "missing" })
  const said = (await answer.json().catch(() => null)) as {
    readonly message?: string
    readonly facts?: Told["facts"]
  } | null
  if ((answer.status === 409 || answer.status === 503) && said?.message !== undefined) {
    throw new AskFailed({ kind: "refused", told: { say: said.message, facts: said.facts ?? [] } })
  }
  throw new AskFailed({ kind: "failed" })
}

export type Session = typeof SessionView.Type

/** Whether whoever is signed in holds a right: everywhere, or in a course. What is shown follows from it; the server decides. */
export const may = (session: Session, right: string, course: string | null = null): boolean =>
  session.rights.includes(right) ||
  (course !== null && session.course?.orgUnit === course && session.course.rights.includes(right))

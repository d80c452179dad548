import type { Message } from "../core/ports/messenger.ts"
import type { Condition, Trouble } from "./conditions.ts"

/** An alert to people: that something is wrong since now, or that it is no more. */
export interface Alert {
  /** The same for each attempt to tell it, so that whoever gets it twice can see that. */
  readonly id: string
  readonly what: "trouble" | "recovered"
  readonly trouble: Trouble
  readonly of: string
  /** ISO instants. */
  readonly at: string
  readonly since: string
  readonly say: string
}

/** An alert, or another message, that has not reached everybody. */
export interface Pending {
  /** Null where it is the message itself that is to be told. */
  readonly alert: Alert | null
  readonly message?: Message
  /** Ways by which it is still to be told. */
  readonly by: ReadonlyArray<string>
  readonly tries: number
  /** Milliseconds since the epoch. */
  readonly notBefore: number
}

/** Kept on disk: a restart neither repeats an alert nor forgets one. */
export interface AlertState {
  readonly open: Readonly<
    Record<string, { readonly trouble: Trouble; readonly of: string; readonly since: string; readonly say: string }>
  >
  readonly pending: ReadonlyArray<Pending>
  /** Milliseconds since the epoch until which nights were told by mail; absent before the first. */
  readonly nightsTold?: number
  /** Messages that never went, the last ones. */
  readonly givenUp?: ReadonlyArray<Undelivered>
}

/** A message that has not gone by some ways, and whether it is tried again. */
export interface Undelivered {
  readonly id: string
  readonly by: ReadonlyArray<string>
  readonly tries: number
  readonly isGivenUp: boolean
}

/** Messages that did not go, as far as they are of interest still. */
export const undeliveredIn = ({ givenUp = [], pending }: AlertState): ReadonlyArray<Undelivered> => [
  ...pending.flatMap(({ alert, by, message, tries }) =>
    tries === 0 ? [] : [{ id: alert?.id ?? message?.id ?? "", by, tries, isGivenUp: false }]
  ),
  ...givenUp
]

const mostGivenUp = 5

/** The state after a message was tried, with the ways that failed. */
export const afterTrying = (
  state: AlertState,
  one: Pending,
  failed: ReadonlyArray<string>,
  now: number
): AlertState => {
  const left = afterTelling(one, failed, now)
  const lost =
    left !== null || failed.length === 0
      ? []
      : [{ id: one.alert?.id ?? one.message?.id ?? "", by: failed, tries: one.tries + 1, isGivenUp: true }]
  // A way that works again is told nothing of what could not be told by it before.
  const givenUp = failed.length === 0 ? [] : [...(state.givenUp ?? []), ...lost].slice(-mostGivenUp)
  return {
    ...state,
    pending: state.pending.flatMap((other) => (other !== one ? [other] : left === null ? [] : [left])),
    ...(givenUp.length === 0 && state.givenUp === undefined ? {} : { givenUp })
  }
}

export const noAlerts: AlertState = { open: {}, pending: [] }

/** Compares what is wrong now with what was: each beginning and each end is told once, by all ways that there are. */
export const compareConditions = (
  state: AlertState,
  conditions: ReadonlyArray<Condition>,
  ways: ReadonlyArray<string>,
  now: number
): AlertState => {
  const at = new Date(now).toISOString()
  const current = new Map(conditions.map((one) => [`${one.trouble} ${one.of}`, one]))
  const begun = [...current].filter(([key]) => state.open[key] === undefined)
  const gone = Object.entries(state.open).filter(([key]) => !current.has(key))
  if (begun.length + gone.length === 0) return state
  const alerts = [
    ...begun.map(([, one]): Alert => ({
      id: `${one.trouble}-${one.of}-${at}`,
      what: "trouble",
      at,
      since: at,
      ...one
    })),
    ...gone.map(([, { of, since, trouble }]): Alert => ({
      id: `${trouble}-${of}-${since}-recovered`,
      what: "recovered",
      trouble,
      of,
      at,
      since,
      say: recoveryOf(trouble, of, since)
    }))
  ]
  return {
    ...state,
    open: Object.fromEntries([
      ...Object.entries(state.open).filter(([key]) => current.has(key)),
      ...begun.map(([key, { of, say, trouble }]) => [key, { trouble, of, since: at, say }] as const)
    ]),
    pending: [
      ...state.pending,
      ...(ways.length === 0 ? [] : alerts.map((alert) => ({ alert, by: ways, tries: 0, notBefore: now })))
    ]
  }
}

const recoveryOf = (trouble: Trouble, of: string, since: string): string => {
  switch (trouble) {
    case "held":
      return `nothing of ${of} is held any more (since ${since} something was)`
    case "partial":
      return `${of} was carried out whole again (not so since ${since})`
    case "failing":
      return `${of} runs again (it failed since ${since})`
    case "overdue":
      return `a run of ${of} has ended well again (overdue since ${since})`
    case "credentials":
      return `credentials of the connection ${of} last long enough again`
  }
}

const minute = 60_000

/** So often an alert is tried to be told: with pauses that double from a minute on, over some eight hours. */
export const mostTries = 10

/** Whether a message may be tried now: its pause is over, or is longer than any, since the clock was ahead when it was noted. */
export const hasCome = (notBefore: number, now: number): boolean =>
  notBefore <= now || notBefore - now > minute * 2 ** mostTries

/**
 * The alert that is left after an attempt to tell it: by the ways that failed it is tried again later, until it never
 * will. Null where nothing is left.
 */
export const afterTelling = (pending: Pending, failed: ReadonlyArray<string>, now: number): Pending | null =>
  failed.length === 0 || pending.tries + 1 >= mostTries
    ? null
    : { ...pending, by: failed, tries: pending.tries + 1, notBefore: now + minute * 2 ** pending.tries }

/** An alert in one line, for a mail's subject and a chat. */
export const alertText = ({ say, what }: Alert): string =>
  `rollbook: ${what === "recovered" ? "well again: " : ""}${say}`

import { isDay } from "../core/clock.ts"
import type { Freeze, Gates, SourceRange } from "./definition.ts"

/** The person who set something beside the file of a pipeline, when, and why. */
interface SetBy {
  readonly by: string
  /** ISO instant. */
  readonly at: string
  readonly why: string
}

/** A freeze that was set beside the file; its moments are written as in the file. */
export interface SetFreeze extends SetBy {
  readonly id: string
  readonly from: string
  readonly until: string | null
  readonly schools: ReadonlyArray<string>
  readonly sessions: ReadonlyArray<string>
}

/** Settings that administrators made beside the file of one pipeline; each only as long as the file lets it be set. */
export interface SetBeside {
  readonly switches: Readonly<Record<string, SetBy & { readonly value: boolean }>>
  readonly freezes: ReadonlyArray<SetFreeze>
}

export const nothingSet: SetBeside = { switches: {}, freezes: [] }

/** The switches that every pipeline has, beside one for each of its gates by id. `freeze`: whether freezes may be added. */
export const ownSwitches = ["nightly", "on_demand", "freeze"] as const

/** A switch as it holds: as the file has it, or as it was set beside it where the file lets that be. */
export const asSet = (
  switchable: Gates["switchable"],
  { switches }: Pick<SetBeside, "switches">,
  name: string,
  written: boolean
): boolean => (switchable.includes(name) ? (switches[name]?.value ?? written) : written)

/** The gates as they hold: what the file says, and what was set beside it where the file lets that be. */
export const withSwitches = (gates: Gates, set: SetBeside, at: SourceRange): Gates => {
  const isSet = (name: string, written: boolean): boolean => asSet(gates.switchable, set, name, written)
  return {
    ...gates,
    nightly: isSet("nightly", gates.nightly),
    onDemand: isSet("on_demand", gates.onDemand),
    openWhen: gates.openWhen.filter((gate) => isSet(gate.id, true)),
    freezes: gates.switchable.includes("freeze")
      ? [...gates.freezes, ...set.freezes.map((one) => freezeOf(one, at))]
      : gates.freezes
  }
}

const freezeOf = ({ from, schools, sessions, until, why }: SetFreeze, at: SourceRange): Freeze => ({
  from: momentFrom(from),
  until: until === null ? null : momentUntil(until),
  schools,
  sessions,
  say: why,
  at
})

/** A day begins with its first minute and ends with its last. */
export const momentFrom = (text: string): string => (isDay(text) ? `${text}T00:00` : text)
export const momentUntil = (text: string): string => (isDay(text) ? `${text}T23:59` : text)

/** Settings that are not obeyed, since the file does not let them be set, or no longer: a line each. */
export const notObeyed = (gates: Gates, { freezes, switches }: SetBeside): ReadonlyArray<string> => [
  ...Object.keys(switches)
    .filter((name) => !gates.switchable.includes(name))
    .map((name) => `${name} was set beside the file, and is not obeyed: gates.switchable does not name it`),
  ...(freezes.length > 0 && !gates.switchable.includes("freeze")
    ? ["freezes were set beside the file, and are not obeyed: gates.switchable does not name freeze"]
    : [])
]

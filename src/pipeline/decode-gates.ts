import { isDay } from "../core/clock.ts"
import type { Diagnostic } from "../core/diagnostics.ts"
import { suggestion } from "../core/nearest.ts"
import type { Gates, SqlText } from "./definition.ts"
import type { RawPipeline } from "./schema.ts"
import type { Path, SourceFile } from "./source-file.ts"
import { momentFrom, momentUntil, ownSwitches } from "./switches.ts"

type RawGates = RawPipeline["load"]["gates"]

/** The gates of a pipeline as its file has them; mistakes go to `problems`, and `sql` reads an expression. */
export const decodeGates = (
  source: SourceFile,
  raw: RawGates,
  problems: Array<Diagnostic>,
  sql: (text: string, at: Path) => SqlText
): Gates => {
  const path: Path = ["load", "gates"]
  const moment = (text: string, at: Path): string => {
    const isMoment = /^\d{4}-\d{2}-\d{2}T([01]\d|2[0-3]):[0-5]\d$/.test(text) && isDay(text.slice(0, 10))
    if (!isDay(text) && !isMoment) {
      problems.push(
        source.diagnostic(at, `${text} is neither a date nor a time`, {
          hint: "write it as 2027-06-05 or 2027-06-05T16:00"
        })
      )
    }
    return text
  }
  return {
    nightly: raw.nightly,
    onDemand: raw.on_demand,
    openWhen: (raw.open_when ?? []).map((gate, index) => ({
      id: gate.id,
      when: sql(gate.when, [...path, "open_when", index, "when"]),
      say: gate.say,
      names: null
    })),
    freezes: (raw.freeze ?? []).map((freeze, index) => {
      const at: Path = [...path, "freeze", index]
      const from = momentFrom(moment(freeze.from, [...at, "from"]))
      const until = freeze.until === undefined ? null : momentUntil(moment(freeze.until, [...at, "until"]))
      if (until !== null && until < from)
        problems.push(source.diagnostic([...at, "until"], "the freeze ends before it begins"))
      const { schools = [], sessions = [], say } = freeze
      return { from, until, schools, sessions, say, at: source.at(at) }
    }),
    switchable: switchable(source, raw, problems, [...path, "switchable"])
  }
}

/** A name that is none would be taken for a switch that works. */
const switchable = (
  source: SourceFile,
  raw: RawGates,
  problems: Array<Diagnostic>,
  path: Path
): ReadonlyArray<string> => {
  const known = [...ownSwitches, ...(raw.open_when ?? []).map(({ id }) => id)]
  const named = raw.switchable ?? []
  for (const [index, name] of named.entries()) {
    if (known.includes(name)) continue
    problems.push(source.diagnostic([...path, index], `there is no switch ${name}`, { hint: suggestion(name, known) }))
  }
  return named
}

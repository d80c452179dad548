import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"

/** Which requests a fault befalls; what is left out matches all. Requests are counted among those that match method and path. */
const Match = Schema.Struct({
  method: Schema.optionalWith(Schema.Literal("GET", "POST", "PUT", "DELETE"), { exact: true }),
  /** A part of the path. */
  route: Schema.optionalWith(Schema.String, { exact: true }),
  /** A regular expression over the path. */
  pattern: Schema.optionalWith(Schema.String, { exact: true }),
  /** Only this one, from 1. */
  nth: Schema.optionalWith(Schema.Int.pipe(Schema.positive()), { exact: true }),
  /** Each so-manieth. */
  every: Schema.optionalWith(Schema.Int.pipe(Schema.positive()), { exact: true }),
  /** Only after so many. */
  after: Schema.optionalWith(Schema.Int.pipe(Schema.nonNegative()), { exact: true }),
  /** A share of them, 0 to 1; the draws are the same on every run. */
  probability: Schema.optionalWith(Schema.Number.pipe(Schema.between(0, 1)), { exact: true })
})

const common = {
  match: Schema.optionalWith(Match, { exact: true }),
  /** Fires so many times at most; without end when left out. */
  times: Schema.optionalWith(Schema.Int.pipe(Schema.positive()), { exact: true }),
  /** The stand-in it belongs to, for lists that serve both. */
  on: Schema.optionalWith(Schema.Literal("campus", "brightspace"), { exact: true })
}

const Fault = Schema.Union(
  Schema.Struct({
    ...common,
    do: Schema.Literal("status"),
    status: Schema.Int.pipe(Schema.between(400, 599)),
    /** Seconds or an HTTP date. */
    retry_after: Schema.optionalWith(Schema.String, { exact: true })
  }),
  /** Never answers. */
  Schema.Struct({ ...common, do: Schema.Literal("hang") }),
  /** Closes the connection before anything is done. */
  Schema.Struct({ ...common, do: Schema.Literal("cut") }),
  /** Does the work, then closes the connection. */
  Schema.Struct({ ...common, do: Schema.Literal("answer_lost") }),
  /** Answers 200, with the body that was sent or (`says: nothing`) with an empty object, and writes nothing. */
  Schema.Struct({
    ...common,
    do: Schema.Literal("forget"),
    says: Schema.optionalWith(Schema.Literal("what was sent", "nothing"), { exact: true })
  }),
  /** 200 with nothing in it. */
  Schema.Struct({ ...common, do: Schema.Literal("empty_body") }),
  /** 200 with a login page. */
  Schema.Struct({ ...common, do: Schema.Literal("html") }),
  /** The second half of the body is missing. */
  Schema.Struct({ ...common, do: Schema.Literal("truncate") }),
  /** Gives fewer rows than asked for. */
  Schema.Struct({ ...common, do: Schema.Literal("clamp_limit"), limit: Schema.Int.pipe(Schema.positive()) }),
  /** Announces so many rows more (or fewer) than there are; without `add` the announcement is left out. */
  Schema.Struct({ ...common, do: Schema.Literal("lie_total"), add: Schema.optionalWith(Schema.Int, { exact: true }) }),
  /** The next page is this page. */
  Schema.Struct({ ...common, do: Schema.Literal("loop_link") }),
  /** The next page, or the files of a list of extracts, are at another host. */
  Schema.Struct({ ...common, do: Schema.Literal("foreign_link") }),
  /** Before the page is read, the first row of its collection vanishes, or one comes in before it. */
  Schema.Struct({ ...common, do: Schema.Literal("shift"), row: Schema.Literal("delete", "insert") }),
  /** Gives the first page whatever was asked for. */
  Schema.Struct({ ...common, do: Schema.Literal("ignore_offset") }),
  Schema.Struct({
    ...common,
    do: Schema.Literal("slow"),
    milliseconds: Schema.Int.pipe(Schema.between(1, 600_000))
  }),
  /** Refuses the token that was sent, from now on. Once, if `times` says nothing else. */
  Schema.Struct({ ...common, do: Schema.Literal("unauthorized_once") })
)

export type Fault = typeof Fault.Type
export type FaultKind = Fault["do"]

/** Reads a list of faults; gives a sentence that names the first mistake instead. */
export const readFaults = (value: unknown): ReadonlyArray<Fault> | string => {
  const decoded = Schema.decodeUnknownEither(Schema.Array(Fault))(Array.isArray(value) ? value : [value], {
    onExcessProperty: "error"
  })
  if (Either.isLeft(decoded)) {
    const issues = ParseResult.ArrayFormatter.formatErrorSync(decoded.left)
    // A list of all kinds is noise where one of them was meant: the issue that lies deepest is about that one.
    const [deepest] = issues.toSorted((a, b) => b.path.length - a.path.length)
    return `fault ${(deepest?.path ?? []).map(String).join(".")}: ${deepest?.message ?? "not a fault"}`
  }
  for (const [index, fault] of decoded.right.entries()) {
    const pattern = fault.match?.pattern
    if (pattern !== undefined && compile(pattern) === null) return `fault ${index}.match.pattern: not an expression`
  }
  return decoded.right
}

interface ArmedFault {
  readonly fault: Fault
  readonly pattern: RegExp | null
  seen: number
  fired: number
  draw: number
}

export interface Faults {
  readonly add: (faults: ReadonlyArray<Fault>) => void
  readonly clear: () => void
  /** With how often each was matched and fired. */
  readonly list: () => ReadonlyArray<Fault & { readonly seen: number; readonly fired: number }>
  /** Faults that befall a request, in the order in which they were given. */
  readonly befall: (method: string, path: string) => ReadonlyArray<Fault>
}

export const makeFaults = (): Faults => {
  let armed: Array<ArmedFault> = []
  return {
    add: (faults) => {
      for (const fault of faults) {
        const pattern = fault.match?.pattern === undefined ? null : compile(fault.match.pattern)
        armed.push({ fault, pattern, seen: 0, fired: 0, draw: 20_259 })
      }
    },
    clear: () => {
      armed = []
    },
    list: () => armed.map(({ fault, seen, fired }) => ({ ...fault, seen, fired })),
    befall: (method, path) => armed.filter((one) => fires(one, method, path)).map(({ fault }) => fault)
  }
}

const fires = (armed: ArmedFault, method: string, path: string): boolean => {
  const match = armed.fault.match ?? {}
  if (match.method !== undefined && match.method !== method) return false
  if (match.route !== undefined && !path.includes(match.route)) return false
  if (armed.pattern !== null && !armed.pattern.test(path)) return false
  armed.seen++
  const times = armed.fault.times ?? (armed.fault.do === "unauthorized_once" ? 1 : Infinity)
  if (armed.fired >= times) return false
  if (match.nth !== undefined && armed.seen !== match.nth) return false
  if (match.after !== undefined && armed.seen <= match.after) return false
  if (match.every !== undefined && armed.seen % match.every !== 0) return false
  if (match.probability !== undefined && nextDraw(armed) >= match.probability) return false
  armed.fired++
  return true
}

/** A linear congruential generator: a rehearsal that failed can be had again. */
const nextDraw = (armed: ArmedFault): number => {
  armed.draw = (armed.draw * 1_103_515_245 + 12_345) % 2_147_483_648
  return armed.draw / 2_147_483_648
}

const compile = (pattern: string): RegExp | null => {
  try {
    return new RegExp(pattern)
  } catch {
    return null
  }
}

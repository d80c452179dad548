/**
 * The part of a time zone that decides local dates and times: the engine's data, and no other. Node brings its own (`Intl`),
 * which is older or newer than the engine's, and two of them in one run would put one due date on two days. The engine is
 * asked for a zone when a definition is bound; from then on everything that is told in local time here is told by its answer.
 * To keep it current, keep the engine current: `@duckdb/node-api`, pinned in package.json.
 */
export interface ZoneChange {
  /** Milliseconds since the epoch from which on the zone is so far ahead of UTC. */
  readonly from: number
  /** Minutes ahead of UTC; below zero in America. */
  readonly minutes: number
}

const learned = new Map<string, ReadonlyArray<ZoneChange>>()

/** Takes in a zone as the engine has it: its changes in order, the first of which holds for all that is before. */
export const learnZone = (zone: string, changes: ReadonlyArray<ZoneChange>): void => void learned.set(zone, changes)

/** The changes that were learned of the given zones. */
export const learnedZones = (
  zones: ReadonlyArray<string>
): ReadonlyArray<readonly [zone: string, changes: ReadonlyArray<ZoneChange>]> =>
  [...learned].filter(([zone]) => zones.includes(zone))

/** The changes that were learned of a zone, to be handed to another process; empty if none were. */
export const changesOf = (zone: string): ReadonlyArray<ZoneChange> => learned.get(zone) ?? []

/**
 * Minutes by which a zone is ahead of UTC at an instant. A zone that no definition named, as those of the stand-ins, has
 * Node's.
 */
export const offsetMinutes = (milliseconds: number, zone: string): number => {
  const changes = learned.get(zone)
  if (changes === undefined) return minutesByNode(milliseconds, zone)
  return (changes.findLast((change) => change.from <= milliseconds) ?? changes[0])?.minutes ?? 0
}

/** The same by the data that Node brings, for the comparison of the two. */
export const minutesByNode = (milliseconds: number, zone: string): number => {
  const name = formatOf(zone)
    .formatToParts(milliseconds)
    .find((part) => part.type === "timeZoneName")?.value
  const [, sign, hours, minutes] = /^GMT([+-])(\d{2}):(\d{2})/.exec(name ?? "") ?? []
  return sign === undefined ? 0 : (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes))
}

const formats = new Map<string, Intl.DateTimeFormat>()

const formatOf = (zone: string): Intl.DateTimeFormat => {
  const known = formats.get(zone)
  if (known !== undefined) return known
  const made = new Intl.DateTimeFormat("en-US", { timeZone: zone, timeZoneName: "longOffset" })
  formats.set(zone, made)
  return made
}

/** A stretch of time in which the two are not of one mind. */
export interface ZoneDifference {
  /** Milliseconds since the epoch. */
  readonly from: number
  /** The first hour at which they agree again; null where they do not before the end. */
  readonly until: number | null
  /** Minutes ahead of UTC by the engine, and by Node. */
  readonly engine: number
  readonly node: number
}

const hour = 3_600_000

/** Hours between two looks: what differs for less is a change of clocks that is told some hours apart. */
const look = 6 * hour

/** The spans, to the hour, in which the engine and Node differ about a zone between two instants; empty if they never do. */
export const zoneDifferences = (zone: string, from: number, until: number): ReadonlyArray<ZoneDifference> => {
  const at = (instant: number) => ({ engine: offsetMinutes(instant, zone), node: minutesByNode(instant, zone) })
  const isSame = (one: ReturnType<typeof at>, other: ReturnType<typeof at>): boolean =>
    one.engine === other.engine && one.node === other.node
  const found: Array<ZoneDifference> = []
  let begun = Math.ceil(from / hour) * hour
  let holds = at(begun)
  for (let next = begun + look; next < until; next += look) {
    if (isSame(at(next), holds)) continue
    let [before, after] = [next - look, next]
    while (after - before > hour) {
      const middle = before + Math.round((after - before) / 2 / hour) * hour
      if (isSame(at(middle), holds)) before = middle
      else after = middle
    }
    if (holds.engine !== holds.node) found.push({ from: begun, until: after, ...holds })
    begun = after
    holds = at(after)
  }
  return holds.engine === holds.node ? found : [...found, { from: begun, until: null, ...holds }]
}

/** The school year around an instant: from the August before it to the end of the July after it. */
const schoolYearAround = (milliseconds: number): { readonly from: number; readonly until: number } => {
  const at = new Date(milliseconds)
  const year = at.getUTCFullYear() - (at.getUTCMonth() < 7 ? 1 : 0)
  return { from: Date.UTC(year, 7, 1), until: Date.UTC(year + 1, 7, 1) }
}

/** How the two differ over a school year, in one sentence; null where they do not. */
export const zoneDoubt = (zone: string, now: number): string | null => {
  const { from, until } = schoolYearAround(now)
  const differences = zoneDifferences(zone, from, until)
  if (differences.length === 0) return null
  const said = differences.map(
    (one) =>
      `from ${instant(one.from)} ${one.until === null ? "on" : `to ${instant(one.until)}`} the engine has UTC${offset(one.engine)}, Node UTC${offset(one.node)}`
  )
  return `the engine and Node do not agree about ${zone} in this school year: ${said.join("; ")}`
}

const instant = (milliseconds: number): string => `${new Date(milliseconds).toISOString().slice(0, 16)}Z`

/** `-06:00`. */
export const offset = (minutes: number): string => {
  const of = Math.abs(minutes)
  return `${minutes < 0 ? "-" : "+"}${String(Math.floor(of / 60)).padStart(2, "0")}:${String(of % 60).padStart(2, "0")}`
}

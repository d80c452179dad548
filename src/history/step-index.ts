import * as Effect from "effect/Effect"
import { join } from "node:path"
import { eachLineOfFile, onDisk, type StoreError } from "../core/ports/disk.ts"
import { type PlanFile, type PlanStep, planActions } from "../plan/plan.ts"

/** The columns of a step by which it is filtered without being read again; a few kinds have all the steps of a plan. */
export type StepKind = Pick<PlanStep, "action" | "entity" | "school" | "section" | "hold">

/** Which steps of a plan a page of them shows: by action, what takes away before what gives, and within it as they are carried out. */
export interface StepWindow {
  /** Whether steps of a kind are wanted: all, none, or those of which `isWanted` says so when they are read. */
  readonly ofKind: (kind: StepKind) => boolean | "by what it says"
  readonly isWanted: (step: PlanStep) => boolean
  /** Texts, in lower case, each of which stands in some value of every step that `isWanted` wants. */
  readonly texts: ReadonlyArray<string>
  readonly offset: number
  readonly limit: number
}

/** Steps of a plan, removals first, and how many there are that match. */
export interface ChosenSteps {
  readonly steps: ReadonlyArray<PlanStep>
  readonly matching: number
}

/** Place and kind of each step of a plan in its file: 12 bytes per step, which the file itself has in hundreds. */
export interface StepIndex {
  readonly file: string
  readonly kinds: ReadonlyArray<StepKind>
  /** Per step in the order of the file: the place of its kind. */
  readonly kindOf: Uint32Array
  /** Per step: the byte at which its line begins. */
  readonly begins: Float64Array
  /** The steps that were read for a window lately, by its name: the next page of it reads no more than that page. */
  readonly found: Map<string, Uint32Array>
}

/** Reads a steps file once. */
export const indexSteps = (plan: PlanFile, folder: string): Effect.Effect<StepIndex, StoreError> =>
  Effect.suspend(() => {
    const file = join(folder, plan.steps.file)
    const kinds: Array<StepKind> = []
    const places = new Map<string, number>()
    const [kindOf, begins] = [new Array<number>(), new Array<number>()]
    return eachStep(file, ({ action, entity, hold, school, section }, begin) => {
      const name = JSON.stringify([action, entity, school, section, hold])
      const place = places.get(name) ?? kinds.push({ action, entity, school, section, hold }) - 1
      places.set(name, place)
      kindOf.push(place)
      begins.push(begin)
    }).pipe(
      Effect.map(() => ({
        file,
        kinds,
        kindOf: Uint32Array.from(kindOf),
        begins: Float64Array.from(begins),
        found: new Map<string, Uint32Array>()
      }))
    )
  })

/** Calls `look` with each step of a file, in order, and the byte at which its line begins. */
export const eachStep = (
  file: string,
  look: (step: PlanStep, begins: number) => void
): Effect.Effect<void, StoreError> =>
  onDisk("read the steps of the plan", file, (disk) =>
    eachLineOfFile(disk, file, (line, begins) => look(JSON.parse(line) as PlanStep, begins))
  )

/** Windows of which it is kept what was found for them. */
const mostFound = 8

/** One page of the steps that are wanted, and how many there are of them. `name`: what the window depends on; null: it is kept nowhere. */
export const pageOfSteps = (
  index: StepIndex,
  window: StepWindow,
  name: string | null
): Effect.Effect<ChosenSteps, StoreError> =>
  Effect.gen(function* () {
    const { limit, offset } = window
    const known = name === null ? undefined : index.found.get(name)
    const found = known ?? (yield* findSteps(index, window))
    if (name !== null) {
      index.found.delete(name)
      index.found.set(name, found)
      if (index.found.size > mostFound) index.found.delete(index.found.keys().next().value ?? "")
    }
    return { steps: yield* stepsAt(index, found.subarray(offset, offset + limit)), matching: found.length }
  })

/** The steps that are wanted, by their places in the file, in the order in which they are shown. */
const findSteps = (index: StepIndex, { isWanted, ofKind, texts }: StepWindow): Effect.Effect<Uint32Array, StoreError> =>
  Effect.gen(function* () {
    const wanted = index.kinds.map(ofKind)
    const isFound = index.kindOf.map((kind) => Number(wanted[kind] === true))
    if (wanted.includes("by what it says")) {
      const plain = texts.filter(standsAsItIs)
      let at = 0
      yield* onDisk("read the steps of the plan", index.file, (disk) =>
        eachLineOfFile(disk, index.file, (line) => {
          const place = at++
          if (wanted[index.kindOf[place] ?? 0] !== "by what it says") return
          const lowered = plain.length === 0 ? "" : line.toLowerCase()
          if (!plain.every((text) => lowered.includes(text))) return
          isFound[place] = Number(isWanted(JSON.parse(line) as PlanStep))
        })
      )
    }
    const found = new Uint32Array(isFound.reduce((sum, one) => sum + one, 0))
    let next = 0
    for (const action of planActions) {
      const kinds = index.kinds.map((kind) => kind.action === action)
      if (!kinds.includes(true)) continue
      for (let place = 0; place < isFound.length; place++) {
        if (isFound[place] === 1 && kinds[index.kindOf[place] ?? 0] === true) found[next++] = place
      }
    }
    return found
  })

/** Whether a text is written in JSON as it is said. */
const standsAsItIs = (text: string): boolean => JSON.stringify(text) === `"${text}"`

/** Bytes between two steps that are read together with them: another read would take longer. */
const gap = 65_536

/** Steps by their places in the file, read there. */
const stepsAt = (index: StepIndex, places: Uint32Array): Effect.Effect<ReadonlyArray<PlanStep>, StoreError> =>
  Effect.gen(function* () {
    const { begins, file } = index
    const endOf = (place: number): number => begins[place + 1] ?? Infinity
    const spans: Array<{ from: number; to: number }> = []
    for (const place of places.toSorted()) {
      const [last, from, to] = [spans.at(-1), begins[place] ?? 0, endOf(place)]
      if (last !== undefined && from - last.to <= gap) last.to = to
      else spans.push({ from, to })
    }
    const read = new Map<number, PlanStep>()
    const asked = new Set([...places].map((place) => begins[place]))
    yield* onDisk("read the steps of the plan", file, (disk) =>
      Effect.forEach(
        spans,
        (span) =>
          eachLineOfFile(
            disk,
            file,
            (line, begin) => {
              if (asked.has(begin)) read.set(begin, JSON.parse(line) as PlanStep)
            },
            span
          ),
        { discard: true }
      )
    )
    return [...places].flatMap((place) => read.get(begins[place] ?? 0) ?? [])
  })

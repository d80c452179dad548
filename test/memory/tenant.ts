import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { brightspaceResources } from "../../src/adapters/brightspace/contracts.ts"
import type { ExistingRecord, TargetDescription, TargetReader, TargetWriter } from "../../src/core/ports/target.ts"
import { emptyTarget, type MemoryTarget, memoryTarget, nameOf, type Standing, type Troubled } from "./target.ts"

const roles = [
  "Student",
  "Teacher",
  "Teaching Aide",
  "Guardian",
  "Relative",
  "District Administrator",
  "School Administrator"
]
const types = ["Organization", "Course Template", "Course Offering", "Semester", "Section", "District", "School"]

const described = (cascading: string): TargetDescription => ({
  versions: { lp: "1.53" },
  rootOrgUnitId: "1",
  switchedOff: {},
  timezone: "America/Chicago",
  roles: roles.map((name, index) => ({ id: String(index), name, code: null, isCascading: name === cascading })),
  orgUnitTypes: types.map((name, index) => ({ id: String(index), code: name, name }))
})

export interface MemoryTenantOptions extends Troubled {
  /** Where what stands is kept from one process to the next, as its state is; nowhere where left out. */
  readonly file?: string
  readonly target?: MemoryTarget
  /** Records that no step made, by resource. */
  readonly existing?: Readonly<Record<string, ReadonlyArray<ExistingRecord>>>
  /** The role that reaches from an org unit down into its courses. */
  readonly cascading?: string
  /** What somebody made of the fields of every record of a resource. */
  readonly edited?: Readonly<Record<string, Readonly<Record<string, string>>>>
}

/** A learning platform in memory, as rosters are written to it: a target that is Brightspace by its name, roles and types. */
export const memoryTenant = ({
  answer = () => null,
  cascading = "",
  edited = {},
  existing = {},
  file,
  target = emptyTarget(),
  unreadable = () => null
}: MemoryTenantOptions = {}): Layer.Layer<TargetReader | TargetWriter> =>
  Layer.provideMerge(
    memoryTarget(target, {
      connection: "brightspace",
      describe: Effect.succeed(described(cascading)),
      existing,
      answer,
      unreadable,
      // An enrollment has its id from its ends.
      idOf: (step) => (step.resource.endsWith("enrollment") ? nameOf(step) : null),
      resources: [...brightspaceResources.keys()],
      unique: { field: "username", within: null, reason: "Conflict" },
      shows: ({ fields, resource }) => ({ ...fields, ...edited[resource] })
    }),
    file === undefined
      ? Layer.empty
      : Layer.scopedDiscard(Effect.acquireRelease(taken(file, target), () => kept(file, target)))
  )

/** Where what stands is kept beside a state: whoever copies the one has the other. */
export const tenantIn = (home: string): string => join(home, "tenant.json")

const taken = (file: string, { records }: MemoryTarget): Effect.Effect<void> =>
  Effect.sync(() => {
    if (!existsSync(file)) return
    const lines = JSON.parse(readFileSync(file, "utf8")) as ReadonlyArray<readonly [string, Standing]>
    for (const [remoteId, standing] of lines) records.set(remoteId, standing)
  })

const kept = (file: string, { records }: MemoryTarget): Effect.Effect<void> =>
  Effect.sync(() => writeFileSync(file, JSON.stringify([...records])))

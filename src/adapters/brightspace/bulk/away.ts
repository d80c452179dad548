import * as Effect from "effect/Effect"
import type { RowWriter } from "../../../core/ports/bulk.ts"
import type { WriteResult, WriteStep } from "../../../core/ports/target.ts"
import { orMissing, type Tenant } from "../client.ts"
import type { Directory } from "../directory.ts"
import { builtInTypes } from "../lookup.ts"
import { byHand } from "../enrollment.ts"
import { onceEach } from "../once.ts"
import { result } from "../resource.ts"
import { UserOrgUnit } from "../wire.ts"
import type { Asked } from "./either-way.ts"
import type { Names } from "./names.ts"

type Place = typeof UserOrgUnit.Type

/**
 * Enrollments that a row takes away: whether it may, and whether they are gone. A row names a person by Org Defined ID and a
 * place by code, and IPSIS does not ask who enrolled whom; so that both are looked up before, and what is not certain goes by
 * itself. People's lists of places tell both, and are read once a pass.
 */
export const makeAway = (
  tenant: Tenant,
  directory: Directory,
  { people, units }: Names
): { readonly mayEnd: RowWriter["mayEnd"]; readonly lookGone: (step: WriteStep) => Asked<WriteResult | null> } => {
  const placesOf = onceEach((user) =>
    Effect.map(
      orMissing(
        tenant.askPages(UserOrgUnit, { product: "lp", method: "GET", path: `/enrollments/users/${user}/orgUnits/` })
      ),
      (listed) => new Map((listed ?? []).map((one) => [one.OrgUnit.Id, one]))
    )
  )

  /** Whether rollbook made it: by requests, or by rows. Of what shows nobody, nobody knows it. */
  const isOurs = ({ EnrolledByUserId: by }: Place): Asked<boolean> =>
    by === null || by === tenant.connection.bulk?.enrolledBy
      ? Effect.succeed(by !== null)
      : Effect.map(directory.me, (me) => by === me)

  const mayEnd: RowWriter["mayEnd"] = Effect.fnUntraced(function* (step, row) {
    const [orgUnit, user] = [step.fields["org_unit"] ?? "", step.fields["user"] ?? ""]
    const [code = "", role = "", orgDefinedId = ""] = [row["parent_code"], row["role_name"], row["child_code"]]
    if (step.resource !== "enrollment" || step.remoteId !== `${orgUnit}/${user}`) return false
    const place = (yield* placesOf(user)).get(orgUnit)
    // A role that comes down from above is no enrollment of this place.
    if (place === undefined || place.IsCascading !== false) return false
    if (!(yield* isOurs(place)) || place.Role?.Id !== (yield* directory.roleId(role))) return false
    // Whether who is taken out of a section by a row stays in its offering is written nowhere.
    const type = place.OrgUnit.Type?.Id ?? null
    if (type === null || type === (yield* directory.typeId(builtInTypes.section))) return false
    if (orgUnit === (yield* directory.organization).id) return false
    return (
      isTheOne(yield* people(orgDefinedId), (one) => one.UserId === user && one.OrgDefinedId === orgDefinedId) &&
      isTheOne(yield* units(code), (one) => one.Identifier === orgUnit && one.Code === code)
    )
  })

  /**
   * A list without it says that it is gone, if it shows anything at all, as everybody's does who stands: to roles that may
   * not look it is empty, and the place itself is not found.
   */
  const lookGone = Effect.fnUntraced(function* (step: WriteStep) {
    const [orgUnit = "", user = ""] = (step.remoteId ?? "").split("/")
    const places = yield* placesOf(user)
    const place = places.get(orgUnit)
    if (place === undefined || place.IsCascading === true)
      return places.size > 0 ? result(step.remoteId ?? "", true) : null
    // It was rollbook's own when its row was handed over: who is enrolled by somebody else by now was put back, and stays.
    return place.EnrolledByUserId === null || (yield* isOurs(place))
      ? null
      : result(step.remoteId ?? "", false, [byHand])
  })

  return { lookGone, mayEnd }
}

const isTheOne = <A>(found: ReadonlyArray<A>, isIt: (one: A) => boolean): boolean =>
  found.length === 1 && found.every(isIt)

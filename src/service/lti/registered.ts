import type { AccessSettings, LtiRegistration } from "../../pipeline/access-settings.ts"
import type { LaunchedBy } from "../access/session.ts"

/** The registration by which somebody was launched; null where it is no more. */
export const registrationOf = (
  { lti }: Pick<AccessSettings, "lti">,
  { clientId, issuer }: LaunchedBy
): LtiRegistration | null => lti.find((one) => one.issuer === issuer && one.clientId === clientId) ?? null

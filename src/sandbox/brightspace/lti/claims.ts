import { roleName } from "../state.ts"
import { type OrgUnit, type Tenant, typeIds, type User } from "../tenant.ts"

/** A launch that the tenant has begun, and will vouch for when it is asked to. */
export interface Begun {
  readonly user: User
  readonly orgUnit: OrgUnit
  /** Language of the tenant's pages as this person has them, BCP 47. */
  readonly locale: string
}

/** The tool as it is registered: rollbook. */
export interface Tool {
  readonly loginUrl: string
  readonly redirectUrls: ReadonlyArray<string>
  readonly targetLinkUri: string
}

export const clientId = "sandbox-lti-client"
export const deploymentId = "sandbox-deployment"

const claim = (name: string): string => `https://purl.imsglobal.org/spec/lti/claim/${name}`
const membership = "http://purl.imsglobal.org/vocab/lis/v2/membership"
const course = "http://purl.imsglobal.org/vocab/lis/v2/course"

/** The claims of a launch. As on a real tenant some variables stay as they were written. */
export const claimsOf = (
  tenant: Tenant,
  { locale, orgUnit, user }: Begun,
  tool: Tool,
  issuer: string,
  nonce: string,
  now: number
): Readonly<Record<string, unknown>> => {
  const seconds = Math.floor(now / 1000)
  const isOffering = orgUnit.typeId === typeIds.offering
  return {
    iss: issuer,
    aud: clientId,
    azp: clientId,
    sub: `${tenantGuid}_${user.id}`,
    iat: seconds,
    exp: seconds + 300,
    nonce,
    name: `${user.firstName} ${user.lastName}`,
    given_name: user.firstName,
    family_name: user.lastName,
    ...(user.email === null ? {} : { email: user.email }),
    [claim("version")]: "1.3.0",
    [claim("message_type")]: "LtiResourceLinkRequest",
    [claim("deployment_id")]: deploymentId,
    [claim("target_link_uri")]: tool.targetLinkUri,
    [claim("resource_link")]: { id: `rollbook-${orgUnit.id}`, title: "rollbook" },
    [claim("roles")]: [`${membership}#${imsRole(roleName(tenant, user.enrollments.get(orgUnit.id)?.roleId))}`],
    ...(isOffering
      ? {
          [claim("context")]: {
            id: String(orgUnit.id),
            label: orgUnit.code,
            title: orgUnit.name,
            type: [`${course}#CourseOffering`]
          }
        }
      : {}),
    [claim("launch_presentation")]: { document_target: "iframe", locale },
    [claim("custom")]: { user_id: "$User.Id" }
  }
}

/** Guid of the tenant itself, in front of each user's id. */
const tenantGuid = "0b2f6c1e-6d0f-4b5e-8f0a-2f6f6a3f7c11"

const imsRole = (role: string): string =>
  /student/i.test(role) ? "Learner" : /admin/i.test(role) ? "Administrator" : role === "" ? "Member" : "Instructor"

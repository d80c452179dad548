import * as Schema from "effect/Schema"
import { randomBytes } from "node:crypto"
import { type Answer, type Exchange, json, parameter, type Route } from "../../http/exchange.ts"
import { refuseHtml } from "../refusals.ts"
import { orgUnitOf, type Tenant, type User, userOf } from "../tenant.ts"
import { type Begun, claimsOf, clientId, deploymentId, type Tool } from "./claims.ts"
import { makeLtiKeys } from "./keys.ts"
import { coursePage, homePage, launchPage, locales, loginPage, startPage, storagePage } from "./pages.ts"

const authorizePath = "/d2l/lti/authenticate"
const keysPath = "/d2l/.well-known/jwks"

/** How a tool is registered: where it begins, where it is answered, and what is opened. */
const Registered = Schema.Struct({
  login_url: Schema.String,
  redirect_urls: Schema.Array(Schema.String),
  target_link_uri: Schema.String
})

/** Variables that rollbook needs to be launched from the tenant. */
export const ltiEnvironment = (origin: string): Readonly<Record<string, string>> => ({
  LTI_ISSUER: origin,
  LTI_CLIENT_ID: clientId,
  LTI_DEPLOYMENT_ID: deploymentId,
  LTI_AUTHORIZATION_URL: `${origin}${authorizePath}`,
  LTI_KEYS_URL: `${origin}${keysPath}`
})

/**
 * The tenant as a platform of LTI 1.3: a sign-in of its own, courses, and launches of the one tool that is registered. Source:
 * 1EdTech, LTI 1.3 and Security Framework 1.0.
 */
export const makeLtiPlatform = (origin: string, tenant: () => Tenant) => {
  const keys = makeLtiKeys()
  const begun = new Map<string, Begun>()
  let tool: Tool | null = null
  const registered = (): Tool => {
    if (tool === null) throw refuseHtml(404, "No tool is registered.")
    return tool
  }
  const signedIn = (exchange: Exchange): { readonly user: User; readonly locale: string } => {
    const [, id = "", locale = ""] = /(?:^|; )sandbox_user=(\d+)\.([\w-]+)/.exec(exchange.headers.cookie ?? "") ?? []
    return { user: userOf(tenant(), id), locale }
  }

  const start = (exchange: Exchange): Answer => {
    const { loginUrl, targetLinkUri } = registered()
    const orgUnit = orgUnitOf(tenant(), parameter(exchange, "orgUnitId"))
    const hint = randomBytes(16).toString("base64url")
    const { locale, user } = signedIn(exchange)
    begun.set(hint, { user, orgUnit, locale })
    return startPage(loginUrl, {
      iss: origin,
      login_hint: String(user.id),
      target_link_uri: targetLinkUri,
      lti_message_hint: hint,
      client_id: clientId,
      lti_deployment_id: deploymentId,
      lti_storage_target: "d2l_lti_storage"
    })
  }

  const authorize = async (exchange: Exchange): Promise<Answer> => {
    const asked = (name: string): string => exchange.query.get(name) ?? ""
    const launch = begun.get(asked("lti_message_hint"))
    const redirectUrl = asked("redirect_uri")
    if (asked("client_id") !== clientId || !registered().redirectUrls.includes(redirectUrl)) {
      throw refuseHtml(400, "The client, or the address to answer to, is not registered.")
    }
    const demanded = { scope: "openid", response_type: "id_token", response_mode: "form_post", prompt: "none" }
    for (const [name, value] of Object.entries(demanded)) {
      if (asked(name) !== value) throw refuseHtml(400, `${name} must be ${value}.`)
    }
    if (launch === undefined || asked("login_hint") !== String(launch.user.id) || asked("nonce") === "") {
      throw refuseHtml(400, "This launch was not begun here.")
    }
    const claims = claimsOf(tenant(), launch, registered(), origin, asked("nonce"), Date.now())
    return launchPage(redirectUrl, { state: asked("state"), id_token: await keys.sign(claims) })
  }

  const routes: ReadonlyArray<Route> = [
    { method: "GET", template: "/d2l/login", answer: () => loginPage(tenant()) },
    {
      method: "POST",
      template: "/d2l/login",
      answer: (exchange) => {
        const chosen = new URLSearchParams(exchange.body)
        const user = userOf(tenant(), chosen.get("user") ?? "")
        const wanted = chosen.get("locale") ?? ""
        const [locale] = locales.has(wanted) ? [wanted] : locales.keys()
        const headers = {
          location: "/d2l/home",
          "set-cookie": `sandbox_user=${user.id}.${locale}; Path=/; HttpOnly; SameSite=Lax`
        }
        return { status: 303, headers, body: "" }
      }
    },
    { method: "GET", template: "/d2l/home", answer: (exchange) => homePage(tenant(), signedIn(exchange).user) },
    { method: "GET", template: "/d2l/lti/storage", answer: storagePage },
    { method: "GET", template: authorizePath, answer: authorize },
    {
      method: "GET",
      template: "/d2l/lti/:orgUnitId",
      answer: (exchange) => coursePage(orgUnitOf(tenant(), parameter(exchange, "orgUnitId")))
    },
    { method: "GET", template: "/d2l/lti/:orgUnitId/start", answer: start },
    { method: "GET", template: keysPath, answer: async () => json(await keys.jwks()) }
  ]

  const controls: ReadonlyArray<Route> = [
    {
      method: "PUT",
      template: "/sandbox/lti",
      answer: (exchange) => {
        const wanted = Schema.decodeUnknownSync(Registered)(JSON.parse(exchange.body), { onExcessProperty: "error" })
        tool = {
          loginUrl: wanted.login_url,
          redirectUrls: wanted.redirect_urls,
          targetLinkUri: wanted.target_link_uri
        }
        return json(wanted)
      }
    },
    {
      method: "POST",
      template: "/sandbox/lti/rotate",
      answer: () => {
        keys.rotate()
        return json({})
      }
    }
  ]
  return { routes, controls }
}

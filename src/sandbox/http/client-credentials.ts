import type { Exchange } from "./exchange.ts"

export interface ClientCredentials {
  readonly id: string
  readonly secret: string
}

/** Client id and secret of a token request, from the Basic header (form-encoded inside, RFC 6749 2.3.1) or the form. */
export const clientCredentials = (exchange: Exchange, form: URLSearchParams): ClientCredentials => {
  const basic = /^Basic\s+(\S+)$/i.exec(exchange.headers.authorization ?? "")?.[1]
  if (basic === undefined) return { id: form.get("client_id") ?? "", secret: form.get("client_secret") ?? "" }
  const [id = "", ...secret] = Buffer.from(basic, "base64").toString("utf8").split(":")
  const decode = (text: string): string => new URLSearchParams(`v=${text}`).get("v") ?? ""
  return { id: decode(id), secret: decode(secret.join(":")) }
}

/** The form of a token request; null when the body is something else. */
export const tokenForm = (exchange: Exchange): URLSearchParams | null =>
  (exchange.headers["content-type"] ?? "").startsWith("application/x-www-form-urlencoded")
    ? new URLSearchParams(exchange.body)
    : null

export const bearerToken = (exchange: Exchange): string | null =>
  /^Bearer\s+(\S+)$/i.exec(exchange.headers.authorization ?? "")?.[1] ?? null

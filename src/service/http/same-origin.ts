import type * as HttpServerRequest from "@effect/platform/HttpServerRequest"

/**
 * Whether a request that a browser sends with its cookies may change something: what only reads may always; a change must
 * come from a page of this very origin, as the browser itself says, and as JSON, which no form of another site can send.
 * `publicUrl`: the address that people use, where a proxy stands between; null where there is none.
 */
export const isOwnPage = (
  { headers, method }: Pick<HttpServerRequest.HttpServerRequest, "headers" | "method">,
  publicUrl: string | null
): boolean => {
  if (method === "GET" || method === "HEAD") return true
  const site = headers["sec-fetch-site"]
  const hosts = [headers["host"], hostOf(publicUrl ?? undefined)].filter((one) => one !== undefined)
  const isSame = site === undefined ? hosts.some((host) => host === hostOf(headers["origin"])) : site === "same-origin"
  const [type = ""] = (headers["content-type"] ?? "").split(";")
  return isSame && ["", "application/json"].includes(type.trim().toLowerCase())
}

const hostOf = (url: string | undefined): string | undefined =>
  url !== undefined && URL.canParse(url) ? new URL(url).host : undefined

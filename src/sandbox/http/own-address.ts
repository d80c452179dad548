import type { IncomingHttpHeaders } from "node:http"

/**
 * Why a request is none for this server; null where it is. The stand-ins may serve a real district's data, and a web page
 * that the same machine shows can reach them: by a name of its own that it lets point here (DNS rebinding), or from another
 * origin. Neither is answered. Programs send no `Origin`.
 */
export const strangeAddress = ({ host, origin }: IncomingHttpHeaders, port: number): string | null => {
  const own = ["127.0.0.1", "localhost", "[::1]"].map((name) => `${name}:${port}`)
  if (!own.includes((host ?? "").toLowerCase())) return `this stand-in answers to ${own.join(", ")} alone`
  return origin === undefined || own.some((address) => origin.toLowerCase() === `http://${address}`)
    ? null
    : "this stand-in answers no page of another origin"
}

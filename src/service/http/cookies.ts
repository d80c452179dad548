import * as HttpServerResponse from "@effect/platform/HttpServerResponse"

/** The cookie that carries the id of a session. The prefix keeps it to this host, to TLS (or loopback), and to every path. */
export const sessionCookie = "__Host-rollbook"

/**
 * An answer that sets a cookie for so many seconds (0 = takes it away), kept from scripts and from plain HTTP. `isFramed`: for
 * pages within a frame of the learning platform, where a browser keeps it for that platform alone (`Partitioned`); elsewhere
 * requests that other sites cause do not carry it.
 */
export const withCookie = ({
  answer,
  name,
  value,
  isFramed,
  seconds
}: {
  readonly answer: HttpServerResponse.HttpServerResponse
  readonly name: string
  readonly value: string
  readonly isFramed: boolean
  readonly seconds: number
}): HttpServerResponse.HttpServerResponse =>
  HttpServerResponse.unsafeSetCookie(answer, name, value, {
    path: "/",
    secure: true,
    httpOnly: true,
    maxAge: seconds * 1000,
    ...(isFramed ? { sameSite: "none", partitioned: true } : { sameSite: "lax" })
  })

import * as Data from "effect/Data"

export interface HttpRequest {
  readonly method: "GET" | "POST" | "PUT" | "DELETE"
  readonly url: URL
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Buffer
  /** Whether sending it twice is the same as sending it once. GET is; others only by the caller's word. */
  readonly idempotent?: boolean
  /** Takes the body of an answer of status 200, if it is too large for the memory; begun anew at each try. */
  readonly into?: BodyTaker
}

/** Takes a body piece by piece. The next piece comes when the one before is taken; a rejection ends the request. */
export interface BodyTaker {
  readonly begin: () => Promise<void>
  readonly take: (piece: Uint8Array) => Promise<void>
  /** Bytes that may come. */
  readonly largestBytes: number
}

export interface HttpResponse {
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  /** Unpacked, where the server sent it as gzip; empty where it went elsewhere. */
  readonly body: Buffer
}

/**
 * No answer came. `AnswerLost`: the request was sent and may have been carried out. `Misconfigured`: it could not be
 * sent as it is. `request` names method and path, never the query.
 */
export class HttpFailure extends Data.TaggedError("HttpFailure")<{
  readonly reason: "Unreachable" | "AnswerLost" | "Misconfigured"
  readonly request: string
  readonly detail: string
  /** Whether the same request would fail in the same way again. */
  readonly isFinal?: boolean
}> {
  override get message(): string {
    return `${this.request}: ${this.detail}`
  }
}

/** Method and path of a request: what may be said of it in a message. */
export const nameOf = (request: HttpRequest): string => `${request.method} ${request.url.pathname}`

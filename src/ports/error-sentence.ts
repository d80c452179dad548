/** What of a request that failed is said. `request` names method and path, never query or body. */
export interface FailedRequest {
  readonly connection: string
  readonly request: string
  readonly detail: string
  readonly hint?: string
  readonly status?: number
}

/** In one sentence, or two where there is something to do about it. */
export const errorSentence = ({ connection, detail, hint, request, status }: FailedRequest): string =>
  `${connection}: ${request}${status === undefined ? "" : ` (HTTP ${status})`}: ${hint ? `${detail.replace(/\.$/, "")}. ${hint}` : detail}`

/** A failed request, as far as people are told. `request` names method and path, never query or body. */
export interface FailedRequest {
  readonly connection: string
  readonly request: string
  /** In words of ours. */
  readonly detail: string
  readonly hint?: string
  readonly status?: number
  /** The server's code for it, where it is one of those that standards know. */
  readonly code?: string
  /**
   * The server's own words, which may name anybody: no part of the sentence. They stand in the report of the run, without
   * credentials, for those who ask by `--reveal`.
   */
  readonly said?: string
}

/** In one sentence, or two where there is something to do about it. */
export const errorSentence = ({ code, connection, detail, hint, request, status }: FailedRequest): string => {
  const answer = [...(status === undefined ? [] : [`HTTP ${status}`]), ...(code === undefined ? [] : [code])].join(", ")
  return `${connection}: ${request}${answer === "" ? "" : ` (${answer})`}: ${hint ? `${detail.replace(/\.$/, "")}. ${hint}` : detail}`
}

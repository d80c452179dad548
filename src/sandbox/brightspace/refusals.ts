import { type Answer, escapeHtml, html, json, Refusal } from "../http/exchange.ts"

/** The three shapes in which Brightspace reports errors. Which route uses which is not documented: a client copes with all. */

export const problem = (status: number, detail: string): Answer =>
  json({ type: "about:blank", status, title: titles.get(status) ?? "Error", detail, instance: "" }, status, {
    "content-type": "application/problem+json; charset=utf-8"
  })

export const refuse = (status: number, detail: string): Refusal => new Refusal(problem(status, detail))

export const refuseLegacy = (status: number, message: string): Refusal =>
  new Refusal(json({ Errors: [{ Message: message }] }, status))

export const htmlError = (status: number, message: string): Answer =>
  html(
    `<!DOCTYPE html><html><head><title>Error</title></head><body><h1>Errors:</h1><p>${escapeHtml(message)}</p></body></html>`,
    status
  )

export const refuseHtml = (status: number, message: string): Refusal => new Refusal(htmlError(status, message))

const titles: ReadonlyMap<number, string> = new Map([
  [400, "Bad Request"],
  [401, "Unauthorized"],
  [403, "Forbidden"],
  [404, "Resource Not Found"],
  [409, "Conflict"],
  [429, "Too Many Requests"],
  [500, "Internal Server Error"],
  [503, "Service Unavailable"]
])

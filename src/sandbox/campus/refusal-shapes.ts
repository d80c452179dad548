import * as Schema from "effect/Schema"
import { type Answer, done, escapeHtml, html, json } from "../http/exchange.ts"
import { failed } from "./status-info.ts"

/**
 * The shapes in which providers report why a write was refused. `undescribed` is a failure without a reason; `nested`
 * the status of the OpenAPI description; `bare` the same with a flat code.
 */
export const RefusalShape = Schema.Literal(
  "statusInfoSet",
  "undescribed",
  "nested",
  "bare",
  "errors",
  "message",
  "empty",
  "html"
)
export type RefusalShape = typeof RefusalShape.Type

/** A refusal in one of the shapes. `codeMinor` is spelled as the standard's document spells it. */
export const refusedIn = (shape: RefusalShape, status: number, codeMinor: string, description: string): Answer => {
  const major = { imsx_codeMajor: "failure", imsx_severity: "error" }
  switch (shape) {
    case "statusInfoSet":
      return failed(status, codeMinor, description)
    case "undescribed":
      return json({ statusInfoSet: [major] }, status)
    case "nested": {
      const value = codeMinor.replaceAll(" ", "")
      const field = { imsx_codeMinorFieldName: "TargetEndSystem", imsx_codeMinorFieldValue: value }
      return json({ ...major, imsx_description: description, imsx_CodeMinor: { imsx_codeMinorField: [field] } }, status)
    }
    case "bare":
      return json({ ...major, imsx_codeMinor: codeMinor.replaceAll(" ", "_"), imsx_description: description }, status)
    case "errors":
      return json({ errors: [{ codeMajor: "failure", severity: "error", codeMinor, description }] }, status)
    case "message":
      return json({ message: description }, status)
    case "empty":
      return done(status)
    case "html":
      return html(`<!DOCTYPE html><html><body><h1>Error</h1><p>${escapeHtml(description)}</p></body></html>`, status)
  }
}

import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import type { RowWriter } from "../../../core/ports/bulk.ts"
import { addressProblem } from "../../../core/ports/settings.ts"
import { TargetError } from "../../../core/ports/target.ts"
import { makeHttp } from "../../http/http.ts"
import type { HttpRequest } from "../../http/request.ts"
import type { Doing } from "../../../core/doing.ts"
import type { Tenant } from "../client.ts"
import type { BulkSettings } from "./settings.ts"
import { batchName, zipOf } from "./zip.ts"

const Signed = Schema.Struct({ SignedUrl: Schema.NonEmptyString })

/**
 * Uploads batches. Routes: POST `le ipsis/upload/{source system}/signedurl`, then PUT to the address that it answers, which
 * is good for one upload and carries its own credentials: those of the connection are not sent to it.
 *
 * An upload is tried once. Where its answer is lost, or the server failed, the batch may have been taken (`AnswerLost`).
 */
export const makeUpload = Effect.fn("brightspace.upload")(function* (
  tenant: Tenant,
  settings: BulkSettings
): Doing<RowWriter["handOver"], never, Scope.Scope> {
  const { name: connection, timeoutSeconds } = tenant.connection
  const http = yield* makeHttp({
    budget: { concurrency: 1, requestsPerSecond: 1, peak: null },
    timeoutSeconds,
    tries: 1
  })
  let latest = 0
  return Effect.fn("brightspace.hand-over")(function* (files) {
    const fail = (reason: TargetError["reason"], request: string, detail: string, status?: number): TargetError =>
      new TargetError({ reason, connection, request, detail, ...(status === undefined ? {} : { status }) })
    // Two batches of one second would have one name.
    const now = yield* Effect.clockWith((clock) => clock.currentTimeMillis)
    latest = Math.max(now, latest + 1000)
    const zip = yield* Effect.mapError(zipOf(files, settings.version, latest), (error) =>
      fail("Misconfigured", "zip of rows", error.message)
    )
    const path = `/ipsis/upload/${encodeURIComponent(settings.sourceSystem)}/signedurl`
    const { SignedUrl } = yield* (
      tenant
        .ask(Signed, {
          product: "le",
          method: "POST",
          path,
          body: { FileName: batchName(latest) },
          // An address that is not used is worth nothing.
          idempotent: true
        })
        // Nothing was uploaded, whatever became of the address.
        .pipe(Effect.mapError((error) => (error.reason === "AnswerLost" ? unreached(error) : error)))
    )
    const problem = addressProblem(SignedUrl)
    if (problem !== null) return yield* fail("Malformed", `POST ${path}`, `the signed address is none: ${problem}`)
    const request: HttpRequest = {
      method: "PUT",
      url: new URL(SignedUrl),
      headers: { "content-type": "application/zip" },
      body: zip
    }
    // The path may be a part of the secret.
    const what = "PUT of a batch to its signed address"
    const answer = yield* http
      .request(request, { headers: () => Effect.succeed({}), renew: Effect.succeed(false) })
      .pipe(Effect.mapError((failure) => fail(failure.reason, what, failure.detail)))
    if (answer.status >= 200 && answer.status <= 299) return
    const detail = "the batch was not taken"
    return yield* answer.status >= 500
      ? fail("AnswerLost", what, `${detail}, or was and the server failed then`, answer.status)
      : fail(answer.status === 403 ? "Forbidden" : "Invalid", what, detail, answer.status)
  })
})

const unreached = ({ connection, detail, request, status }: TargetError): TargetError =>
  new TargetError({ reason: "Unreachable", connection, request, detail, ...(status === undefined ? {} : { status }) })

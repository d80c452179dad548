import * as HttpApiBuilder from "@effect/platform/HttpApiBuilder"
import * as HttpServer from "@effect/platform/HttpServer"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as HttpApp from "@effect/platform/HttpApp"
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import * as Clock from "effect/Clock"
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Schedule from "effect/Schedule"
import { createServer } from "node:http"
import { Access, type AccessService, Place } from "./access.ts"
import { badRequest } from "./contract/errors.ts"
import { Desk, type DeskService } from "./desk.ts"
import { entrances } from "./entrances.ts"
import { apiLayer } from "./handlers.ts"
import { pageFiles } from "./page-files.ts"
import { View, type ViewService } from "./view.ts"

/**
 * Milliseconds for which an idle connection is kept. Proxies keep theirs for a minute: one that was ended here first would be met by
 * the next request as an error.
 */
const keepAliveTimeout = 75_000

/** Milliseconds that answers under way have, once the service ends. */
const lastAnswersWithin = 2_000

/** The address cannot be listened on. */
export class NoListening extends Data.TaggedError("NoListening")<{ readonly detail: string }> {
  override get message(): string {
    return this.detail
  }
}

/**
 * Answers over HTTP until the scope ends; gives the address. `onTrouble` is told, by its kind alone, of what nobody foresaw:
 * its own words may quote anything.
 */
export const listen = ({
  view,
  desk,
  access,
  at,
  onTrouble
}: {
  readonly view: ViewService
  readonly desk: DeskService
  readonly access: AccessService
  readonly at: { readonly host: string; readonly port: number }
  readonly onTrouble: (kind: string) => void
}) =>
  Effect.gen(function* () {
    const place = { origin: access.publicUrl ?? "" }
    const framedBy = access.settings.lti.map(({ issuer }) => new URL(issuer).origin)
    const answering = createServer({ keepAliveTimeout })
    const server = NodeHttpServer.layer(() => answering, at)
    const served = HttpApiBuilder.serve(discreetly(framedBy)).pipe(
      Layer.provide(apiLayer),
      Layer.provide(entrances),
      Layer.provide(pageFiles),
      Layer.provide(Layer.succeed(View, view)),
      Layer.provide(Layer.succeed(Desk, desk)),
      Layer.provide(Layer.succeed(Access, access)),
      Layer.provide(Layer.succeed(Place, place)),
      Layer.provideMerge(server),
      Layer.provide(Logger.replace(Logger.defaultLogger, toldBy(onTrouble)))
    )
    const sweep = Effect.flatMap(Clock.currentTimeMillis, (now) =>
      Effect.zipRight(Effect.ignore(access.sessions.sweep(now)), access.links.sweep(now))
    )
    yield* Effect.forkScoped(Effect.repeat(Effect.ignore(sweep), Schedule.spaced("1 hour")))
    const { address } = Context.get(yield* Layer.build(served), HttpServer.HttpServer)
    // A request that comes on an open connection once nobody answers any more would hold the close for ever.
    yield* Effect.addFinalizer(() =>
      Effect.sync(() => {
        answering.prependListener("request", (_, response) => {
          if (answering.listenerCount("request") === 1) response.writeHead(503, { connection: "close" }).end()
          else response.setHeader("connection", "close")
        })
        answering.keepAliveTimeout = 1
        setTimeout(() => answering.closeAllConnections(), lastAnswersWithin).unref()
      })
    )
    const url = address._tag === "TcpAddress" ? `http://${inUrl(address.hostname)}:${address.port}` : address.path
    if (access.publicUrl === null) place.origin = url
    return url
  }).pipe(
    Effect.catchAll((error) => {
      const { code } = (error.cause ?? {}) as NodeJS.ErrnoException
      const why = code === "EADDRINUSE" ? "another process listens there" : (code ?? "it is refused")
      return Effect.fail(
        new NoListening({
          detail: `${at.host}:${at.port} cannot be listened on: ${why}. \`service.listen\` in service.yaml, or --port, names another one`
        })
      )
    })
  )

/** The library writes to stdout what befalls it, in many lines. */
const toldBy = (onTrouble: (kind: string) => void): Logger.Logger<unknown, void> =>
  Logger.make(({ cause, logLevel }) => {
    if (Cause.isEmpty(cause) || logLevel._tag === "Debug") return
    const error = Cause.squash(cause)
    onTrouble(error instanceof Error ? error.name : typeof error)
  })

const inUrl = (host: string): string => (host.includes(":") ? `[${host}]` : host)

/**
 * Headers that every answer carries; and a request that cannot be understood is told so without a word of what was sent. Pages
 * may stand in frames of the registered learning platforms, and of nobody else.
 */
const discreetly =
  (framedBy: ReadonlyArray<string>) =>
  (app: HttpApp.Default): HttpApp.Default =>
    Effect.zipRight(
      HttpApp.appendPreResponseHandler((_, answer) =>
        Effect.succeed(
          HttpServerResponse.setHeaders(
            answer.status === 400
              ? HttpServerResponse.unsafeJson(
                  { _tag: badRequest._tag, issues: [], message: badRequest.message },
                  { status: 400 }
                )
              : answer,
            {
              "cache-control": answer.headers["cache-control"] ?? "no-store",
              "x-content-type-options": "nosniff",
              "referrer-policy": "no-referrer",
              "content-security-policy": `${answer.headers["content-security-policy"] ?? "default-src 'none'"}; frame-ancestors ${["'self'", ...framedBy].join(" ")}`
            }
          )
        )
      ),
      app
    )

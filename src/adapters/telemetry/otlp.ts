import * as Otlp from "@effect/opentelemetry/Otlp"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as Headers from "@effect/platform/Headers"
import { w3c } from "@effect/platform/HttpTraceContext"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import * as Tracer from "effect/Tracer"

/** Telemetry settings from the environment, by the names that OpenTelemetry gives its variables. */
export interface TelemetrySettings {
  readonly endpoint: string
  readonly headers: Readonly<Record<string, string>>
  readonly serviceName: string
  readonly attributes: Readonly<Record<string, string>>
}

/** The settings; null where no collector is named, or all is switched off. */
export const telemetrySettings = (
  variables: Readonly<Record<string, string | undefined>>
): TelemetrySettings | null => {
  const endpoint = variables["OTEL_EXPORTER_OTLP_ENDPOINT"] ?? ""
  if (endpoint === "" || variables["OTEL_SDK_DISABLED"]?.toLowerCase() === "true") return null
  const { "service.name": named, ...attributes } = pairsIn(variables["OTEL_RESOURCE_ATTRIBUTES"])
  return {
    endpoint: endpoint.replace(/\/+$/, ""),
    headers: pairsIn(variables["OTEL_EXPORTER_OTLP_HEADERS"]),
    serviceName: variables["OTEL_SERVICE_NAME"] ?? named ?? "rollbook",
    attributes
  }
}

/** `name=value,name=value`, values percent-encoded; what is neither is left out. */
const pairsIn = (text = ""): Readonly<Record<string, string>> =>
  Object.fromEntries(
    text.split(",").flatMap((pair) => {
      const at = pair.indexOf("=")
      return at < 1 ? [] : [[pair.slice(0, at).trim(), decoded(pair.slice(at + 1).trim())]]
    })
  )

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** Sends traces, metrics and logs to a collector by OTLP over HTTP, until the scope ends; what has not gone by then goes first. */
export const telemetryLayer = (settings: TelemetrySettings, version: string): Layer.Layer<never> =>
  Otlp.layerJson({
    baseUrl: settings.endpoint,
    headers: settings.headers,
    resource: { serviceName: settings.serviceName, serviceVersion: version, attributes: settings.attributes },
    // Lines go to stderr by rollbook's own hand; the library's would come on top.
    replaceLogger: Logger.defaultLogger,
    shutdownTimeout: "3 seconds"
  }).pipe(Layer.provide(FetchHttpClient.layer), (otlp) => Layer.provideMerge(tellingKinds, otlp))

/** The span that this process was started for, as OpenTelemetry hands one on: by `TRACEPARENT`, in W3C's form. */
export const startedFor = (variables: Readonly<Record<string, string | undefined>>): Layer.Layer<never> =>
  Layer.suspend(() =>
    Option.match(w3c(Headers.fromInput({ traceparent: variables["TRACEPARENT"] })), {
      onNone: () => Layer.empty,
      onSome: Layer.parentSpan
    })
  )

/** A span that fails tells the kind of its error alone: what an error says, above all one that nobody foresaw, may quote a name. */
const tellingKinds = Layer.unwrapEffect(
  Effect.map(Effect.tracer, (inner) =>
    Layer.setTracer(
      Tracer.make({
        context: (execute, fiber) => inner.context(execute, fiber),
        span: (...given) => {
          const span = inner.span(...given)
          const end = span.end.bind(span)
          return Object.assign(span, {
            end: (at: bigint, exit: Exit.Exit<unknown, unknown>) =>
              end(at, Exit.isFailure(exit) ? Exit.fail(new Error(kindOf(Cause.squash(exit.cause)))) : exit)
          })
        }
      })
    )
  )
)

const kindOf = (error: unknown): string => {
  const { _tag, reason } = (error ?? {}) as { readonly _tag?: unknown; readonly reason?: unknown }
  if (typeof _tag === "string") return typeof reason === "string" ? `${_tag} ${reason}` : _tag
  return error instanceof Error ? error.name : typeof error
}

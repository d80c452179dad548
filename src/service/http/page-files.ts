import * as HttpApiBuilder from "@effect/platform/HttpApiBuilder"
import * as HttpRouter from "@effect/platform/HttpRouter"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Effect from "effect/Effect"
import { join } from "node:path"
import { gzipSync } from "node:zlib"
import { onDisk } from "../../core/ports/disk.ts"
import { Desk } from "./desk.ts"

/** Addresses of the one document that every page is; a learning platform may launch the last three. */
const documents = ["/", "/manage-grades", "/export-to-sis", "/view-all-exports"] as const

/**
 * Sources that the document may load: its own modules and its style sheet. The components style their parts by attributes, and
 * ask a browser what it can by an empty style sheet, which has this digest.
 */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='",
  "style-src-attr 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "form-action 'none'",
  "base-uri 'none'"
].join("; ")

const types: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8"
}

/** The pages' files, open to whoever reaches the port: what they show is asked for by whoever is signed in. */
export const pageFiles = HttpApiBuilder.Router.use((router) =>
  Effect.gen(function* () {
    const { pagesFolder } = yield* Desk
    const kept = new Map<string, Uint8Array>()
    const bytesOf = (name: string) => {
      const path = join(pagesFolder, name)
      return onDisk("read a page", path, (disk) => disk.readFile(path))
    }
    /** A file whose name stands for its content is squeezed once; the document may be another one after an update. */
    const squeezed = (name: string, isKept: boolean) =>
      Effect.gen(function* () {
        const known = kept.get(name)
        if (known !== undefined) return known
        const small = gzipSync(yield* bytesOf(name), { level: isKept ? 9 : 6 })
        if (isKept) kept.set(name, small)
        return small
      })
    const file = (name: string, headers: Readonly<Record<string, string>>, isKept: boolean) =>
      Effect.gen(function* () {
        const { headers: asked } = yield* HttpServerRequest.HttpServerRequest
        const contentType = types[name.split(".").at(-1) ?? ""] ?? "application/octet-stream"
        if (!/\bgzip\b/.test(asked["accept-encoding"] ?? "")) {
          return HttpServerResponse.uint8Array(yield* bytesOf(name), { contentType, headers })
        }
        return HttpServerResponse.uint8Array(yield* squeezed(name, isKept), {
          contentType,
          headers: { ...headers, "content-encoding": "gzip", vary: "accept-encoding" }
        })
      }).pipe(Effect.orElseSucceed(() => HttpServerResponse.text("There is no such page.\n", { status: 404 })))
    for (const path of documents) {
      yield* router.get(path, file("index.html", { "content-security-policy": policy }, false))
    }
    yield* router.get(
      "/pages/*",
      Effect.gen(function* () {
        const name = (yield* HttpRouter.params)["*"] ?? ""
        // A file of the bundle is named by its content; whatever else is asked for is looked for nowhere.
        return /^(?:m\/)?[\w-]+\.(?:js|css)$/.test(name)
          ? yield* file(name, { "cache-control": "public, max-age=31536000, immutable" }, true)
          : HttpServerResponse.text("There is no such page.\n", { status: 404 })
      })
    )
  })
)

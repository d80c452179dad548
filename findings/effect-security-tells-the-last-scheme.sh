#!/usr/bin/env bash
# @effect/platform 0.97.2: an HttpApiMiddleware with several security schemes tries them in order, and where all of them
# fail the caller is told the failure of the last one declared, whatever was sent. Who sends a bearer token that is over, to
# an API that takes a cookie as well, is told of the cookie that was never there; the same with the schemes declared the
# other way about is told of the token. Reasons belong where all schemes share one, or the order decides what people read.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund effect@3.22.4 @effect/platform@0.97.2 @effect/platform-node@0.108.2

cat >look.mjs <<'END'
import { HttpApi, HttpApiBuilder, HttpApiEndpoint, HttpApiGroup, HttpApiMiddleware, HttpApiSecurity, HttpServer } from "@effect/platform"
import { Context, Effect, Layer, Schema } from "effect"

class Refused extends Schema.TaggedError()("Refused", { of: Schema.String }) {}
class Who extends Context.Tag("Who")() {}

const ask = async (order) => {
  const schemes = { token: HttpApiSecurity.bearer, cookie: HttpApiSecurity.apiKey({ in: "cookie", key: "session" }) }
  class Guard extends HttpApiMiddleware.Tag()("Guard", {
    failure: Refused,
    provides: Who,
    security: Object.fromEntries(order.map((name) => [name, schemes[name]]))
  }) {}
  const api = HttpApi.make("api").add(
    HttpApiGroup.make("all").add(HttpApiEndpoint.get("me", "/me").addSuccess(Schema.String).addError(Refused).middleware(Guard))
  )
  const guard = Layer.succeed(Guard, {
    token: () => Effect.fail(new Refused({ of: "the token is over" })),
    cookie: () => Effect.fail(new Refused({ of: "no cookie" }))
  })
  const handlers = HttpApiBuilder.group(api, "all", (group) => group.handle("me", () => Effect.succeed("in")))
  const { handler, dispose } = HttpApiBuilder.toWebHandler(
    Layer.mergeAll(HttpApiBuilder.api(api).pipe(Layer.provide(handlers), Layer.provide(guard)), HttpServer.layerContext)
  )
  const answer = await handler(new Request("http://localhost/me", { headers: { authorization: "Bearer over" } }))
  console.log(`${order.join(", then ")}: ${JSON.parse(await answer.text()).of}`)
  await dispose()
}
await ask(["token", "cookie"])
await ask(["cookie", "token"])
END

cat >seen.txt <<'END'
token, then cookie: no cookie
cookie, then token: the token is over
END

node look.mjs | tee now.txt
diff seen.txt now.txt && echo "as seen"

#!/usr/bin/env bash
# oidc-provider 9.13.3 declares no engines, so that npm installs it on any Node without a word; on Node 20 it then says at
# import that the runtime is unsupported, on standard error, and goes on to work: discovery and keys are served. Who reads
# standard error of a test or of a service as trouble finds it there; npm's engine-strict does not help.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund node@20.19.5 oidc-provider@9.13.3

cat >look.mjs <<'END'
import { readFileSync } from "node:fs"
const { engines } = JSON.parse(readFileSync("node_modules/oidc-provider/package.json", "utf8"))
console.log(`engines: ${JSON.stringify(engines)}`)
const warned = []
const warn = console.warn
console.warn = (...said) => warned.push(said.join(" "))
const error = console.error
console.error = (...said) => warned.push(said.join(" "))
const { default: Provider } = await import("oidc-provider")
const provider = new Provider("http://127.0.0.1/", { clients: [] })
Object.assign(console, { warn, error })
console.log(`says of the runtime: ${warned.filter((one) => /unsupported runtime/i.test(one)).length}`)
const server = provider.listen(0, "127.0.0.1", async () => {
  const { port } = server.address()
  const answer = await fetch(`http://127.0.0.1:${port}/.well-known/openid-configuration`)
  console.log(`discovery: ${answer.status}`)
  server.close()
})
END

cat >seen.txt <<'END'
engines: undefined
says of the runtime: 1
discovery: 200
END

npx node look.mjs 2>/dev/null | tee now.txt
diff seen.txt now.txt && echo "as seen"

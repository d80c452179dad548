#!/usr/bin/env bash
# effect 3.22.4: a description that is put on a schema after `Schema.filter` is missing from `JSONSchema.make`, with every
# other annotation, unless the filter brings a `jsonSchema` of its own. Put on before the filter, it is kept.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund effect@3.22.4

cat >look.mjs <<'END'
import { JSONSchema, Schema } from "effect"
const isEven = (number) => number % 2 === 0
const said = { description: "minutes to wait", default: 4 }
const property = (schema) => JSON.stringify(JSONSchema.make(Schema.Struct({ minutes: schema })).properties.minutes)
console.log(`before the filter: ${property(Schema.Number.annotations(said).pipe(Schema.filter(isEven)))}`)
console.log(`after the filter: ${property(Schema.Number.pipe(Schema.filter(isEven)).annotations(said))}`)
const own = Schema.filter(isEven, { jsonSchema: { multipleOf: 2 } })
console.log(`after one with a jsonSchema: ${property(Schema.Number.pipe(own).annotations(said))}`)
END
node look.mjs | tee seen
diff seen - <<'END'
before the filter: {"type":"number","description":"minutes to wait","default":4}
after the filter: {"type":"number"}
after one with a jsonSchema: {"type":"number","description":"minutes to wait","default":4,"multipleOf":2}
END

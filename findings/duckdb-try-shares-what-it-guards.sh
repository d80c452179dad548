#!/usr/bin/env bash
# DuckDB 1.5.6: TRY(x) gives null where x cannot be computed; but where the same x stands in two TRYs of one SELECT, the
# optimizer computes it once, outside of both, and the statement fails. Each of the two alone works, and so do both when
# the optimizer may not share.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund @duckdb/node-api@1.5.6-r.1

cat >look.mjs <<'END'
import { DuckDBInstance } from "@duckdb/node-api"

const connection = await (await DuckDBInstance.create(":memory:")).connect()
const look = async (columns) => {
  try {
    const reader = await connection.runAndReadAll(`SELECT ${columns} FROM (VALUES ('7'), ('seven')) AS t(n)`)
    return reader.getRows().map((row) => row.map((cell) => cell ?? "null").join(" ")).join(", ")
  } catch (error) {
    return error.message.split("\n")[0]
  }
}
const [one, two] = ["TRY(n::INT) AS number", "TRY({'v': n::INT}) IS NULL AS is_bad"]
console.log(`one: ${await look(one)}`)
console.log(`two: ${await look(two)}`)
console.log(`both: ${await look(`${one}, ${two}`)}`)
await connection.run("SET disabled_optimizers = 'common_subexpressions'")
console.log(`both, not shared: ${await look(`${one}, ${two}`)}`)
END

cat >seen.txt <<'END'
one: 7, null
two: false, true
both: Conversion Error: Could not convert string 'seven' to INT32 when casting from source column n
both, not shared: 7 false, null true
END

node look.mjs | tee now.txt
diff seen.txt now.txt && echo "as seen"

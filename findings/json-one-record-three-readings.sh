#!/usr/bin/env bash
# A name that comes twice in one JSON object (RFC 8259 leaves its meaning open) has three readings in one stack: JSON.parse
# takes the last, DuckDB 1.5.6's ->> takes the first and calls the text valid, and its read_json refuses the whole file.
# A number with an exponent, read into a text column, comes out rewritten: 1e3 is the text 1000.0, while 2.0 stays 2.0.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund @duckdb/node-api@1.5.6-r.1

cat >look.mjs <<'END'
import { DuckDBInstance } from "@duckdb/node-api"
import { writeFileSync } from "node:fs"

const connection = await (await DuckDBInstance.create(":memory:")).connect()
const one = async (sql) => {
  try {
    return String((await connection.runAndReadAll(sql)).getRows().map((row) => row.join(" ")).join(", "))
  } catch (error) {
    return `refused (${/has duplicate key/.test(error.message) ? "has duplicate key" : error.message})`
  }
}
const text = `{"sourcedId":"1","sourcedId":"2"}`
writeFileSync("twice.json", `[${text},{"sourcedId":"3"}]`)
writeFileSync("numbers.json", `[{"id":1e3},{"id":2.0},{"id":100}]`)
console.log(`JSON.parse: ${JSON.parse(text).sourcedId}`)
console.log(`->>: ${await one(`SELECT CAST('${text}' AS JSON)->>'sourcedId', json_valid('${text}')`)}`)
console.log(`read_json: ${await one("SELECT * FROM read_json('twice.json', columns = {sourcedId: 'VARCHAR'})")}`)
console.log(`numbers as text: ${await one("SELECT id FROM read_json('numbers.json', columns = {id: 'VARCHAR'})")}`)
END

cat >seen.txt <<'END'
JSON.parse: 2
->>: 1 true
read_json: refused (has duplicate key)
numbers as text: 1000.0, 2.0, 100
END

node look.mjs | tee now.txt
diff seen.txt now.txt && echo "as seen"

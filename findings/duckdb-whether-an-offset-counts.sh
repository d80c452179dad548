#!/usr/bin/env bash
# DuckDB 1.5.6: whether the offset of "2026-10-01T00:00:00-05:00" counts in a column without a zone is decided by how the
# column came by its type. Stated as TIMESTAMP it does not count; found out to be TIMESTAMP by read_json it does, so that the
# same file does not join itself; and stated as TIMESTAMP_NS, which the documentation tells apart by precision alone, it does.
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
const one = async (sql) => (await connection.runAndReadAll(sql)).getRowsJson()[0].join(", ")
const text = "2026-10-01T00:00:00-05:00"
writeFileSync("seen.json", `{"seen":"${text}"}\n`)
for (const type of ["TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP", "TIMESTAMP_NS"]) {
  const stated = `read_json('seen.json', columns = {seen: '${type}'})`
  console.log(`${type}: CAST ${await one(`SELECT CAST('${text}' AS ${type})::VARCHAR`)}, read_json ${await one(`SELECT seen::VARCHAR FROM ${stated}`)}`)
}
const found = "read_json('seen.json')"
console.log(`found out by read_json: ${await one(`SELECT typeof(seen), seen::VARCHAR FROM ${found}`)}`)
const itself = `${found} AS found JOIN read_json('seen.json', columns = {seen: 'TIMESTAMP'}) AS stated USING (seen)`
console.log(`rows where both TIMESTAMPs are one: ${await one(`SELECT count(*) FROM ${itself}`)}`)
END

cat >seen.txt <<'END'
TIMESTAMP_S: CAST 2026-10-01 00:00:00, read_json 2026-10-01 00:00:00
TIMESTAMP_MS: CAST 2026-10-01 00:00:00, read_json 2026-10-01 00:00:00
TIMESTAMP: CAST 2026-10-01 00:00:00, read_json 2026-10-01 00:00:00
TIMESTAMP_NS: CAST 2026-10-01 05:00:00, read_json 2026-10-01 05:00:00
found out by read_json: TIMESTAMP, 2026-10-01 05:00:00
rows where both TIMESTAMPs are one: 0
END

node look.mjs | tee now.txt
diff seen.txt now.txt && echo "as seen"

#!/usr/bin/env bash
# @duckdb/node-api 1.5.6-r.1: DATE 'infinity', an end that never comes, is handed to JavaScript as the day 5881580-07-11, by
# getRowsJson as by String(), though the value itself says that it is not finite; the engine writes "infinity", and takes no
# such day for a date. TIMESTAMP comes as "infinity"; TIMESTAMP_NS as a day of 2262, at which nobody would wonder.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund @duckdb/node-api@1.5.6-r.1

cat >look.mjs <<'END'
import { DuckDBInstance } from "@duckdb/node-api"

const connection = await (await DuckDBInstance.create(":memory:")).connect()
for (const type of ["DATE", "TIMESTAMP", "TIMESTAMPTZ", "TIMESTAMP_NS"]) {
  const reader = await connection.runAndReadAll(`SELECT ${type} 'infinity', ${type} '-infinity', CAST(${type} 'infinity' AS VARCHAR)`)
  const [[end, begin, engine]] = reader.getRowsJson()
  const [value] = reader.getRows()[0]
  console.log(`${type}: ${end} and ${begin}; String() ${value}; finite: ${value.isFinite}; the engine writes ${engine}`)
}
const [[date]] = (await connection.runAndReadAll("SELECT DATE 'infinity'")).getRowsJson()
const reader = await connection.runAndReadAll(`SELECT TRY_CAST('${date}' AS DATE)`)
console.log(`${date} read by the engine: ${reader.getRowsJson()[0][0]}`)
END

cat >seen.txt <<'END'
DATE: 5881580-07-11 and 5877642-06-24 (BC); String() 5881580-07-11; finite: false; the engine writes infinity
TIMESTAMP: infinity and -infinity; String() infinity; finite: false; the engine writes infinity
TIMESTAMPTZ: infinity and -infinity; String() infinity; finite: false; the engine writes infinity
TIMESTAMP_NS: 2262-04-11 23:47:16.854775807 and 1677-09-21 00:12:43.145224193; String() 2262-04-11 23:47:16.854775807; finite: false; the engine writes infinity
5881580-07-11 read by the engine: null
END

node look.mjs | tee now.txt
diff seen.txt now.txt && echo "as seen"

#!/usr/bin/env bash
# DuckDB 1.5.6: a text becomes a DATE although something else stands behind the date, by CAST as by TRY_CAST; "infinity"
# is a date too; and %Y of strptime takes a year of two digits for one of the first century.
# An end of enrollment written 7/31/27 is then long past.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund @duckdb/node-api@1.5.6-r.1

cat >look.mjs <<'END'
import { DuckDBInstance } from "@duckdb/node-api"

const connection = await (await DuckDBInstance.create(":memory:")).connect()
for (const expression of [
  "CAST('2026-10-01x' AS DATE)",
  "CAST('2026-10-01 until further notice' AS DATE)",
  "TRY_CAST('27-07-31' AS DATE)",
  "isfinite(CAST('infinity' AS DATE))",
  "CAST(try_strptime('7/31/27', '%m/%d/%Y') AS DATE)"
]) {
  const reader = await connection.runAndReadAll(`SELECT CAST(${expression} AS VARCHAR)`)
  console.log(`${expression} = ${reader.getRows()[0][0]}`)
}
END

cat >seen.txt <<'END'
CAST('2026-10-01x' AS DATE) = 2026-10-01
CAST('2026-10-01 until further notice' AS DATE) = 2026-10-01
TRY_CAST('27-07-31' AS DATE) = 0027-07-31
isfinite(CAST('infinity' AS DATE)) = false
CAST(try_strptime('7/31/27', '%m/%d/%Y') AS DATE) = 0027-07-31
END

node look.mjs | tee now.txt
diff seen.txt now.txt && echo "as seen"

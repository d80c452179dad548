#!/usr/bin/env bash
# DuckDB 1.5.6: the difference of two timestamps is an INTERVAL, and COPY to Parquet takes it or not by its rows: one that
# goes backwards ends the whole COPY, and one that goes forwards loses what is below a millisecond, without a word.
# What was written every night is written no more once a single row is ahead of the clock.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund @duckdb/node-api@1.5.6-r.1

cat >look.mjs <<'END'
import { DuckDBInstance } from "@duckdb/node-api"

const connection = await (await DuckDBInstance.create(":memory:")).connect()
const one = async (sql) => (await connection.runAndReadAll(sql)).getRowsJson()[0][0]
await connection.run("CREATE TABLE run AS SELECT TIMESTAMP '2026-10-01 07:00:00.250999' AS now")
for (const changed of ["2026-10-01 06:59:59", "2026-10-01 07:00:01"]) {
  await connection.run(`CREATE OR REPLACE TABLE age AS SELECT now - TIMESTAMP '${changed}' AS age FROM run`)
  const table = await one("SELECT age::VARCHAR FROM age")
  try {
    await connection.run("COPY age TO 'age.parquet' (FORMAT parquet)")
    console.log(`${table} comes back as ${await one("SELECT age::VARCHAR FROM 'age.parquet'")}`)
  } catch (error) {
    console.log(`${table} is refused: ${error.message}`)
  }
}
END

cat >seen.txt <<'END'
00:00:01.250999 comes back as 00:00:01.25
-00:00:00.749001 is refused: IO Error: Parquet files do not support negative intervals
END

node look.mjs | tee now.txt
diff seen.txt now.txt && echo "as seen"

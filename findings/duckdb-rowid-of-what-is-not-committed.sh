#!/usr/bin/env bash
# @duckdb/node-api 1.5.6-r.1: rows that a transaction has inserted are numbered from 36028797018960000 until it commits, and
# from where the table ends afterwards, while the documentation calls row ids contiguous from 0 where nothing was deleted.
# Those of a temporary table made in it, too. They lie above 2^53: as JavaScript numbers, neighbours are one.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund @duckdb/node-api@1.5.6-r.1

cat >look.mjs <<'END'
import { DuckDBInstance } from "@duckdb/node-api"

const connection = await (await DuckDBInstance.create(":memory:")).connect()
const rowIds = async (table) =>
  (await (await connection.run(`SELECT rowid FROM ${table} ORDER BY grade`)).getRows()).map(([id]) => id)
await connection.run("CREATE TABLE score AS SELECT unnest([70, 80]) AS grade")
await connection.run("BEGIN")
await connection.run("INSERT INTO score VALUES (90), (91)")
await connection.run("CREATE TEMP TABLE late AS SELECT unnest([60, 65]) AS grade")
const within = await rowIds("score")
console.log(`within the transaction: ${within.join(", ")}; of the temporary table ${(await rowIds("late")).join(", ")}`)
console.log(`as numbers: ${within.map(Number).join(", ")}; distinct: ${new Set(within.map(Number)).size} of ${within.length}`)
await connection.run("COMMIT")
console.log(`after it: ${(await rowIds("score")).join(", ")}; of the temporary table ${(await rowIds("late")).join(", ")}`)
END

cat >seen.txt <<'END'
within the transaction: 0, 1, 36028797018960000, 36028797018960001; of the temporary table 36028797018960000, 36028797018960001
as numbers: 0, 1, 36028797018960000, 36028797018960000; distinct: 3 of 4
after it: 0, 1, 2, 3; of the temporary table 0, 1
END

node look.mjs | tee now.txt
diff seen.txt now.txt && echo "as seen"

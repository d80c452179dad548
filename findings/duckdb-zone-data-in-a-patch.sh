#!/usr/bin/env bash
# A patch release of the engine moves local dates: Alberta stopped changing its clocks in 2026, which @duckdb/node-api
# 1.5.5-r.5 does not know and 1.5.6-r.1 does. Half an hour before or after midnight in winter is another day.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund old@npm:@duckdb/node-api@1.5.5-r.5 new@npm:@duckdb/node-api@1.5.6-r.1

cat >look.mjs <<'END'
const name = process.argv[2]
const { DuckDBInstance } = await import(name)
const connection = await (await DuckDBInstance.create(":memory:")).connect()
const local = (zone) => `timezone('${zone}', TIMESTAMPTZ '2026-12-01 06:30:00+00')::VARCHAR`
const reader = await connection.runAndReadAll(`SELECT version(), ${local("America/Edmonton")}, ${local("America/Chicago")}`)
console.log(reader.getRows()[0].join(" | "))
END

cat >seen.txt <<'END'
v1.5.5 | 2026-11-30 23:30:00 | 2026-12-01 00:30:00
v1.5.6 | 2026-12-01 00:30:00 | 2026-12-01 00:30:00
END

{ node look.mjs old; node look.mjs new; } | tee now.txt
diff seen.txt now.txt && echo "as seen"

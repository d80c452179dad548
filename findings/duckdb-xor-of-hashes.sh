#!/usr/bin/env bash
# DuckDB 1.5.6: hash(a, b) folds its arguments by xor after the first, so that bit_xor(hash(key, value)) over a table is
# the same whichever key has which value. A struct and a list are folded alike. "The sums agree, so nothing changed" is
# then no proof: two pupils who exchange their records leave the sum as it was.
# Where a list ends is no part of a hash either.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund @duckdb/node-api@1.5.6-r.1

cat >look.mjs <<'END'
import { DuckDBInstance } from "@duckdb/node-api"

const connection = await (await DuckDBInstance.create(":memory:")).connect()
const sum = async (expression, values) => {
  const reader = await connection.runAndReadAll(`SELECT bit_xor(${expression}) FROM (VALUES ${values}) AS t(key, value)`)
  return reader.getRows()[0][0]
}
for (const expression of ["hash(key, value)", "hash({a: key, b: value})", "hash([key, value])", "hash(key || chr(0) || value)"]) {
  const before = await sum(expression, "('k1', 'Ada'), ('k2', 'Ben'), ('k3', 'Cy')")
  const swapped = await sum(expression, "('k1', 'Ben'), ('k2', 'Ada'), ('k3', 'Cy')")
  const rotated = await sum(expression, "('k1', 'Cy'), ('k2', 'Ada'), ('k3', 'Ben')")
  console.log(`${expression}: exchange of two ${before === swapped ? "missed" : "seen"}, rotation of three ${before === rotated ? "missed" : "seen"}`)
}
for (const [one, other] of [["hash(['a', 'b'], NULL::VARCHAR[])", "hash(['a'], ['b'])"], ["hash([['a'], ['b']])", "hash([['a', 'b']])"]]) {
  const reader = await connection.runAndReadAll(`SELECT ${one} = ${other}`)
  console.log(`${one} = ${other}: ${reader.getRows()[0][0]}`)
}
END

cat >seen.txt <<'END'
hash(key, value): exchange of two missed, rotation of three missed
hash({a: key, b: value}): exchange of two missed, rotation of three missed
hash([key, value]): exchange of two missed, rotation of three missed
hash(key || chr(0) || value): exchange of two seen, rotation of three seen
hash(['a', 'b'], NULL::VARCHAR[]) = hash(['a'], ['b']): true
hash([['a'], ['b']]) = hash([['a', 'b']]): true
END

node look.mjs | tee now.txt
diff seen.txt now.txt && echo "as seen"

#!/usr/bin/env bash
# @duckdb/node-api 1.5.5-r.5 and 1.5.6-r.1 side by side in one Node process: the second one loaded runs on the first one's
# engine, without a word. Both bindings bring a libduckdb.so of one name, and the loader of Linux takes the one it has.
# A comparison of two versions wants two processes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund old@npm:@duckdb/node-api@1.5.5-r.5 new@npm:@duckdb/node-api@1.5.6-r.1

cat >versions.cjs <<'END'
module.exports = { old: require("old/package.json").version, new: require("new/package.json").version }
END

cat >look.mjs <<'END'
import versions from "./versions.cjs"

for (const name of ["old", "new"]) {
  const { DuckDBInstance } = await import(name)
  const connection = await (await DuckDBInstance.create(":memory:")).connect()
  const reader = await connection.runAndReadAll("SELECT version()")
  console.log(`${versions[name]} runs ${reader.getRows()[0][0]}`)
}
END

cat >seen.txt <<'END'
1.5.5-r.5 runs v1.5.5
1.5.6-r.1 runs v1.5.5
END

node look.mjs | tee now.txt
diff seen.txt now.txt && echo "as seen"

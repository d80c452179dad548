#!/usr/bin/env bash
# All releases of @duckdb/node-api are named like 1.5.6-r.1, which semver takes for a pre-release: a caret range made by
# npm install takes no later engine version, not even a patch, and npm update says that all is up to date.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund semver@7.7.3

cat >look.mjs <<'END'
import semver from "semver"

const range = "^1.5.5-r.5"
for (const version of ["1.5.5-r.9", "1.5.6-r.1", "1.6.0-r.1"]) {
  console.log(`${range} takes @duckdb/node-api ${version}: ${semver.satisfies(version, range)}`)
}
END

cat >seen.txt <<'END'
^1.5.5-r.5 takes @duckdb/node-api 1.5.5-r.9: true
^1.5.5-r.5 takes @duckdb/node-api 1.5.6-r.1: false
^1.5.5-r.5 takes @duckdb/node-api 1.6.0-r.1: false
END

node look.mjs | tee now.txt
diff seen.txt now.txt && echo "as seen"

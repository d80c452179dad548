#!/usr/bin/env bash
# effect 3.22.4: Cron.parse takes a date that never comes, the 31st of February; Cron.next throws, outside of any Effect
# and with no word on the expression.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund effect@3.22.4

cat >look.mjs <<'END'
import * as Cron from "effect/Cron"
import * as Either from "effect/Either"

const parsed = Cron.parse("0 2 31 2 *", "America/Chicago")
console.log(`parse: ${parsed._tag}`)
try {
  console.log(`next: ${Cron.next(Either.getOrThrow(parsed), new Date("2026-01-01T00:00:00Z")).toISOString()}`)
} catch (error) {
  console.log(`next throws: ${error.message}`)
}
END

cat >seen.txt <<'END'
parse: Right
next throws: Unable to find next cron date
END

node look.mjs | tee now.txt
diff seen.txt now.txt && echo "as seen"

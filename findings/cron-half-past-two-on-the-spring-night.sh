#!/usr/bin/env bash
# "30 2 * * *" in America/Chicago, on the night on which 02:30 does not exist (2026-03-08): effect 3.22.4 runs at 03:30,
# as did croner 10.0.1; croner 11.0.1 and cron 4.4.0 run at 03:00. `CronTime` of cron is given the zone, and its
# getNextDateFrom(date) answers in UTC all the same, unless the zone is given once more.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund effect@3.22.4 croner10@npm:croner@10.0.1 croner11@npm:croner@11.0.1 cron@4.4.0

cat >look.mjs <<'END'
import * as Cron from "effect/Cron"
import * as Either from "effect/Either"
import { Cron as Croner10 } from "croner10"
import { Cron as Croner11 } from "croner11"
import { CronTime } from "cron"

const [expression, zone, evening] = ["30 2 * * *", "America/Chicago", new Date("2026-03-08T00:00:00Z")]
const local = (date) => date.toLocaleString("sv", { timeZone: zone })
console.log(`effect: ${local(Cron.next(Either.getOrThrow(Cron.parse(expression, zone)), evening))}`)
console.log(`croner 10: ${local(new Croner10(expression, { timezone: zone }).nextRun(evening))}`)
console.log(`croner 11: ${local(new Croner11(expression, { timezone: zone }).nextRun(evening))}`)
console.log(`cron: ${new CronTime(expression, zone).getNextDateFrom(evening).toISO()}`)
console.log(`cron, zone given twice: ${new CronTime(expression, zone).getNextDateFrom(evening, zone).toISO()}`)
END

cat >seen.txt <<'END'
effect: 2026-03-08 03:30:00
croner 10: 2026-03-08 03:30:00
croner 11: 2026-03-08 03:00:00
cron: 2026-03-08T02:30:00.000+00:00
cron, zone given twice: 2026-03-08T03:00:00.000-05:00
END

node look.mjs | tee now.txt
diff seen.txt now.txt && echo "as seen"

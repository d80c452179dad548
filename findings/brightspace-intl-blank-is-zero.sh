#!/usr/bin/env bash
# @brightspace-ui/intl 3.43.0, with which Brightspace reads what people type: a blank text is the number 0, so that an
# empty field for points reads as a zero; 1.2.3 is 1.23; the time 25:00 is 23:00 and 1:60 PM is 1:59 PM; and the number
# 1e21 is written "1e,+21".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund @brightspace-ui/intl@3.43.0

cat >look.mjs <<'END'
const attributes = { lang: "en-us" }
globalThis.navigator ??= { language: "en-US" }
globalThis.MutationObserver = class { observe() {} }
globalThis.document = {
  documentElement: { getAttribute: (name) => attributes[name] ?? null, hasAttribute: () => false },
  addEventListener() {},
  dispatchEvent() {}
}
const { parseNumber, formatNumber } = await import("@brightspace-ui/intl/lib/number.js")
const { parseTime } = await import("@brightspace-ui/intl/lib/dateTime.js")
console.log(`blank = ${parseNumber("")}, letters = ${parseNumber("abc")}, 1.2.3 = ${parseNumber("1.2.3")}`)
for (const text of ["25:00", "1:60 PM"]) {
  const time = parseTime(text)
  console.log(`${text} = ${time.getHours()}:${time.getMinutes()}`)
}
console.log(`1e21 = ${formatNumber(1e21)}`)
END

cat >seen.txt <<'END'
blank = 0, letters = NaN, 1.2.3 = 1.23
25:00 = 23:0
1:60 PM = 13:59
1e21 = 1e,+21
END

node look.mjs | tee now.txt
diff seen.txt now.txt && echo "as seen"

#!/usr/bin/env bash
# @brightspace-ui/intl 3.43.0 multiplies a percentage by 100 in binary numbers before it rounds: 0.145 without decimals is 14 %,
# though its own formatNumber makes 0.15 of it, and Intl 15%. Of the thousand percentages that end in half a tenth, 125 are shown
# a tenth lower than Intl shows them, none higher; of as many plain numbers, none is shown otherwise.
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
const { formatNumber, formatPercent } = await import("@brightspace-ui/intl/lib/number.js")
const digits = (most) => ({ maximumFractionDigits: most })
const percent = (value, most) => new Intl.NumberFormat("en-US", { style: "percent", ...digits(most) }).format(value)
for (const value of [0.145, 0.285, 0.565, 0.575]) {
  const percentages = `formatPercent ${formatPercent(value, digits(0))}, Intl ${percent(value, 0)}`
  console.log(`${value}: formatNumber ${formatNumber(value, digits(2))}, ${percentages}`)
}
const halves = Array.from({ length: 1000 }, (_, index) => index * 10 + 5)
const lower = halves.map((half) => parseFloat(percent(half / 1e4, 1)) - parseFloat(formatPercent(half / 1e4, digits(1))))
console.log(`percentages lower than Intl has them: ${lower.filter((by) => by > 0).length} of ${halves.length}; higher: ${lower.filter((by) => by < 0).length}`)
const plain = new Intl.NumberFormat("en-US", digits(2))
console.log(`numbers otherwise: ${halves.filter((half) => formatNumber(half / 1e3, digits(2)) !== plain.format(half / 1e3)).length}`)
END

cat >seen.txt <<'END'
0.145: formatNumber 0.15, formatPercent 14 %, Intl 15%
0.285: formatNumber 0.29, formatPercent 28 %, Intl 29%
0.565: formatNumber 0.57, formatPercent 56 %, Intl 57%
0.575: formatNumber 0.58, formatPercent 57 %, Intl 58%
percentages lower than Intl has them: 125 of 1000; higher: 0
numbers otherwise: 0
END

node look.mjs | tee now.txt
diff seen.txt now.txt && echo "as seen"

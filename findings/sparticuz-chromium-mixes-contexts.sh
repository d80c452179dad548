#!/usr/bin/env bash
# @sparticuz/chromium 143.0.4 starts the browser, by the arguments that it recommends, as one process, and two contexts of
# playwright-core 1.65.1 that are open at once share what should be apart: what the pages of both fetch carries the cookie of
# the first. A test with two people signed in sees one of them twice, and passes or fails for the wrong reason. Without
# --single-process and --no-zygote each sends its own.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund @sparticuz/chromium@143.0.4 playwright-core@1.65.1

cat >look.mjs <<'END'
import { createServer } from "node:http"
import chromium from "@sparticuz/chromium"
import { chromium as playwright } from "playwright-core"

const server = createServer((request, response) => response.end(request.headers.cookie ?? "none"))
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve))
const url = `http://127.0.0.1:${server.address().port}/`
const seen = async (args) => {
  const browser = await playwright.launch({ executablePath: await chromium.executablePath(), args, headless: true })
  const pages = []
  for (const value of ["1", "2"]) {
    const context = await browser.newContext()
    await context.addCookies([{ name: "who", value, url }])
    pages.push(await context.newPage())
  }
  const told = []
  for (const page of pages) {
    await page.goto(url)
    told.push(await page.evaluate(async () => (await fetch("/asked")).text()))
  }
  await browser.close()
  return told.join(" and ")
}
console.log(`as recommended: ${await seen(chromium.args)}`)
const apart = chromium.args.filter((one) => one !== "--single-process" && one !== "--no-zygote")
console.log(`as processes of their own: ${await seen(apart)}`)
server.close()
END

cat >seen.txt <<'END'
as recommended: who=1 and who=1
as processes of their own: who=1 and who=2
END

node look.mjs 2>/dev/null | tee now.txt
diff seen.txt now.txt && echo "as seen"

#!/usr/bin/env bash
# preact 11.2.0 and preact-render-to-string 6.8.2, which says that it goes with it, make two pages of one component. The renderer
# still writes px behind a number in a style: a width of 10 is one from the server and none in the browser, an aspect ratio of 2
# the other way about. And what is hidden={0} or disabled={0} is hidden and disabled as the server writes it alone.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund preact@11.2.0 preact-render-to-string@6.8.2 esbuild@0.28.2 \
  @sparticuz/chromium@143.0.4 playwright-core@1.65.1

cat >page.js <<'END'
import { h, render } from "preact"
import { renderToString } from "preact-render-to-string"

const seen = (look, show) => {
  const root = document.createElement("main")
  document.body.replaceChildren(root)
  show(root)
  return look(root.firstElementChild)
}
const style = (name) => (element) => getComputedStyle(element)[name]
globalThis.told = [
  ["style.width of 10", style("width"), () => h("span", { style: { width: 10, display: "inline-block" } })],
  ["style.aspectRatio of 2", style("aspectRatio"), () => h("div", { style: { aspectRatio: 2 } })],
  ["hidden={0}", style("display"), () => h("p", { hidden: 0 }, "text")],
  ["disabled={0}", (button) => (button.disabled ? "disabled" : "enabled"), () => h("button", { disabled: 0 })]
].map(([name, look, node]) => {
  const server = seen(look, (root) => (root.innerHTML = renderToString(node())))
  return `${name}: as the server writes it ${server}, in the browser ${seen(look, (root) => render(node(), root))}`
})
END
npx esbuild page.js --bundle --format=esm --outfile=bundle.js --log-level=error

cat >look.mjs <<'END'
import { readFileSync } from "node:fs"
import chromium from "@sparticuz/chromium"
import { chromium as playwright } from "playwright-core"

const { peerDependencies } = JSON.parse(readFileSync("node_modules/preact-render-to-string/package.json", "utf8"))
console.log(`the renderer goes with preact ${peerDependencies.preact}`)
const browser = await playwright.launch({
  executablePath: process.env.CHROMIUM ?? (await chromium.executablePath()),
  args: ["--no-sandbox"],
  headless: true
})
const page = await browser.newPage()
await page.setContent("<!doctype html><html lang=en><title>Two pages</title><body></body></html>")
await page.addScriptTag({ content: readFileSync("bundle.js", "utf8"), type: "module" })
await page.waitForFunction(() => globalThis.told !== undefined)
for (const line of await page.evaluate(() => globalThis.told)) console.log(line)
await browser.close()
END

cat >seen.txt <<'END'
the renderer goes with preact >=10 || >= 11.0.0-0
style.width of 10: as the server writes it 10px, in the browser 0px
style.aspectRatio of 2: as the server writes it auto, in the browser 2 / 1
hidden={0}: as the server writes it none, in the browser block
disabled={0}: as the server writes it disabled, in the browser enabled
END

node look.mjs 2>/dev/null | tee now.txt
diff seen.txt now.txt && echo "as seen"

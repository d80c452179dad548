import { expect } from "vitest"
import type { Page } from "playwright-core"

/** What a person does at a keyboard, and what they are told. */

/** What has the focus, as the accessibility tree tells it: `button "Approve"`. */
export const focused = async (page: Page): Promise<string> => {
  const place = page.locator(":focus").last()
  const text = (await place.count()) === 0 ? "" : await place.ariaSnapshot()
  return (
    text
      .split("\n")[0]
      ?.replace(/^- /, "")
      .replaceAll(/ \[[^\]]*\]/g, "") ?? ""
  )
}

/** Goes on with Tab until something is reached, which must be seen to have the focus. */
export const tabTo = async (page: Page, what: RegExp, key = "Tab"): Promise<void> => {
  const passed: Array<string> = []
  for (let count = 0; count < 90; count++) {
    await page.keyboard.press(key)
    const now = await focused(page)
    if (what.test(now)) return expectVisibleFocus(page, now)
    passed.push(now)
  }
  throw new Error(`${what} is not reached by ${key}; there were ${passed.join(", ")}`)
}

/** Looks at what has the focus with and without it. */
const expectVisibleFocus = async (page: Page, what: string): Promise<void> => {
  const place = page.locator(":focus").last()
  const box = await place.boundingBox()
  if (box === null) throw new Error(`${what} has the focus and is not seen`)
  const clip = { x: Math.max(0, box.x - 6), y: Math.max(0, box.y - 6), width: box.width + 12, height: box.height + 12 }
  const look = () => page.screenshot({ clip, animations: "disabled", caret: "hide" })
  const withFocus = await look()
  const handle = await place.elementHandle()
  await handle?.evaluate((element: { blur(): void }) => element.blur())
  const without = await look()
  await handle?.evaluate((element: { focus(): void }) => element.focus())
  expect(withFocus.equals(without), `${what} looks the same with the focus`).toBe(false)
}

/** The frame of a page as the accessibility tree has it: what there is to read and to do, without what the tables hold; of several alike after each other one. */
export const outlineOf = async (page: Page): Promise<string> => {
  // A component names its field when it has drawn itself.
  await page.evaluate(
    "Promise.all([...document.querySelectorAll('*')].flatMap((one) => one.localName.includes('-') ? [customElements.whenDefined(one.localName).then(() => one.updateComplete)] : []))"
  )
  const tree = await page.locator("body").ariaSnapshot()
  const kept =
    /^(?:banner|navigation|main|heading|region|table|group|search|form|button|link|textbox|combobox|radio|checkbox|status|alert|alertdialog|img|columnheader)\b/
  return tree
    .split("\n")
    .flatMap((line) => {
      const text = line.trim().replace(/^- /, "")
      return kept.test(text) ? [`${" ".repeat(Math.min(line.search(/\S/), 6))}${settled(text)}`] : []
    })
    .filter((line, index, lines) => line !== lines[index - 1])
    .join("\n")
}

/** Without what is another one every time: days, times, numbers, plans. */
const settled = (text: string): string =>
  text
    .replace(/:$/, "")
    .replace(/: .*$/, "")
    .replaceAll(/\b[a-z]+-\d{4}-\d\d-\d\d-\d+/g, "PLAN")
    .replaceAll(/[A-Z][a-z]{2} \d{1,2}, \d{4}(?:, \d{1,2}:\d\d.[AP]M [A-Z]{3,4})?/g, "TIME")
    .replaceAll(/\d+/g, "N")
    .replaceAll(/ \[(?:level=N|checked|disabled|cursor=\w+|active)\]/g, "")

/**
 * Texts of a page that are English by their small words, apart from what is data, code or said to be English; and names of
 * parts that are told to nobody but by a screen reader.
 */
export const englishIn = (page: Page, data: ReadonlyArray<string>): Promise<ReadonlyArray<string>> =>
  page.evaluate(`(${lookForEnglish})(${JSON.stringify(data)})`)

const lookForEnglish = String.raw`(data) => {
  const small = /\b(?:the|is|are|was|were|of|and|not|its|this|that|which|been|would|it|by|with|from|no longer|new at)\b/i
  const found = new Set()
  const look = (text) => {
    const plain = data.reduce((left, one) => left.replaceAll(one, ""), text ?? "")
    if (small.test(plain)) found.add(plain.trim())
  }
  const walk = (node) => {
    if (node.nodeType === 3) return look(node.textContent)
    if (node.nodeType !== 1 && node.nodeType !== 11) return
    if (node.nodeType === 1) {
      if (node.matches("code, pre, style, script, noscript, [lang=en]:not(html)")) return
      for (const name of ["aria-label", "label", "text", "description", "title"]) look(node.getAttribute(name))
      if (node.shadowRoot !== null) walk(node.shadowRoot)
    }
    node.childNodes.forEach(walk)
  }
  look(document.title)
  walk(document.body)
  return [...found]
}`

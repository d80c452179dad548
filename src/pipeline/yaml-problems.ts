import { type Alias, type Document, isAlias, isMap, isScalar, isSeq, type Node, type Scalar, type YAMLMap } from "yaml"
import { suggestion } from "../core/nearest.ts"
import type { Problem } from "./yaml-bounds.ts"

/** A document looked through once: what is wrong with it, and what its aliases and keys stand for. */
export interface Examined {
  readonly problems: ReadonlyArray<Problem>
  /** The value each alias stands for. */
  readonly targets: ReadonlyMap<Alias, Node>
  /** The pairs of each map by their key, as text. */
  readonly pairs: ReadonlyMap<YAMLMap, ReadonlyMap<string, { readonly key: Node; readonly value: Node | null }>>
}

/**
 * Looks through a document. Of what the parser cannot read only the first is told: what follows is its consequence.
 * Then what it reads, and a person did not mean: keys that become the same text, or another than is written, keys to
 * merge, tags, aliases that cannot be followed or unfold to far too much.
 */
export const examine = (text: string, document: Document.Parsed): Examined => {
  const unread = unreadable(text, document)
  if (unread !== null) return { problems: [unread], targets: new Map(), pairs: new Map() }
  const examined = new Examination()
  if (document.contents !== null) {
    const size = examined.visit(document.contents, [])
    if (examined.problems.length === 0 && size > mostUnfolded)
      examined.complain({ range: [0, 1, 1] }, "its aliases unfold to far too much")
  }
  return examined
}

/** Values after aliases were followed. */
const mostUnfolded = 500_000

const said: Readonly<Record<string, readonly [message: string, hint: string]>> = {
  TAB_AS_INDENT: ["a tab stands where the line begins", "YAML is indented by blanks: put two for each tab"],
  MULTIPLE_DOCS: ["a second document begins here", "one file holds one: take the line --- out, or make two files"],
  BLOCK_IN_FLOW: [
    "inside { … } and [ … ] a value cannot hold a colon with a blank behind it, or begin a list by -",
    "put text with a colon in it in quotes"
  ],
  BLOCK_AS_IMPLICIT_KEY: [
    "a value holds a colon with a blank behind it, and reads as a key",
    "put text with a colon in it in quotes, and keys on lines of their own"
  ],
  BAD_DIRECTIVE: ["a line with % at its begin is read as a directive", "take it out: files are YAML 1.2"]
}

/** The first thing that the parser cannot read; null where it reads all. */
const unreadable = (text: string, document: Document.Parsed): Problem | null => {
  const [first] = [...document.errors].sort((one, other) => one.pos[0] - other.pos[0])
  const directive = /^%.*/m.exec(text.slice(0, document.contents?.range[0] ?? text.length))
  if (directive !== null) {
    const [message, hint] = said["BAD_DIRECTIVE"] ?? ["", ""]
    return { from: directive.index, to: directive.index + directive[0].length, message, hint }
  }
  if (first === undefined) return null
  const [message, hint] = said[first.code] ?? [first.message, ""]
  const quote = said[first.code] === undefined ? openQuote(document.contents, text, first.pos[0]) : null
  return quote === null
    ? { from: first.pos[0], to: first.pos[1], message, hint }
    : {
        from: quote,
        to: quote + 1,
        message: "this quote is not closed on its line, and what follows cannot be read",
        hint: 'close it; inside \'…\' a quote is written twice, inside "…" as \\"'
      }
}

/** The beginning of the quoted text that runs over lines up to a place: most often its quote was not closed. */
const openQuote = (node: Node | null, text: string, before: number): number | null => {
  let found: number | null = null
  const look = (one: Node | null | undefined): void => {
    if (isScalar(one) && one.type?.startsWith("QUOTE") === true && one.range) {
      const [from, to] = one.range
      if (from < before && to >= before - 1 - (/\s*$/.exec(text.slice(to, before))?.[0].length ?? 0))
        if (text.slice(from, to).includes("\n")) found = from
    } else if (isMap(one)) {
      for (const { key, value } of one.items) {
        look(key as Node | null)
        look(value as Node | null)
      }
    } else if (isSeq(one)) for (const item of one.items) look(item as Node | null)
  }
  look(node)
  return found
}

/** The text of a scalar that was read as something else than text. */
const asText = (scalar: Scalar): string => String(scalar.value)

class Examination implements Examined {
  readonly problems: Array<Problem> = []
  readonly targets = new Map<Alias, Node>()
  readonly pairs = new Map<YAMLMap, Map<string, { key: Node; value: Node | null }>>()
  readonly anchors = new Map<string, Node>()
  readonly sizes = new Map<Node, number>()

  complain(node: Pick<Node, "range">, message: string, hint = ""): void {
    const [from, to] = node.range ?? [0, 1]
    this.problems.push({ from, to, message, hint })
  }

  /** Looks at a value and all in it; gives how many values it is when its aliases are followed. */
  visit(node: Node, inside: ReadonlyArray<Node>): number {
    if (isAlias(node)) return this.alias(node, inside)
    if (node.anchor !== undefined) this.anchors.set(node.anchor, node)
    if (node.tag !== undefined && !/^tag:yaml\.org,2002:(str|int|float|bool|null|map|seq)$/.test(node.tag))
      this.complain(node, `there is no tag ${node.tag.replace(/^tag:yaml\.org,2002:/, "!!")} here`, "take it out")
    let size = 1
    if (isMap(node)) size += this.map(node, [...inside, node])
    else if (isSeq(node)) for (const item of node.items) size += this.visit(item as Node, [...inside, node])
    this.sizes.set(node, size)
    return size
  }

  map(node: YAMLMap, inside: ReadonlyArray<Node>): number {
    const pairs = new Map<string, { key: Node; value: Node | null }>()
    this.pairs.set(node, pairs)
    let size = 0
    for (const pair of node.items) {
      const key = pair.key as Node | null
      const value = pair.value as Node | null
      const name = this.key(key ?? value ?? node, key)
      const first = name === null ? undefined : pairs.get(name)
      if (name !== null && first !== undefined) {
        const isSpelledSo = isScalar(key) && isScalar(first.key) && key.value === first.key.value
        this.complain(
          key ?? node,
          `the key ${name} stands here a second time`,
          isSpelledSo ? "" : 'a key is text, with or without quotes: 1 and "1" are the same'
        )
      } else if (name !== null && key !== null) pairs.set(name, { key, value })
      if (value !== null) size += this.visit(value, inside)
    }
    return size
  }

  /** The text of a key; null where it is none, which was said. */
  key(place: Node, key: Node | null): string | null {
    if (isAlias(key)) this.complain(key, "an alias is no key", "write the key out")
    else if (!isScalar(key)) this.complain(place, "a key is text, not a list or a map of keys")
    else if (key.value === null) this.complain(place, "the key is missing before this colon")
    else if (key.type === "PLAIN" && key.value === "<<")
      this.complain(key, "keys are not merged here", "write them out, or give the alias as the whole value")
    else if (typeof key.value !== "string" && key.source !== asText(key))
      this.complain(key, `YAML reads this key as ${asText(key)}`, "put it in quotes")
    else return asText(key)
    return null
  }

  alias(alias: Alias, inside: ReadonlyArray<Node>): number {
    const named = this.anchors.get(alias.source)
    if (named === undefined) {
      this.complain(
        alias,
        `there is no anchor &${alias.source} before this alias`,
        suggestion(alias.source, [...this.anchors.keys()])
      )
    } else if (inside.includes(named)) this.complain(alias, `the alias *${alias.source} stands inside what it names`)
    else this.targets.set(alias, named)
    return named === undefined ? 1 : (this.sizes.get(named) ?? 1)
  }
}

/** The value of a node, aliases followed; what an alias names is made once and shared. */
export const valueOf = (node: Node | null, { targets }: Examined): unknown => {
  const made = new Map<Node, unknown>()
  const make = (one: Node | null): unknown => {
    if (one === null) return null
    if (isAlias(one)) return make(targets.get(one) ?? null)
    if (!made.has(one)) {
      made.set(
        one,
        isMap(one)
          ? Object.fromEntries(one.items.map((pair) => [asText(pair.key as Scalar), make(pair.value as Node | null)]))
          : isSeq(one)
            ? one.items.map((item) => make(item as Node))
            : one.value
      )
    }
    return made.get(one)
  }
  return make(node)
}

/** Use of the run's clock by an expression, found in the engine's tree of it. */
export interface ClockUse {
  /** Whether it looks at the moment, or at the whole row of the clock. */
  readonly asksNow: boolean
  /** Whether the day of the run is compared with days in reach and with nothing else. */
  readonly isKnown: boolean
  /** The columns with whose days it is compared: alias and column. */
  readonly columns: ReadonlyArray<readonly [alias: string, column: string]>
  /** Whether it is compared with members of a list. */
  readonly asksMembers: boolean
}

type Tree = Readonly<Record<string, unknown>>

/** Names that lambdas give to what they run over, and whether that is the members of a list that stands in a row. */
type Params = ReadonlyMap<string, boolean>

/** Whatever takes days and gives one of them. */
const choosing = new Set(["greatest", "least", "coalesce", "ifnull"])

/**
 * Follows the day of the run through an expression. `isOrder`: of the value only the order among the rows counts, so that a
 * day less another one is as good as that other one, where the first is the same in all rows.
 */
export const clockUse = (expression: unknown, isOrder: boolean): ClockUse => {
  const found = { asksNow: false, isKnown: true, columns: new Map<string, readonly [string, string]>(), members: false }

  /** A day: that of the run, that of a column, or one of several days. Anything else is not known to be one. */
  const day = (node: Tree, params: Params): void => {
    const path = pathOf(node)
    if (path !== null) {
      const clock = ofClock(path)
      if (clock === "now") found.asksNow = true
      else if (clock === null) {
        const [alias = "", column] = path
        const isMember = params.get(alias)
        if (isMember === true) found.members = true
        // The days of a list that is made here come from nobody knows where.
        else if (isMember === false) found.isKnown = false
        else if (column !== undefined && path.length === 2) found.columns.set(path.join("\n"), [alias, column])
        else found.isKnown = false
      }
      return
    }
    const isChoice =
      node["type"] === "OPERATOR_COALESCE" ||
      (node["class"] === "FUNCTION" && choosing.has(String(node["function_name"]).toLowerCase()))
    if (isChoice) for (const child of childrenOf(node)) day(child, params)
    else found.isKnown = false
  }

  const visit = (value: unknown, params: Params): void => {
    if (Array.isArray(value)) return value.forEach((one) => visit(one, params))
    if (typeof value !== "object" || value === null) return
    const node = value as Tree
    const path = pathOf(node)
    if (path !== null) {
      const clock = ofClock(path)
      if (clock === "now") found.asksNow = true
      // Neither compared nor set in order: its value goes on.
      if (clock === "day") found.isKnown = false
      return
    }
    const { children, ...others } = node
    if (Array.isArray(children) && children.some(isLambda)) {
      const areMembers = isStored(node, params)
      for (const child of children as ReadonlyArray<Tree>) {
        const names = isLambda(child) ? childrenIn(child["lhs"]).flatMap((one) => pathOf(one) ?? []) : []
        visit(
          isLambda(child) ? child["expr"] : child,
          new Map([...params, ...names.map((name) => [name, areMembers] as const)])
        )
      }
      return visit(Object.values(others), params)
    }
    const sides = comparedIn(node)
    if (sides !== null && sides.some(mentionsClock)) return sides.forEach((side) => day(side, params))
    Object.values(node).forEach((member) => visit(member, params))
  }

  const root = expression as Tree
  const [first, second] = childrenOf(root)
  const isDifference =
    isOrder &&
    root["class"] === "FUNCTION" &&
    root["function_name"] === "-" &&
    first !== undefined &&
    second !== undefined
  if (isDifference && ofClock(pathOf(first) ?? []) === "day") {
    if (mentionsClock(second)) day(second, new Map())
  } else visit(root, new Map())
  return {
    asksNow: found.asksNow,
    isKnown: found.isKnown,
    columns: [...found.columns.values()],
    asksMembers: found.members
  }
}

const isLambda = (node: Tree): boolean => node["class"] === "LAMBDA"

/** Whether a function with a lambda hands it the members of a list as they stand in a row, and nothing that it made itself. */
const isStored = (node: Tree, params: Params): boolean => {
  const [list] = childrenOf(node)
  const path = list === undefined ? null : pathOf(list)
  const accumulates = /reduce/i.test(String(node["function_name"]))
  return !accumulates && path?.length === 2 && params.get(path[0] ?? "") !== false
}

/** The operands of a comparison; null where the node is none. */
const comparedIn = (node: Tree): ReadonlyArray<Tree> | null => {
  switch (node["class"]) {
    case "COMPARISON":
      return [node["left"] as Tree, node["right"] as Tree]
    case "BETWEEN":
      return [node["input"] as Tree, node["lower"] as Tree, node["upper"] as Tree]
    default:
      return null
  }
}

const mentionsClock = (value: unknown): boolean => {
  if (Array.isArray(value)) return value.some(mentionsClock)
  if (typeof value !== "object" || value === null) return false
  const path = pathOf(value as Tree)
  return path === null ? Object.values(value).some(mentionsClock) : ofClock(path) !== null
}

/** The column of the clock that a path names, also without its table; null where it names none. */
const ofClock = (path: ReadonlyArray<string>): "day" | "now" | null => {
  const [first = "", second] = path.map((one) => one.toLowerCase())
  const column = first === "run" ? second : path.length === 1 ? first : undefined
  if (column === "as_of") return "day"
  return column === "now" || (first === "run" && column !== "timezone") ? "now" : null
}

const pathOf = (node: Tree): ReadonlyArray<string> | null =>
  node["class"] === "COLUMN_REF" ? (node["column_names"] as ReadonlyArray<string>) : null

const childrenOf = (node: Tree): ReadonlyArray<Tree> => childrenIn(node["children"])

const childrenIn = (value: unknown): ReadonlyArray<Tree> => {
  if (Array.isArray(value)) return value.flatMap(childrenIn)
  if (typeof value !== "object" || value === null) return []
  const node = value as Tree
  // Several names before the arrow are a row of them.
  return node["class"] === "FUNCTION" && node["function_name"] === "row" ? childrenOf(node) : [node]
}

import { allGuards } from "./derived.ts"

const places = { guards: "", classes: "load.people.classes.", families: "load.people.families." }

/** Markdown for people: the guards in the order in which they are asked, what each holds, and its keys. */
export const guardReference = (): string =>
  [
    "## The guards, in the order in which they are asked",
    "",
    "A step stays under the first guard that trips over it. What it is called here stands in plans. Limits without a dot",
    "are keys of [Guards](#guards).",
    "",
    "| guard | holds | limits |",
    "|---|---|---|",
    ...allGuards.map(({ at, describe, keys, name }) => {
      const limits = Object.keys(keys).map((key) => `\`${places[at]}${key}\``)
      return `| \`${name}\` | ${describe} | ${limits.join(", ")} |`
    }),
    ""
  ].join("\n")

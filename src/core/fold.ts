import { withoutWidth } from "./text.ts"

/** A name as it is compared: people and tenants go by neither case nor outer spaces. */
export const foldName = (name: string): string => name.trim().toLowerCase()

const unseen = new RegExp(`[\\p{M}${withoutWidth((character) => `\\u${character}`)}]`, "gu")

/** A name as any system might compare it: by neither case nor width, accents, outer spaces or what nobody sees. */
export const alikeName = (name: string): string => foldName(name.normalize("NFKD").replaceAll(unseen, ""))

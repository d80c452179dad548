import { rangesOf, spelled, withoutWidth } from "./text.ts"

/** A name as it is compared: people and tenants go by neither case nor outer spaces. */
export const foldName = (name: string): string => name.trim().toLowerCase()

const unseen = new RegExp(`[\\p{M}${withoutWidth((character) => `\\u${character}`)}]`, "gu")

/** A name as any system might compare it: by neither case nor width, accents, outer spaces or what nobody sees. */
export const alikeName = (name: string): string => foldName(name.normalize("NFKD").replaceAll(unseen, ""))

/** The ASCII characters that have a full-width form, and these forms, in the same order. */
export const ofAnyWidth = Array.from({ length: 94 }, (_, index) => ({
  ascii: String.fromCodePoint(0x21 + index),
  wide: String.fromCodePoint(0xff01 + index)
}))

let apart: string | null = null

/**
 * The characters that `alikeName` takes apart, or takes for others, beyond accents and the width of ASCII, as a class of a regular
 * expression: ligatures, small and encircled digits, signs made of letters. `spell` writes one of them as `withoutWidth` has it.
 */
export const takenApart = (spell: (hexadecimal: string) => string): string => {
  apart ??= rangesOf((one) => {
    const accentsAlone = one.normalize("NFD")
    const all = one.normalize("NFKD")
    return all !== one && all !== accentsAlone && !ofAnyWidth.some(({ wide }) => wide === one)
  })
  return spelled(apart, spell)
}

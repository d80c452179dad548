/** Text as rollbook keeps it, where it does not come through the engine: the same as `normalised` of landed rows. */

/**
 * Characters that take no width and are neither space nor control, as a class of a regular expression: they make a name
 * that nobody sees. `spell` writes one of them, given in hexadecimal, as the dialect at hand does.
 */
export const withoutWidth = (spell: (hexadecimal: string) => string): string =>
  spelled("00AD 034F 061C 115F 1160 17B4 17B5 180E 200B-200F 202A-202E 2060-206F 2800 3164 FEFF FFA0 FFF9-FFFB", spell)

/** Ranges in hexadecimal, apart by blanks, as the inner part of a class of a regular expression. */
export const spelled = (ranges: string, spell: (hexadecimal: string) => string): string =>
  ranges
    .split(" ")
    .map((range) => range.split("-").map(spell).join("-"))
    .join("")

/** The characters beyond ASCII of which something is true, as such ranges; a look at all that there are. */
export const rangesOf = (isOne: (character: string) => boolean): string => {
  const ranges: Array<string> = []
  let from: number | null = null
  for (let point = 0x80; point <= 0x110000; point++) {
    const is = point < 0x110000 && (point < 0xd800 || point > 0xdfff) && isOne(String.fromCodePoint(point))
    if (is) from ??= point
    else if (from !== null) {
      ranges.push(`${from.toString(16)}-${(point - 1).toString(16)}`)
      from = null
    }
  }
  return ranges.join(" ")
}

const unseen = `\\s\\p{Z}\\p{Cc}${withoutWidth((character) => `\\u${character}`)}`
const blankEnds = new RegExp(`^[${unseen}]+|[${unseen}]+$`, "gu")

/** A text composed (NFC), with nothing at its ends that nobody sees; null where nothing is left. */
export const normalisedText = (text: string): string | null => text.replaceAll(blankEnds, "").normalize("NFC") || null

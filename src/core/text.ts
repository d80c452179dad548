/** Text as rollbook keeps it, where it does not come through the engine: the same as `normalised` of landed rows. */

/**
 * Characters that take no width and are neither space nor control, as a class of a regular expression: they make a name
 * that nobody sees. `spell` writes one of them, given in hexadecimal, as the dialect at hand does.
 */
export const withoutWidth = (spell: (hexadecimal: string) => string): string =>
  "00AD 034F 061C 115F 1160 17B4 17B5 180E 200B-200F 202A-202E 2060-206F 2800 3164 FEFF FFA0 FFF9-FFFB"
    .split(" ")
    .map((range) => range.split("-").map(spell).join("-"))
    .join("")

const unseen = `\\s\\p{Z}\\p{Cc}${withoutWidth((character) => `\\u${character}`)}`
const blankEnds = new RegExp(`^[${unseen}]+|[${unseen}]+$`, "gu")

/** A text composed (NFC), with nothing at its ends that nobody sees; null where nothing is left. */
export const normalisedText = (text: string): string | null => text.replaceAll(blankEnds, "").normalize("NFC") || null

/** Text as rollbook keeps it, where it does not come through the engine: the same as `normalised` of landed rows. */

/** Characters that take no width and are neither space nor control. */
const withoutWidth =
  "\\u00AD\\u034F\\u061C\\u115F\\u1160\\u17B4\\u17B5\\u180E\\u200B-\\u200F\\u202A-\\u202E\\u2060-\\u206F\\u2800\\u3164\\uFEFF\\uFFA0\\uFFF9-\\uFFFB"
const blankEnds = new RegExp(`^[\\s\\p{Z}\\p{Cc}${withoutWidth}]+|[\\s\\p{Z}\\p{Cc}${withoutWidth}]+$`, "gu")

/** A text composed (NFC), with nothing at its ends that nobody sees; null where nothing is left. */
export const normalisedText = (text: string): string | null => text.replaceAll(blankEnds, "").normalize("NFC") || null

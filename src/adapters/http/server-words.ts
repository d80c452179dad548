/** A server's own words, and the part of them that may be passed on. */

/**
 * A server's words fit to be kept: one line, at most so many characters, and without anything that looks like a
 * credential, since servers repeat what they were sent. Empty words are none. Names stay: who keeps it keeps it for
 * reports that were asked for by `--reveal`.
 */
export const keptWords = (words: string): { readonly said?: string } => {
  const said = words
    .replaceAll(/-----BEGIN[\s\S]*?(-----END[^-]*-----|$)/g, "…")
    .replaceAll(/\b(bearer|basic|oauth|digest)\s+[^\s"',;]+/gi, "$1 …")
    .replaceAll(/\b[\w-]*(token|secret|password|assertion|signature)["']?\s*[=:]\s*["']?[^\s"',;&]+/gi, "$1: …")
    .replaceAll(/\beyJ[\w.-]+/g, "…")
    // A run of letters and digits mixed that is longer than any word, number or GUID.
    .replaceAll(/(?=[\w+/=-]*\d)(?=[\w+/=-]*[A-Za-z])[\w+/=-]{40,}/g, "…")
    .replaceAll(/[\p{Cc}\s]+/gu, " ")
    .trim()
    .slice(0, mostCharacters)
  return said === "" ? {} : { said }
}

const mostCharacters = 300

/**
 * The code of a refusal as the server wrote it, where standards know it: OneRoster's minor codes, OAuth's errors. Any
 * other word in its place may be anybody's name.
 */
export const knownCode = (written: string): { readonly code?: string } =>
  codes.has(written.toLowerCase().replaceAll(/[\s_]/g, "")) ? { code: written.trim() } : {}

const codes: ReadonlySet<string> = new Set(
  // OneRoster 1.1, 3.7 and 1.2, 5.2; IMS General Web Services
  `fullsuccess createsuccess nosourcedids idallocfail overflowfail idallocinusefail invaliddata incompletedata
partialdatastorage unknownobject unknownvocabulary unknownquery deletefailure targetreadfailure savepointerror
savepointsyncerror unsupported unsupportedLIS targetisbusy targetendsystembusy linkfailure unauthorizedrequest
unauthorisedrequest unauthorized forbidden serverbusy internalservererror invalidfilterfield invalidselectionfield
invalidblankselectionfield invalidsortfield invalidoffsetfield invalidlimitfield entitylocked
invalidrequest invalidclient invalidgrant unauthorizedclient unsupportedgranttype invalidscope accessdenied servererror
temporarilyunavailable invalidtoken insufficientscope usedtoken
invalidsignature signatureinvalid signaturemethodrejected invalidconsumerkey invalidconsumer invalidtimestamp invalidnonce nonceused
timestamprefused versionrejected parameterabsent parameterrejected consumerkeyunknown consumerkeyrejected
consumerkeyrefused tokenexpired tokenused tokenrejected tokenrevoked permissionunknown permissiondenied`
    .toLowerCase()
    .split(/\s+/)
)

/** Languages in which the mail of a night can be written, by their BCP 47 names. */
export const nightLanguages = ["en", "fr", "es"] as const
export type NightLanguage = (typeof nightLanguages)[number]

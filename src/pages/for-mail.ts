import { schoolSays } from "./admin/short.ts"
import { chooseLanguage, day, moment, tell } from "./words.ts"

/** The catalogues of the pages, for what is said of a plan outside of them: in a mail, in one language. */
export const inLanguage = async (language: string) => {
  await chooseLanguage(language)
  return { tell, school: schoolSays, moment, day }
}

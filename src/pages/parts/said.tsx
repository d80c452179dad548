import type { Told } from "../../service/http/contract/told.ts"
import { isEnglish, piecesOf } from "../words.ts"

/**
 * A sentence of the server. On a page in another language than English, words of a file, a person or another system are marked as
 * of a language that is not known, so that whoever hears the page does not hear them as words of its own.
 */
export const Said = ({ told, zone }: { readonly told: Told; readonly zone?: string | undefined }) => (
  <>
    {piecesOf(told, zone).map(({ isOthers, text }, index) =>
      isOthers && !isEnglish() ? (
        <span key={index} lang="">
          {text}
        </span>
      ) : (
        text
      )
    )}
  </>
)

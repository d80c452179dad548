import { say } from "../words.ts"

/** Whom to ask. */
export const Contact = ({ contact }: { readonly contact: string | null }) => (
  <p class="quiet">{contact === null ? say("course.noContact") : say("course.contact", { contact })}</p>
)

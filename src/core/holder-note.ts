import { join } from "node:path"

/**
 * Path of the note that a process leaves in the folder of the state while it holds the state. The note of a process that was
 * killed stays behind.
 */
export const holderNote = (home: string): string => join(home, "holder.json")

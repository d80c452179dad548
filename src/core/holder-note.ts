import { join } from "node:path"

/**
 * Path of the note that a process leaves in the folder of the state while it holds the state. The note of a process that was
 * killed stays behind.
 */
export const holderNote = (home: string): string => join(home, "holder.json")

/**
 * Path of the note that lies there while a backup is put in the place of what stands: nobody takes half of each for a state. One that
 * was cut off leaves it, and the next one goes on from it.
 */
export const restoreNote = (home: string): string => join(home, "restoring.json")

import { mkdirSync, writeFileSync } from "node:fs"
import { published } from "./published.ts"

const folder = new URL("../../schemas/", import.meta.url)
mkdirSync(folder, { recursive: true })
for (const [name, text] of published()) writeFileSync(new URL(name, folder), text)

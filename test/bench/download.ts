import { Pool } from "undici"
import type { CollectionFile } from "./district.ts"

/** Hands over each page of a collection as it arrives, four at a time; those of a night come in no order. */
export const eachPage = async (
  port: string,
  name: string,
  { offsets, pageRows }: Pick<CollectionFile, "offsets" | "pageRows">,
  take: (bytes: Buffer, page: number) => Promise<void> | void
): Promise<void> => {
  const pool = new Pool(`http://127.0.0.1:${port}`, { connections: 4 })
  const pages = offsets.length - 1
  let next = 0
  const walk = async (): Promise<void> => {
    for (let page = next++; page < pages; page = next++) {
      const path = `/oneroster/${name}?limit=${pageRows}&offset=${page * pageRows}`
      const { body } = await pool.request({ path, method: "GET" })
      await take(Buffer.from(await body.arrayBuffer()), page)
    }
  }
  await Promise.all(Array.from({ length: 4 }, walk))
  await pool.close()
}

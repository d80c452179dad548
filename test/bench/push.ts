import { Pool } from "undici"
import { timed } from "./measure.ts"

/** The floor of a push: `push.ts PORT REQUESTS`; 300-byte POSTs, sixteen in flight, nothing remembered. */
const [port = "", requests = ""] = process.argv.slice(2)
const total = Number(requests)
const pool = new Pool(`http://127.0.0.1:${port}`, { connections: 16 })
const body = JSON.stringify({ OrgUnitId: 1, UserId: 2, RoleId: 3, padding: "x".repeat(240) })
let next = 0
const walk = async (): Promise<void> => {
  while (next++ < total) {
    const answer = await pool.request({ path: "/d2l/api/lp/1.53/enrollments/", method: "POST", body })
    await answer.body.dump()
  }
}
const before = process.cpuUsage()
const seconds = await timed(() => Promise.all(Array.from({ length: 16 }, walk)))
const { system, user } = process.cpuUsage(before)
const processorSeconds = (user + system) / 1e6
process.stdout.write(`${JSON.stringify({ seconds, processorSeconds, perSecond: total / seconds })}\n`)
process.exit(0)

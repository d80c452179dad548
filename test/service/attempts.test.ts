import { expect, it } from "vitest"
import { makeAttempts } from "../../src/service/http/attempts.ts"
import { clientAddress, trusting } from "../../src/service/http/client-address.ts"

it("lets nobody try to sign in who was turned away three hundred times in a minute, and nobody else wait for that", () => {
  const attempts = makeAttempts()
  for (let time = 0; time < 299; time++) attempts.count("a", 1000 + time)
  expect(attempts.areTooMany("a", 2000)).toBe(false)
  attempts.count("a", 2000)
  expect([attempts.areTooMany("a", 60_999), attempts.areTooMany("b", 2000)]).toEqual([true, false])
  expect(attempts.areTooMany("a", 61_000)).toBe(false)
  attempts.count("a", 61_000)
  expect(attempts.areTooMany("a", 61_000)).toBe(false)
})

it.each<[string, string, string | undefined, string]>([
  ["nobody between", "203.0.113.9", undefined, "203.0.113.9"],
  ["whoever writes the header themselves", "203.0.113.9", "198.51.100.1", "203.0.113.9"],
  ["a trusted proxy", "::ffff:127.0.0.1", "198.51.100.1", "198.51.100.1"],
  ["a trusted proxy, and a header that was forged before it", "127.0.0.1", "1.1.1.1, 198.51.100.1", "198.51.100.1"],
  ["two trusted proxies", "127.0.0.1", "198.51.100.1, 10.42.3.7", "198.51.100.1"],
  ["a proxy of another network", "127.0.0.1", "198.51.100.1, 10.43.0.1", "10.43.0.1"],
  ["one that writes ports", "::1", "[2001:db8::5]:443", "2001:db8::5"],
  ["a trusted proxy that says nothing", "127.0.0.1", undefined, "127.0.0.1"]
])("is by the address of the client: %s", (_, connection, forwarded, expected) => {
  expect(clientAddress(connection, forwarded, trusting(["127.0.0.1", "::1", "10.42.0.0/16"]))).toBe(expected)
})

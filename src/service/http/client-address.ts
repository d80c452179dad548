import { BlockList, isIP } from "node:net"

/** Proxies that are believed, by address or network (`10.0.0.0/8`); whoever else names an address for somebody is not. */
export type TrustedProxies = (address: string) => boolean

export const trusting = (declared: ReadonlyArray<string>): TrustedProxies => {
  const list = new BlockList()
  for (const one of declared) {
    const [address = "", length] = one.split("/")
    const family = isIP(address) === 6 ? "ipv6" : "ipv4"
    if (length === undefined) list.addAddress(address, family)
    else list.addSubnet(address, Number(length), family)
  }
  return (address) => {
    const family = isIP(address)
    return family !== 0 && list.check(address, family === 6 ? "ipv6" : "ipv4")
  }
}

/**
 * The address of whoever asks: that of the connection, or, where a trusted proxy holds it, the nearest one before the
 * trusted proxies of `X-Forwarded-For`. What stands further left in it was written by whoever asks.
 */
export const clientAddress = (
  connection: string,
  forwardedFor: string | undefined,
  isTrusted: TrustedProxies
): string => {
  const way = [...(forwardedFor ?? "").split(",").map(bare), bare(connection)].filter((one) => one !== "")
  return way.findLast((one) => !isTrusted(one)) ?? way[0] ?? ""
}

/** As sockets and proxies write addresses: IPv4 in IPv6, brackets, a port. */
const bare = (written: string): string => {
  const text = written.trim()
  const [, bracketed] = /^\[(.+)\](?::\d+)?$/.exec(text) ?? []
  const address = bracketed ?? text.replace(/^(\d+(?:\.\d+){3}):\d+$/, "$1")
  return address.replace(/^::ffff:(?=\d+\.)/i, "")
}

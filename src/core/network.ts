import { isIP } from "node:net"

/** Whether a text names an address or a network. */
export const isAddressOrNetwork = (text: string): boolean => {
  const [address = "", length, ...rest] = text.split("/")
  const family = isIP(address)
  if (family === 0 || rest.length > 0) return false
  return length === undefined || (/^\d{1,3}$/.test(length) && Number(length) <= (family === 6 ? 128 : 32))
}

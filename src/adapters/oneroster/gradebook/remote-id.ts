import { createHash } from "node:crypto"

/**
 * The sourcedId of a record that rollbook makes: the same for the same record at the same address for ever, so that a
 * retry, a restore and a run from a lost state meet what they made before. A UUID of version 5 (RFC 9562, 5.5).
 */
export const remoteIdOf = (baseUrl: string, entity: string, key: string): string => {
  const { origin, pathname } = new URL(baseUrl)
  return uuid5(uuid5(urlNamespace, `${origin}${pathname.replace(/\/+$/, "")}`), `${entity}:${key}`)
}

/** RFC 9562, 6.6: the namespace of URLs. */
const urlNamespace = "6ba7b811-9dad-11d1-80b4-00c04fd430c8"

export const uuid5 = (namespace: string, name: string): string => {
  const bytes = createHash("sha1")
    .update(Buffer.from(namespace.replaceAll("-", ""), "hex"))
    .update(name, "utf8")
    .digest()
    .subarray(0, 16)
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x50, 6)
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8)
  return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5")
}

#!/usr/bin/env bash
# fflate 0.8.3: where the size of a stored entry stands behind it (a data descriptor, as fflate writes it with its own streaming
# Zip), the streaming Unzip takes the signature of that descriptor for its end wherever these four bytes occur in the content:
# the rest is left out, the entry is told as ended, and no error is raised. unzipSync, which goes by the central directory,
# gives all of it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund fflate@0.8.3

cat >look.mjs <<'END'
import { strFromU8, strToU8, Unzip, UnzipInflate, unzipSync, Zip, ZipDeflate, ZipPassThrough } from "fflate"

const content = "first half PK\x07\x08 second half"
const zipOf = (entry) => {
  const pieces = []
  const zip = new Zip((error, piece) => {
    if (error) throw error
    pieces.push(piece)
  })
  zip.add(entry)
  entry.push(strToU8(content), true)
  zip.end()
  return Buffer.concat(pieces)
}
const streamed = (bytes) => {
  let text = ""
  let ended = "not ended"
  const unzip = new Unzip((file) => {
    file.ondata = (error, piece, isLast) => {
      if (piece) text += strFromU8(piece)
      if (error) ended = `error: ${error.message}`
      else if (isLast) ended = "ended"
    }
    file.start()
  })
  unzip.register(UnzipInflate)
  unzip.push(bytes, true)
  return `${text.length} of ${content.length} characters, ${ended}`
}
const stored = zipOf(new ZipPassThrough("a.csv"))
const deflated = zipOf(new ZipDeflate("a.csv"))
console.log(`stored, unzipSync: ${strFromU8(unzipSync(stored)["a.csv"]).length} of ${content.length} characters`)
console.log(`stored, Unzip: ${streamed(stored)}`)
console.log(`deflated, Unzip: ${streamed(deflated)}`)
END
node look.mjs

cat >seen.txt <<'END'
stored, unzipSync: 27 of 27 characters
stored, Unzip: 11 of 27 characters, ended
deflated, Unzip: 27 of 27 characters, ended
END

node look.mjs | tee now.txt
diff seen.txt now.txt && echo "as seen"

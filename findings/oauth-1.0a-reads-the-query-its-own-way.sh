#!/usr/bin/env bash
# oauth-1.0a 2.2.6 reads the query of an address its own way: a value ends at its second equals sign, and a plus sign is
# a plus sign, where RFC 5849 (3.4.1.3.1) decodes a query as a form. A cursor in base64, or a filter that
# URLSearchParams wrote, is signed as something else than what is sent, and the server answers 401.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund oauth-1.0a@2.2.6

cat >look.mjs <<'END'
import OAuth from "oauth-1.0a"

const signer = new OAuth({ consumer: { key: "k", secret: "s" }, signature_method: "HMAC-SHA256", hash_function: () => "" })
const signedQuery = (query) => {
  const parts = signer.getBaseString({ url: `https://sis.example/users?${query}`, method: "GET" }, {}).split("&")
  return decodeURIComponent(parts[2])
}
console.log(`cursor=YWJj== is signed as ${signedQuery("cursor=YWJj==")}`)
console.log(`name=North+High is signed as ${signedQuery(new URLSearchParams({ name: "North High" }).toString())}`)
console.log(`name=North%20High is signed as ${signedQuery("name=North%20High")}`)
END

cat >seen.txt <<'END'
cursor=YWJj== is signed as cursor=YWJj
name=North+High is signed as name=North%2BHigh
name=North%20High is signed as name=North%20High
END

node look.mjs | tee now.txt
diff seen.txt now.txt && echo "as seen"

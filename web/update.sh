#!/bin/sh
# Fetches the page's libraries from the npm registry again: sh web/update.sh
set -eu

litert=2.5.3
client_zip=2.5.1
page="$(cd "$(dirname "$0")/page" && pwd)"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"

fetch() {
  mkdir "$2"
  tar xzf "$(npm pack --silent "$1")" -C "$2" --strip-components 1
}
fetch "@litertjs/core@$litert" core
fetch "@litertjs/wasm-utils@$litert" utils
fetch "client-zip@$client_zip" zip

# A worker has no import map, so that a module is named by its path. The source maps stay away.
sed -e 's#"@litertjs/wasm-utils"#"./wasm-utils.js"#' -e '/^\/\/# sourceMappingURL/d' \
  core/dist/index.js > "$page/litert/litert.js"
sed -e '/^\/\/# sourceMappingURL/d' utils/dist/index.js > "$page/litert/wasm-utils.js"
for kind in compat threaded; do
  cat "core/wasm/litert_wasm_${kind}_internal.js" > "$page/litert/litert_wasm_${kind}_internal.js"
  cat "core/wasm/litert_wasm_${kind}_internal.wasm" > "$page/litert/litert_wasm_${kind}_internal.wasm"
done
cat zip/index.js > "$page/client-zip/client-zip.js"
cat zip/LICENSE.txt > "$page/client-zip/LICENSE"

cd "$page"
sha256sum litert/*.js litert/*.wasm client-zip/*.js > "$page/../libraries.sha256"

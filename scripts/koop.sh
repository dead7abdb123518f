#!/bin/sh
# Fetches layers of Koop, a FeatureServer from npm, which is installed in a folder of its own: too much for every checkout.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
folder=${KOOP:-$(mktemp -d)}
[ -d "$folder/node_modules/@koopjs/koop-core" ] || npm install --prefix "$folder" --no-audit --no-fund @koopjs/koop-core@10.4.19
PATH="$root/node_modules/.bin:$PATH" KOOP=$folder node --test "$root/test/koop/koop.ts"

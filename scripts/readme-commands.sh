#!/bin/bash
# Executes what README.md tells its reader to type: every line of its `sh` blocks, in order, in one folder, with the demo
# in the background until the end. `npm ci` and `npm test` are left to the caller, who has just run or runs them.
set -euo pipefail
cd "$(dirname "$0")/.."

work=$(mktemp -d)
demo=
finish() {
  if [ -n "$demo" ]; then
    kill -TERM "$demo" 2>/dev/null || true
    wait "$demo" || { echo 'The demo did not stop with status 0.' >&2; exit 1; }
    demo=
  fi
  rm -rf "$work"
}
trap finish EXIT

export DATA_DIR=$work/data PORT=${README_PORT:-8080} LANDFALL_API_KEY=readme-key
key=$LANDFALL_API_KEY
printf 'name,longitude,latitude\nNaples,14.25,40.83\n' >"$work/yours.csv"

npm run demo >"$work/demo.log" 2>&1 &
demo=$!
for _ in $(seq 240); do
  grep -q 'Serving until' "$work/demo.log" && break
  kill -0 "$demo" 2>/dev/null || { cat "$work/demo.log"; demo=; exit 1; }
  sleep 0.5
done
cat "$work/demo.log"
grep -q 'Serving until' "$work/demo.log"

ran=0
last=
while IFS= read -r line; do
  case $line in
    '' | '#'* | 'npm ci'* | 'npm test'* | 'npm start'*) continue ;;
  esac
  # The reader's own values, in place of those that the text stands for.
  line=${line//KEY/$key}
  line=${line//\/ID?/\/$last?}
  line=${line//yours.csv/$work/yours.csv}
  line=${line//127.0.0.1:8080/127.0.0.1:$PORT}
  line=${line/#curl /curl --fail-with-body -sS }
  echo "\$ $line"
  answer=$(bash -euo pipefail -c "$line")
  printf '%s\n' "$answer" | cut -c1-400
  # An import is followed to its end, and must end well.
  id=$(printf '%s' "$answer" | sed -n 's/.*"item_queue_id":"\([^"]*\)".*/\1/p')
  if [ -n "$id" ]; then
    last=$id
    for _ in $(seq 100); do
      state=$(curl -sS "http://127.0.0.1:$PORT/api/v1/imports/$id?api_key=$key")
      case $state in *'"state":"complete"'*) break ;; *'"state":"failure"'*) break ;; esac
      sleep 0.1
    done
    case $state in *'"state":"complete"'*) ;; *) echo "The import did not complete: $state" >&2; exit 1 ;; esac
  fi
  ran=$((ran + 1))
done < <(awk '/^```sh$/ {inside = 1; next} /^```$/ {inside = 0} inside' README.md)
[ "$ran" -ge 2 ] || { echo 'README.md has too few commands.' >&2; exit 1; }
echo "$ran commands of the README ran."

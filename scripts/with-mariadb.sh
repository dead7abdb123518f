#!/bin/sh
# Runs a command beside a private MariaDB that lives in a temporary folder as long as the command:
#   scripts/with-mariadb.sh node --test test/integration/connectors.test.ts
# TEST_MARIADB_URL names it. MARIADB_SETTINGS adds options of the server ("--innodb-buffer-pool-size=1G").
# Needs MariaDB's server programs, such as Debian's mariadb-server.
set -eu

if [ $# -eq 0 ]; then
  echo "usage: $0 COMMAND [ARGUMENT...]" >&2
  exit 2
fi
server=$(command -v mariadbd || echo /usr/sbin/mariadbd)
if [ ! -x "$server" ]; then
  echo "No MariaDB server found. On Debian: apt-get install mariadb-server" >&2
  exit 1
fi

folder=$(mktemp -d "${TMPDIR:-/tmp}/landfall-mariadb.XXXXXX")
started=
stop() {
  if [ -n "$started" ]; then
    kill -TERM "$started" 2>/dev/null || true
    wait "$started" 2>/dev/null || true
  fi
  rm -rf "$folder"
}
trap stop EXIT
child=
trap '[ -z "$child" ] || kill -TERM "$child"' TERM HUP
trap '[ -z "$child" ] || kill -INT "$child"' INT

user=$(id -un)
if [ "$user" = root ]; then
  user=mysql
  chown mysql "$folder"
fi
mariadb-install-db --no-defaults --user="$user" --datadir="$folder/data" --auth-root-authentication-method=normal \
  --skip-test-db >"$folder/install.log" 2>&1 || { cat "$folder/install.log" >&2; exit 1; }

# Another program may take the port between choosing and starting, so choose again then.
for attempt in 1 2 3 4 5; do
  port=$(node -e 'const s=require("net").createServer().listen(0,"127.0.0.1",()=>{console.log(s.address().port);s.close()})')
  # shellcheck disable=SC2086 # settings are words
  "$server" --no-defaults --user="$user" --datadir="$folder/data" --socket="$folder/socket" --pid-file="$folder/pid" \
    --bind-address=127.0.0.1 --port="$port" --innodb-flush-log-at-trx-commit=0 --skip-log-bin \
    ${MARIADB_SETTINGS:-} >"$folder/server.log" 2>&1 &
  started=$!
  for second in $(seq 1 300); do
    if mariadb --no-defaults --socket="$folder/socket" -u root -e 'select 1' >/dev/null 2>&1; then break 2; fi
    kill -0 "$started" 2>/dev/null || break
    sleep 0.1
  done
  wait "$started" 2>/dev/null || true
  started=
done
[ -n "$started" ] || { cat "$folder/server.log" >&2; exit 1; }
mariadb --no-defaults --socket="$folder/socket" -u root -e \
  "create database landfall_test character set utf8mb4; create user tester@'%' identified by 'tester-password';
   grant all on *.* to tester@'%'"

export TEST_MARIADB_URL="mysql://tester:tester-password@127.0.0.1:$port/landfall_test"
"$@" <&0 &
child=$!
status=0
while :; do
  wait "$child" && status=0 || status=$?
  # A trapped signal ends `wait` early; the command is still there then.
  kill -0 "$child" 2>/dev/null || break
done
exit "$status"

#!/bin/sh
# Runs a command against a private PostgreSQL with PostGIS that lives in a temporary folder as long as the command:
#   scripts/with-postgres.sh npm test
# TEST_DATABASE_URL names it. PG_SETTINGS adds server settings ("shared_buffers=1GB max_wal_size=4GB").
# Needs PostgreSQL's server programs and PostGIS, such as Debian's postgresql-15-postgis-3.
set -eu

if [ $# -eq 0 ]; then
  echo "usage: $0 COMMAND [ARGUMENT...]" >&2
  exit 2
fi

# The newest installed server, or what pg_config knows.
bin=${PG_BIN:-$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)}
[ -n "$bin" ] || bin=$(pg_config --bindir 2>/dev/null || true)
if [ ! -x "$bin/initdb" ]; then
  echo "No PostgreSQL server found. On Debian: apt-get install postgresql-15-postgis-3 (or set PG_BIN)." >&2
  exit 1
fi

# PostgreSQL refuses to run as root.
as_owner() {
  if [ "$(id -u)" -eq 0 ]; then
    setpriv --reuid=postgres --regid=postgres --init-groups env HOME="$folder" "$@"
  else
    "$@"
  fi
}

folder=$(mktemp -d "${TMPDIR:-/tmp}/landfall-postgres.XXXXXX")
stop() {
  as_owner "$bin/pg_ctl" -D "$folder/data" -m immediate -w stop >/dev/null 2>&1 || true
  rm -rf "$folder"
}
trap stop EXIT
# While the command runs it gets the signals of the terminal itself; the others are passed on to it.
child=
trap '[ -z "$child" ] || kill -TERM "$child"' TERM HUP
trap '[ -z "$child" ] || kill -INT "$child"' INT

if [ "$(id -u)" -eq 0 ]; then chown postgres "$folder"; fi
cd_from=$PWD
cd "$folder"
as_owner "$bin/initdb" -D "$folder/data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 --no-sync >"$folder/initdb.log" ||
  { cat "$folder/initdb.log" >&2; exit 1; }
{
  echo "listen_addresses = '127.0.0.1'"
  echo "unix_socket_directories = '$folder'"
  echo "max_connections = 200"
  echo "fsync = off"
  for setting in ${PG_SETTINGS:-}; do echo "$setting"; done
} >>"$folder/data/postgresql.conf"

# Another program may take the port between choosing and starting, so choose again then.
started=
for attempt in 1 2 3 4 5; do
  port=$(node -e 'const s=require("net").createServer().listen(0,"127.0.0.1",()=>{console.log(s.address().port);s.close()})')
  if as_owner "$bin/pg_ctl" -D "$folder/data" -o "-p $port" -l "$folder/server.log" -w start >/dev/null; then
    started=yes
    break
  fi
done
[ -n "$started" ] || { cat "$folder/server.log" >&2; exit 1; }
"$bin/createdb" -h 127.0.0.1 -p "$port" -U postgres landfall_test
"$bin/psql" -q -h 127.0.0.1 -p "$port" -U postgres -d landfall_test -c 'create extension postgis'

cd "$cd_from"
export TEST_DATABASE_URL="postgres://postgres@127.0.0.1:$port/landfall_test"
"$@" <&0 &
child=$!
status=0
while :; do
  wait "$child" && status=0 || status=$?
  # A trapped signal ends `wait` early; the command is still there then.
  kill -0 "$child" 2>/dev/null || break
done
exit "$status"

#!/bin/sh
# nginx. It looks up the addresses of the servers once, when it reads its configuration; so it reads
# it again whenever there are other servers than before.
set -eu
LOOK_EVERY_S=3
FINISH_S=3

servers() { getent ahostsv4 server | awk '{ print $1 }' | sort -u | xargs; }

# Requests may finish. Websockets never do, and nodes come back by themselves.
stop() {
    kill -QUIT "$nginx"
    sleep "$FINISH_S"
    kill -TERM "$nginx" 2>/dev/null || true
}

known=$(servers)
echo "proxy: servers at $known"
nginx -g 'daemon off;' &
nginx=$!
trap stop TERM INT QUIT
while kill -0 "$nginx" 2>/dev/null; do
    # A signal ends the waiting at once.
    sleep "$LOOK_EVERY_S" &
    wait "$!" || true
    now=$(servers || true)
    if [ -n "$now" ] && [ "$now" != "$known" ] && kill -0 "$nginx" 2>/dev/null; then
        nginx -s reload
        known=$now
        echo "proxy: servers at $known"
    fi
done
wait "$nginx"

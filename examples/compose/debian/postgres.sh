#!/bin/sh
# Make the database at the first start, and serve it; the variables are those of the official image.
set -eu
if [ ! -s "$PGDATA/PG_VERSION" ]; then
    initdb --username="$POSTGRES_USER" --pwfile="$POSTGRES_PASSWORD_FILE" \
        --auth-local=trust --auth-host=scram-sha-256 --encoding=UTF8 --locale=C.UTF-8
    echo 'host all all all scram-sha-256' >>"$PGDATA/pg_hba.conf"
    # The database gets the name of the user, which is what initdb does not make.
    pg_ctl --wait --options="-c listen_addresses=" start
    PGPASSWORD=$(cat "$POSTGRES_PASSWORD_FILE") createdb --host=/var/run/postgresql \
        --username="$POSTGRES_USER" "$POSTGRES_DB"
    pg_ctl --wait stop
fi
exec postgres -c listen_addresses='*'

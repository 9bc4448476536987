"""Stores a small database of one schema, from which later versions are upgraded in tests.

Before a release: ``python -m tests.unit.server.migration.store REVISION``, once for each migration
that is new. A stored database is never changed afterwards: it is what people have. PostgreSQL is
that of `tests/services/up`, and its `pg_dump` must be on the path.
"""

import sqlite3
import subprocess
import sys
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, MetaData, create_engine, insert, make_url, text
from tests.conftest import read_services

FOLDER = Path(__file__).parent / "stored"
_NOON = datetime(2026, 1, 31, 12, 0, 0, 123456)  # noqa: DTZ001  # UTC, as columns hold it
PASSWORD = "Old-password-1"
_HASH = "$2b$04$ejmD90vlN/tqwXfI99cKCOGtiE2W4raRyimqs0G82t3mMuJSM1.3u"
ROWS: dict[str, list[dict[str, Any]]] = {
    "organization": [
        {"id": 1, "name": "root"},
        {"id": 2, "name": "Klinik Süd", "country": "NL", "_public_key": b"-----BEGIN PUBLIC KEY"},
        {"id": 3, "name": "two"},
    ],
    "collaboration": [{"id": 1, "name": "study", "encrypted": True}],
    "Member": [
        {"organization_id": 2, "collaboration_id": 1},
        {"organization_id": 3, "collaboration_id": 1},
    ],
    "rule": [{"id": 1, "name": "task", "operation": "VIEW", "scope": "ORGANIZATION"}],
    "role": [
        {"id": 1, "name": "Root", "description": "everything"},
        {"id": 2, "name": "own", "organization_id": 2},
    ],
    "role_rule_association": [{"role_id": 1, "rule_id": 1}, {"role_id": 2, "rule_id": 1}],
    "authenticatable": [
        {"id": 1, "type": "user", "last_seen": _NOON},
        {"id": 2, "type": "node", "ip": "10.0.0.2"},
        {"id": 3, "type": "node"},
        {"id": 4, "type": "user"},
    ],
    "user": [
        {
            "id": 1,
            "username": "root",
            "password": _HASH,
            "email": "root@domain.ext",
            "organization_id": 1,
            "failed_login_attempts": 2,
            "last_login_attempt": _NOON,
            "otp_secret": "A" * 32,
        },
        {"id": 4, "username": "doctor", "organization_id": 2, "failed_login_attempts": 0},
    ],
    "Permission": [{"role_id": 1, "user_id": 1}, {"role_id": 2, "user_id": 4}],
    "UserPermission": [{"rule_id": 1, "user_id": 4}],
    "node": [
        {"id": 2, "name": "n2", "api_key": "a" * 64, "organization_id": 2, "collaboration_id": 1},
        {"id": 3, "name": "n3", "api_key": "b" * 64, "organization_id": 3},
    ],
    "nodeconfig": [{"id": 1, "node_id": 2, "key": "encryption", "value": "1"}],
    "task": [
        {
            "id": 1,
            "name": "mean",
            "description": "100%",
            "image": "average:1",
            "database": "default",
            "run_id": 1,
            "collaboration_id": 1,
            "initiator_id": 2,
            "init_user_id": 4,
            "created_at": _NOON,
        },
        {
            "id": 2,
            "name": "",
            "description": "",
            "image": "average:1",
            "run_id": 1,
            "collaboration_id": 1,
            "parent_id": 1,
            "initiator_id": 3,
            "created_at": _NOON,
        },
    ],
    "result": [
        {
            "id": 1,
            "task_id": 1,
            "organization_id": 2,
            "status": "completed",
            "input": "e30=",
            "result": "e30=",
            "log": "line\nline",
            "assigned_at": _NOON,
            "started_at": _NOON,
            "finished_at": _NOON,
        },
        {
            "id": 2,
            "task_id": 2,
            "organization_id": 3,
            "status": "killed by user",
            "assigned_at": _NOON,
            "kill_requested_at": _NOON,
        },
    ],
    "algorithmport": [{"id": 1, "port": 8888, "label": "web", "result_id": 1}],
}
"""At least one row in each table, and one that has everything."""
SPENT = {"organization": 9, "authenticatable": 9, "task": 9}
"""Ids that were given once, to rows that are gone: they must not be given again."""


def main() -> None:
    revision = sys.argv[1]
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "stored.sqlite"
        _fill(f"sqlite:///{file}", revision)
        with sqlite3.connect(file) as connection:
            _write(f"{revision}.sqlite.sql", "\n".join(connection.iterdump()))
    _store_postgres(read_services()["V6_TEST_POSTGRES"], revision)


def _store_postgres(url: str, revision: str) -> None:
    name = f"v6_store_{revision}"
    own = make_url(url).set(database=name)
    server = create_engine(url, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
        try:
            _fill(own.render_as_string(hide_password=False), revision)
            plain = own.set(drivername="postgresql").render_as_string(hide_password=False)
            dump = ["pg_dump", "--inserts", "--no-owner", "--no-privileges", plain]
            found = subprocess.run(dump, capture_output=True, text=True, check=True).stdout
            # Lines for psql only; a fresh key in them would change the file every time.
            lines = [line for line in found.splitlines() if not line.startswith(("\\", "--"))]
            _write(f"{revision}.postgres.sql", "\n".join(line for line in lines if line))
        finally:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    server.dispose()


def _fill(url: str, revision: str) -> None:
    engine = create_engine(url)
    config = Config()
    config.set_main_option("script_location", "vantage6.server:migration")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
    _add_rows(engine)
    engine.dispose()


def _add_rows(engine: Engine) -> None:
    metadata = MetaData()
    with engine.begin() as connection:
        metadata.reflect(connection, only=list(ROWS))
        for name, rows in ROWS.items():
            for row in rows:
                connection.execute(insert(metadata.tables[name]).values(row))
            if "id" in rows[0]:
                last = SPENT.get(name, max(row["id"] for row in rows))
                _spend(connection, name, last)


def _spend(connection: Connection, name: str, last: int) -> None:
    if connection.dialect.name == "sqlite":
        statement = "UPDATE sqlite_sequence SET seq = :last WHERE name = :name"
    else:
        statement = "SELECT setval(pg_get_serial_sequence(quote_ident(:name), 'id'), :last)"
    connection.execute(text(statement), {"name": name, "last": last})


def _write(name: str, content: str) -> None:
    (FOLDER / name).write_text(content + "\n")


if __name__ == "__main__":
    main()

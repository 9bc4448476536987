"""Databases of every type, read by the wrappers from the real thing."""

import subprocess
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pandas as pd
import pyparsing
import pytest
import rdflib
import sqlalchemy
from tests.environments import PEER_PYTHON, ROOT, InstallFailed, make_environment, unavailable
from tests.unit.tools.conftest import NAME, RunFolder
from vantage6.common import contract
from vantage6.tools.docker_wrapper import auto_wrapper, sparql_wrapper

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("algorithm")]
FRAME = pd.DataFrame({"name": ["alice", "bob"], "n": [1, 2]})
WRITE_AND_START = """
import sys, pandas
from vantage6.tools.docker_wrapper import parquet_wrapper
pandas.DataFrame({"n": [1, 2]}).to_parquet(sys.argv[1])
parquet_wrapper(sys.argv[2])
"""
Start = Callable[..., Any]


@pytest.fixture
def start(run: RunFolder, monkeypatch: pytest.MonkeyPatch) -> Start:
    """Let a wrapper sum the column `n` of a database."""

    def start(wrapper: Callable[[str], None], uri: str, kind: str, **input_: Any) -> Any:
        run.environ[contract.database_uri("default")] = uri
        run.environ[contract.database_type("default")] = kind
        for name, value in run.environ.items():
            monkeypatch.setenv(name, value)
        run.give({"method": "sum", "kwargs": {"column_name": "n"}, **input_})
        wrapper(NAME)
        return run.result()

    return start


# --- SQL ----------------------------------------------------------------------------------------


@pytest.fixture
def table(postgres_url: str) -> Iterator[str]:
    engine = sqlalchemy.create_engine(postgres_url)
    FRAME.to_sql("tools_of_algorithms", engine, index=False, if_exists="replace")
    yield "tools_of_algorithms"
    with engine.begin() as connection:
        connection.execute(sqlalchemy.text("drop table tools_of_algorithms"))
    engine.dispose()


@pytest.mark.postgres
@pytest.mark.parametrize("kind", ["sql", "omop"])
@pytest.mark.parametrize("scheme", ["postgresql+psycopg", "postgresql", "postgres"])
def test_postgresql_answers_the_query_of_the_task(
    start: Start, table: str, postgres_url: str, kind: str, scheme: str
) -> None:
    uri = postgres_url.replace("postgresql+psycopg", scheme)

    assert start(auto_wrapper, uri, kind, query=f"select n from {table} where n > 1") == 2  # noqa: S608


def test_sqlite_answers_the_query_of_the_task(start: Start, tmp_path: Path) -> None:
    uri = f"sqlite:///{tmp_path / 'db'}"
    engine = sqlalchemy.create_engine(uri)
    FRAME.to_sql("people", engine, index=False)
    engine.dispose()

    assert start(auto_wrapper, uri, "sql", query="select * from people") == 3


# --- files --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("chosen", "total"), [({}, 3), ({"sheet_name": "second"}, 10), ({"sheet_name": 1}, 10)]
)
def test_sheet_of_a_workbook_is_the_one_of_the_task(
    start: Start, tmp_path: Path, chosen: dict[str, Any], total: int
) -> None:
    file = tmp_path / "book.xlsx"
    with pd.ExcelWriter(file) as book:
        FRAME.to_excel(book, sheet_name="first", index=False)
        pd.DataFrame({"n": [10]}).to_excel(book, sheet_name="second", index=False)

    assert start(auto_wrapper, str(file), "excel", **chosen) == total


@pytest.fixture(scope="module")
def with_parquet() -> str:
    """Interpreter of an image with pyarrow; here it would change what pandas makes of texts."""
    wanted = ("pandas>=2.2,<3", "pyarrow", "click>=8.1.7,<9", "PyJWT>=2.10,<3", "cryptography")
    try:
        return make_environment("tools-parquet", PEER_PYTHON, wanted)
    except (LookupError, InstallFailed) as error:
        unavailable(f"no environment with pyarrow: {str(error)[-300:]}")


def test_parquet_file_is_read_where_the_image_has_an_engine(
    run: RunFolder, algorithm: Path, with_parquet: str
) -> None:
    file = run.folder / "data.parquet"
    run.environ[contract.database_uri("default")] = str(file)
    run.give({"method": "sum", "kwargs": {"column_name": "n"}})

    done = subprocess.run(
        [with_parquet, "-c", WRITE_AND_START, file, NAME],
        env={**run.environ, "PYTHONPATH": f"{ROOT}:{algorithm}"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert run.result() == 3


# --- SPARQL -------------------------------------------------------------------------------------

GRAPH = """
@prefix : <http://example.org/> .
:alice :age 30 . :bob :age 40 .
"""
FORMATS = {"text/csv": "csv"}
QUERY = "select ?n where { ?who <http://example.org/age> ?n }"


class Endpoint(BaseHTTPRequestHandler):
    """A SPARQL endpoint: queries by GET and by POST, answers as the client accepts them."""

    graph = rdflib.Graph().parse(data=GRAPH, format="turtle")
    methods: list[str]

    def do_GET(self) -> None:
        self.answer(urlsplit(self.path).query)

    def do_POST(self) -> None:
        self.answer(self.rfile.read(int(self.headers["Content-Length"])).decode())

    def answer(self, form: str) -> None:
        type(self).methods.append(self.command)
        try:
            result = self.graph.query(parse_qs(form)["query"][0])
            status, body = 200, result.serialize(format=FORMATS[self.headers["Accept"]]) or b""
        except pyparsing.ParseException:
            status, body = 400, b"MalformedQuery"
        self.send_response(status)
        self.send_header("Content-Type", "text/csv")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def endpoint() -> Iterator[str]:
    Endpoint.methods = []
    with HTTPServer(("127.0.0.1", 0), Endpoint) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/sparql"
        server.shutdown()
        thread.join(timeout=10)


@pytest.mark.parametrize(
    ("query", "method", "total"),
    [
        (QUERY, "GET", 70),
        (QUERY.replace("}", " filter(?n > 30) }"), "GET", 40),
        (QUERY + " # " + "x" * 5000, "POST", 70),
    ],
)
@pytest.mark.parametrize("wrapper", [sparql_wrapper, auto_wrapper])
def test_sparql_endpoint_answers_the_query_of_the_task(
    start: Start,
    endpoint: str,
    wrapper: Callable[[str], None],
    query: str,
    method: str,
    total: int,
) -> None:
    assert start(wrapper, endpoint, "sparql", query=query) == total
    assert Endpoint.methods == [method]


def test_query_that_the_endpoint_refuses_is_a_failure(
    start: Start, endpoint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stop:
        start(sparql_wrapper, endpoint, "sparql", query="planted")

    assert stop.value.code == 65
    assert capsys.readouterr().out.splitlines()[-1] == (
        "error > cannot read the database as sparql: HTTPError"
    )

"""Whether a server can use a database is found out before its configuration is written."""

import pytest
from sqlalchemy import make_url
from vantage6.cli.server_database import problem_with_form, problem_with_uri


@pytest.mark.parametrize(
    ("uri", "words"),
    [
        ("sqlite:///server.sqlite", None),
        ("sqlite://", "needs a file"),
        ("sqlite:///:memory:", "needs a file"),
        ("mysql://host/db", "SQLite or PostgreSQL"),
        ("nonsense", "no database URI"),
    ],
)
def test_form_is_judged_without_a_connection(uri, words):
    problem = problem_with_form(uri)

    assert problem_with_uri(uri) == problem
    assert problem is None if words is None else words in problem


@pytest.mark.postgres
def test_postgresql_is_connected_to(postgres_url):
    url = make_url(postgres_url)
    missing = url.set(database="there_is_no_such_database", password="planted-secret")

    assert problem_with_uri(url.render_as_string(hide_password=False)) is None
    problem = problem_with_uri(missing.render_as_string(hide_password=False))

    assert problem.startswith("the database does not let us in: ")
    assert "planted-secret" not in problem

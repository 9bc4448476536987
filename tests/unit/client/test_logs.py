"""The log of the client: quiet, its own, and asked for in any spelling."""

import logging
from collections.abc import Iterator

import pytest
from tests.fakes.rest import FakeRest
from tests.unit.client.conftest import MakeClient
from vantage6.client import LogLevel
from vantage6.client.logs import log
from vantage6.common.errors import InvalidInput


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    yield
    log.handlers.clear()
    log.setLevel(logging.NOTSET)


@pytest.mark.parametrize(
    ("spelling", "level"),
    [
        ("warn", logging.WARNING),
        ("warning", logging.WARNING),
        ("Info", logging.INFO),
        (" DEBUG ", logging.DEBUG),
        ("error", logging.ERROR),
        ("fatal", logging.CRITICAL),
        (LogLevel.CRITICAL, logging.CRITICAL),
        (logging.INFO, logging.INFO),
    ],
)
def test_level_may_be_spelled_as_anywhere(
    make_client: MakeClient, spelling: str | int | LogLevel, level: int
) -> None:
    make_client(log_level=spelling)

    assert log.level == level


def test_unknown_level_is_refused_with_the_known_ones(make_client: MakeClient) -> None:
    with pytest.raises(InvalidInput, match="'loud' is not one of debug, info, warn, error"):
        make_client(log_level="loud")


def test_verbose_wins(make_client: MakeClient) -> None:
    make_client(verbose=True, log_level="error")

    assert log.level == logging.DEBUG


def test_nothing_is_said_by_default(
    make_client: MakeClient, rest: FakeRest, capsys: pytest.CaptureFixture[str]
) -> None:
    rest.on("GET /task", [])
    client = make_client()

    client.authenticate("ada", "secret")
    client.task.list()

    assert capsys.readouterr() == ("", "")
    assert log.handlers == []


def test_neither_password_nor_token_is_logged(
    make_client: MakeClient, rest: FakeRest, caplog: pytest.LogCaptureFixture
) -> None:
    rest.on("PATCH /password/change", {"msg": "changed"})
    client = make_client()
    caplog.set_level(logging.DEBUG)

    client.authenticate("ada", "planted-password", mfa_code="planted-code")
    client.util.change_my_password("planted-password", "planted-new")

    assert "logged in as Ada" in caplog.text
    assert "planted" not in caplog.text
    assert str(client.token) not in caplog.text

"""Logs: rotation, levels, and that no secret is ever written."""

import logging
import sys
from collections.abc import Iterator
from pathlib import Path

import jwt
import pytest
from vantage6.common.config.blocks import LoggerLevel, Logging
from vantage6.common.logs import RedactionFilter, configure_logging

TOKEN = jwt.encode({"sub": 1}, "x" * 32)
PRIVATE_KEY = (
    "-----BEGIN RSA PRIVATE KEY-----\nMIIJKAIBAAKCAgEA\nplanted\n-----END RSA PRIVATE KEY-----"
)


@pytest.fixture(autouse=True)
def _root_logger_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    root.handlers = []
    yield
    for handler in root.handlers:
        handler.close()
    root.handlers = handlers
    root.setLevel(level)


def logged(file: Path, *, secrets: tuple[str, ...] = (), **settings: object) -> logging.Logger:
    """A logger whose lines end up in `file`."""
    block = Logging(use_console=False, **settings)  # type: ignore[arg-type]  # checked by pydantic
    configure_logging(block, file, secrets)
    return logging.getLogger("vantage6.test")


def fail(text: str) -> None:
    raise ValueError(text)


# --- redaction ---------------------------------------------------------------------------------

SECRETS = [
    (f"header is {TOKEN}", TOKEN),
    (f"Authorization: Bearer {TOKEN}", TOKEN),
    (f"GET /x?jwt%3D{TOKEN}", TOKEN),
    ("Authorization: Bearer opaque-planted", "opaque-planted"),
    ("Authorization: Basic cm9vdDpwbGFudGVk", "cm9vdDpwbGFudGVk"),
    (f"key {PRIVATE_KEY} end", "planted"),
    (PRIVATE_KEY.removesuffix("-----END RSA PRIVATE KEY-----"), "planted"),
    ("db postgresql+psycopg://user:planted@db:5432/x", "planted"),
    ("queue amqp://:planted@rabbit//", "planted"),
    ("body {'username': 'ada', 'password': 'planted'}", "planted"),
    ('body {"username": "ada", "password": "planted"}', "planted"),
    ('body {"api_key":"planted"}', "planted"),
    ("call?password=planted&x=1", "planted"),
    ("call(api_key='planted', x=1)", "planted"),
    ("{'smtp_password': 'planted'}", "planted"),
    ("{'refresh_token': 'planted'}", "planted"),
    ("jwt_secret = planted", "planted"),
]


@pytest.mark.parametrize(("text", "secret"), SECRETS)
def test_secret_in_a_message_is_masked(text: str, secret: str, tmp_path: Path) -> None:
    logged(tmp_path / "log").info("%s", text)

    written = (tmp_path / "log").read_text()
    assert secret not in written
    assert "********" in written


@pytest.mark.parametrize(
    "text",
    [
        "run 12 of task 3 is completed",
        "connected to https://server.org:5000/api",
        "the token has expired; refresh it or log in again",
        "password: must have 8 characters",
        "mail to ada@hospital.org",
        "image harbor2.vantage6.ai/algorithms/average@sha256:abc",
    ],
)
def test_harmless_text_stays_as_it_is(text: str) -> None:
    assert RedactionFilter().redact(text) == text


def test_known_secret_of_this_process_is_masked_wherever_it_is(tmp_path: Path) -> None:
    log = logged(tmp_path / "log", secrets=("planted-api-key", "abc"))

    log.info("got planted-api-key from %s", {"odd": "xplanted-api-keyx"})

    written = (tmp_path / "log").read_text()
    assert "planted" not in written
    assert written.count("********") == 2


def test_known_secret_that_is_too_short_would_mask_everything_and_is_left_out() -> None:
    assert RedactionFilter(["a", ""]).redact("a banana") == "a banana"


def test_secret_in_a_traceback_is_masked(tmp_path: Path) -> None:
    log = logged(tmp_path / "log")

    try:
        fail(f"cannot use {TOKEN}")
    except ValueError:
        log.exception("failed with password=planted")

    written = (tmp_path / "log").read_text()
    assert "ValueError: cannot use ********" in written
    assert "Traceback (most recent call last)" in written
    assert "planted" not in written


def test_secret_in_a_traceback_that_another_handler_formatted_is_masked(tmp_path: Path) -> None:
    log = logged(tmp_path / "log")
    try:
        fail(TOKEN)
    except ValueError:
        record = log.makeRecord("x", logging.ERROR, "f", 1, "m", (), sys.exc_info())
    logging.Formatter().format(record)

    log.handle(record)

    assert TOKEN not in (tmp_path / "log").read_text()


def test_secret_in_an_argument_is_masked(tmp_path: Path) -> None:
    logged(tmp_path / "log").warning("%s at %d", f"Bearer {TOKEN}", 3)

    assert (tmp_path / "log").read_text().endswith("Bearer ******** at 3\n")


def test_wrong_arguments_of_a_log_call_never_reach_the_caller(tmp_path: Path) -> None:
    log = logged(tmp_path / "log")

    log.info("%d runs", "three")
    log.info("%(missing)s", {"password": "planted"})
    log.info("too many", TOKEN)  # noqa: PLE1205  # the mistake under test

    written = (tmp_path / "log").read_text()
    assert "%d runs ('three',)" in written
    assert "planted" not in written
    assert TOKEN not in written


# --- where and how much ------------------------------------------------------------------------


def test_lines_have_the_form_of_the_configuration(tmp_path: Path) -> None:
    logged(tmp_path / "new" / "log", format="%(levelname)s|%(message)s").info("é")

    assert (tmp_path / "new" / "log").read_text("utf-8") == "INFO|é\n"


def test_level_decides_what_is_written(tmp_path: Path) -> None:
    log = logged(tmp_path / "log", level="WARNING")

    log.info("operator")
    log.warning("act")

    assert "operator" not in (tmp_path / "log").read_text()
    assert "act" in (tmp_path / "log").read_text()


def test_single_logger_may_have_a_level_of_its_own(tmp_path: Path) -> None:
    noisy = logging.getLogger("noisy-library")
    logged(tmp_path / "log", loggers=(LoggerLevel(name="noisy-library", level="ERROR"),))

    noisy.warning("chatter")

    assert (tmp_path / "log").read_text() == ""
    noisy.setLevel(logging.NOTSET)


def test_file_is_rotated_and_old_ones_are_dropped(tmp_path: Path) -> None:
    log = logged(tmp_path / "log", max_size=16, backup_count=2)

    for number in range(100):
        log.info("%d %s", number, "x" * 1000)

    files = sorted(file.name for file in tmp_path.iterdir())
    assert files == ["log", "log.1", "log.2"]
    assert all(file.stat().st_size <= 16 * 1024 for file in tmp_path.iterdir())
    assert "99 x" in (tmp_path / "log").read_text()


def test_console_is_used_when_there_is_no_file(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(Logging(use_console=False), None)

    logging.getLogger("vantage6.test").info("password=planted seen")

    assert capsys.readouterr().err.endswith("password=******** seen\n")


def test_file_and_console_get_the_same_lines(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logging(Logging(), tmp_path / "log")

    logging.getLogger("vantage6.test").info("hello %s", "there")

    assert capsys.readouterr().err == (tmp_path / "log").read_text()


def test_configuring_again_replaces_the_handlers(tmp_path: Path) -> None:
    logged(tmp_path / "first")

    logged(tmp_path / "second").info("once")

    assert len(logging.getLogger().handlers) == 1
    assert (tmp_path / "first").read_text() == ""


@pytest.mark.timeout(5)
@pytest.mark.parametrize("text", ["x", "password", "token=", "://", "a:b@", "-----BEGIN ", "eyJ"])
def test_looking_for_secrets_takes_time_in_proportion_to_the_text(text: str) -> None:
    assert RedactionFilter(["some-known-secret"]).redact(text * 100_000)

"""Rooms, contract, encoding, messages and public names."""

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st
from vantage6.common import contract, debug, echo, error, info, rooms, warning
from vantage6.common.encoding import base64s_to_bytes, bytes_to_base64s

# --- rooms -------------------------------------------------------------------------------------


def test_rooms_have_the_names_of_3x() -> None:
    assert rooms.collaboration(3) == "collaboration_3"
    assert rooms.organization(3, 7) == "collaboration_3_organization_7"
    assert rooms.of_run(3, 7) == ("collaboration_3", "collaboration_3_organization_7")
    assert rooms.ALL_NODES == "all_nodes"


# --- contract ----------------------------------------------------------------------------------


def test_files_of_a_run_are_where_published_images_look() -> None:
    assert str(contract.run_folder(12)) == "/mnt/data/task-000000012"
    assert (contract.INPUT, contract.OUTPUT, contract.TOKEN) == ("input", "output", "token")
    assert str(contract.TEMPORARY_MOUNT) == "/mnt/tmp"


def test_variables_have_the_names_that_published_images_read() -> None:
    names = {
        contract.INPUT_FILE,
        contract.OUTPUT_FILE,
        contract.TOKEN_FILE,
        contract.TEMPORARY_FOLDER,
        contract.HOST,
        contract.PORT,
        contract.API_PATH,
        contract.REQUESTED_LABEL,
        contract.DATABASE_LABELS,
        contract.LEGACY_DATABASE_URI,
    }

    assert names == {
        *("INPUT_FILE", "OUTPUT_FILE", "TOKEN_FILE", "TEMPORARY_FOLDER"),
        *("HOST", "PORT", "API_PATH"),
        *("USER_REQUESTED_DATABASE_LABEL", "DB_LABELS", "DATABASE_URI"),
    }


def test_database_variables_carry_the_label_in_capitals() -> None:
    assert contract.database_uri("default") == "DEFAULT_DATABASE_URI"
    assert contract.database_type("lung2") == "LUNG2_DATABASE_TYPE"


# --- encoding ----------------------------------------------------------------------------------


@given(st.binary(max_size=300))
def test_bytes_come_back_from_base64(data: bytes) -> None:
    assert base64s_to_bytes(bytes_to_base64s(data)) == data


def test_base64_is_standard_with_padding_and_without_line_breaks() -> None:
    assert bytes_to_base64s(b"\xff\xfe" * 50).count("\n") == 0
    assert bytes_to_base64s(b"\xfb\xff\xfe\x00") == "+//+AA=="


def test_white_space_in_base64_is_ignored() -> None:
    assert base64s_to_bytes(" YW\nJj\t") == b"abc"


@pytest.mark.parametrize("text", ["YWJ", "Y", "_-Jj", "YWJj!", "é"])
def test_text_that_is_no_base64_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not base64"):
        base64s_to_bytes(text)


# --- messages ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("say", "line"),
    [
        (info, "[info ] - hello\n"),
        (warning, "[warn ] - hello\n"),
        (error, "[error] - hello\n"),
        (debug, "[debug] - hello\n"),
    ],
)
def test_message_is_one_tagged_line(say: object, line: str, capsys: pytest.CaptureFixture) -> None:
    say("hello")  # type: ignore[operator]  # any of the four

    assert click.unstyle(capsys.readouterr().out) == line


def test_unknown_level_is_an_error() -> None:
    with pytest.raises(KeyError):
        echo("hello", "loud")

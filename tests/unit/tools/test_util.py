"""Lines in the log of a run, and variables of the node."""

import pytest
from vantage6.tools.exceptions import EnvironmentVariableError
from vantage6.tools.util import check_envvar_value_positive, error, get_env_var, info, warn


def test_lines_have_the_form_of_3_x(capsys: pytest.CaptureFixture[str]) -> None:
    info("a")
    warn("b")
    error(3)

    assert capsys.readouterr().out == "info > a\nwarn > b\nerror > 3\n"


# --- variables of the node ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "as_type", "value"),
    [
        ("12", "int", 12),
        (" -3 ", "int", -3),
        ("12", "str", "12"),
        ("t", "bool", True),
        ("YES", "bool", True),
        ("False", "bool", False),
        ("0", "bool", False),
    ],
)
def test_variable_is_given_as_the_type_that_is_asked_for(
    monkeypatch: pytest.MonkeyPatch, text: str, as_type: str, value: object
) -> None:
    monkeypatch.setenv("SETTING", text)

    assert get_env_var("SETTING", as_type=as_type) == value


def test_missing_variable_has_a_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SETTING", raising=False)

    assert get_env_var("SETTING") is None
    assert get_env_var("SETTING", default="5", as_type="int") == 5
    assert get_env_var("SETTING", default=True, as_type="bool") is True


@pytest.mark.parametrize("as_type", ["int", "bool"])
def test_variable_of_another_type_is_named_without_its_value(
    monkeypatch: pytest.MonkeyPatch, as_type: str
) -> None:
    monkeypatch.setenv("SETTING", "planted")

    with pytest.raises(EnvironmentVariableError, match="SETTING of this node is not") as caught:
        get_env_var("SETTING", as_type=as_type)

    assert "planted" not in caught.value.message


def test_unknown_type_is_refused() -> None:
    with pytest.raises(EnvironmentVariableError, match="one of str, int, bool"):
        get_env_var("SETTING", as_type="float")


@pytest.mark.parametrize("text", ["PASSWORD", "MYTABLES", "POSTGRES", "GE======", "GE!!!!!!"])
def test_value_that_looks_encoded_is_left_alone(
    monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setenv("SETTING", text)

    assert get_env_var("SETTING") == text


def test_value_that_must_be_positive() -> None:
    check_envvar_value_positive("SETTING", 1)

    for value in (0, -1, float("nan")):
        with pytest.raises(EnvironmentVariableError, match="SETTING of this node must be"):
            check_envvar_value_positive("SETTING", value)

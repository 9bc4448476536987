"""Configuration files: every problem at once, with its place and what to write instead."""

from pathlib import Path
from typing import Any, Literal

import pytest
from pydantic import Field, SecretStr, field_validator, model_validator
from vantage6.common.config.blocks import Block, Logging
from vantage6.common.config.loader import environments, load, load_whole
from vantage6.common.errors import ConfigurationError


class Database(Block):
    label: str = Field(description="Name of the database")
    uri: str = Field(description="Where it is")


class Span(Block):
    first: int = Field(1, description="Where it begins")
    last: int = Field(2, description="Where it ends")

    @model_validator(mode="after")
    def _ordered(self) -> "Span":
        if self.last < self.first:
            raise ValueError("last must not be before first")
        return self


class Settings(Block):
    api_key: SecretStr = Field(min_length=4, description="Key of the node")
    port: int = Field(443, ge=1, le=65535, description="Port of the server")
    mode: Literal["fast", "safe"] = Field("safe", description="How to work")
    timeout: int | float = Field(5, description="Longest wait")
    logging: Logging = Field(default_factory=Logging, description="How much is logged")
    databases: tuple[Database, ...] | dict[str, str] = Field((), description="Data sources")
    allowed_users: tuple[str, ...] = Field((), alias="allowed-users", description="Who may ask")

    @field_validator("allowed_users")
    @classmethod
    def _name_them(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        if "13" in names:
            raise ValueError("give names, not ids")
        return names


def write(folder: Path, text: str) -> Path:
    file = folder / "hospital.yaml"
    file.write_text(text, "utf-8")
    return file


def problems(file: Path, environment: str | None = None, **overrides: Any) -> list[str]:
    """Lines of the error, without the one that counts them."""
    with pytest.raises(ConfigurationError) as caught:
        load(file, Settings, environment, overrides)
    return [line.strip() for line in caught.value.message.splitlines()[1:]]


# --- good files --------------------------------------------------------------------------------


def test_file_with_one_part_needs_no_environment(tmp_path: Path) -> None:
    file = write(tmp_path, "application:\n  api_key: secret\n  port: 5000\n")

    loaded = load(file, Settings)

    assert loaded.settings.port == 5000
    assert loaded.settings.api_key.get_secret_value() == "secret"
    assert (loaded.environment, loaded.name, loaded.file) == ("application", "hospital", file)


BOTH = """\
application:
  api_key: from-application
environments:
  prod:
    api_key: from-prod
  acc:
  test: {}
  dev:
    api_key: from-dev
    allowed-users: [ada]
"""


@pytest.mark.parametrize("name", ["application", "prod", "dev"])
def test_environment_is_chosen_by_name(name: str, tmp_path: Path) -> None:
    loaded = load(write(tmp_path, BOTH), Settings, name)

    assert loaded.settings.api_key.get_secret_value() == f"from-{name}"
    assert loaded.environment == name


def test_environments_without_content_do_not_count(tmp_path: Path) -> None:
    assert environments(write(tmp_path, BOTH)) == ["application", "prod", "dev"]


def test_overrides_replace_what_the_file_says(tmp_path: Path) -> None:
    file = write(tmp_path, "application:\n  api_key: secret\n  port: 5000\n")

    loaded = load(file, Settings, overrides={"port": 5001, "logging.level": "DEBUG"})

    assert (loaded.settings.port, loaded.settings.logging.level) == (5001, "DEBUG")


def test_anchors_and_merges_of_yaml_work(tmp_path: Path) -> None:
    text = "x: &x {api_key: secret, port: 1}\napplication:\n  <<: *x\n  port: 2\n"

    assert load(write(tmp_path, text), Settings).settings.port == 2


@pytest.mark.parametrize(
    "text", ["databases:\n    - {label: a, uri: b}", "databases:\n    default: /data.csv"]
)
def test_either_form_of_a_setting_is_taken(text: str, tmp_path: Path) -> None:
    file = write(tmp_path, f"application:\n  api_key: secret\n  {text}\n")

    assert load(file, Settings).settings.databases


# --- which environment -------------------------------------------------------------------------


def test_choice_is_asked_for_with_what_there_is(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"say which .*: application, prod, dev"):
        load(write(tmp_path, BOTH), Settings)


@pytest.mark.parametrize("name", ["acc", "test", "production", ""])
def test_environment_that_is_not_there_is_answered_with_those_that_are(
    name: str, tmp_path: Path
) -> None:
    with pytest.raises(ConfigurationError, match=f"no environment '{name}'; it has: application"):
        load(write(tmp_path, BOTH), Settings, name)


@pytest.mark.parametrize(
    "text", ["settings:\n  api_key: x\n", "? [a]\n: b\n", "environments: [prod]\n"]
)
def test_file_without_any_part_says_what_is_expected(text: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="neither 'application:' nor 'environments:'"):
        load(write(tmp_path, text), Settings)


@pytest.mark.parametrize("text", ["", "- a list\n", "just text\n"])
def test_file_that_is_no_mapping_says_what_is_expected(text: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="expected 'application:' or 'environments:'"):
        environments(write(tmp_path, text))


# --- files that cannot be read -----------------------------------------------------------------


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"no\.yaml: cannot be read \(No such file"):
        load(tmp_path / "no.yaml", Settings)


def test_file_in_another_encoding_is_named(tmp_path: Path) -> None:
    file = tmp_path / "latin.yaml"
    file.write_bytes("application: {api_key: clé}".encode("latin-1"))

    with pytest.raises(ConfigurationError, match="is not UTF-8 text"):
        load(file, Settings)


def test_broken_yaml_is_told_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"(?s)is not valid YAML.*line 3"):
        load(write(tmp_path, "application:\n  api_key: secret\n port: 1\n"), Settings)


def test_tags_of_python_are_not_obeyed(tmp_path: Path) -> None:
    text = "application:\n  api_key: !!python/object/apply:os.getcwd []\n"

    with pytest.raises(ConfigurationError, match="is not plain YAML"):
        load(write(tmp_path, text), Settings)


# --- problems ----------------------------------------------------------------------------------

WRONG = """\
application:
  apikey: secret
  port: 70000
  mode: loud
  logging:
    level: LOUD
    max_sise: 1
    loggers:
      - {name: urllib3, level: INFO}
      - {name: engineio, lvl: INFO}
  allowed-users: ["13"]
"""


def test_every_problem_is_told_at_once_with_path_and_line(tmp_path: Path) -> None:
    assert problems(write(tmp_path, WRONG)) == [
        "allowed-users (line 11): give names, not ids",
        "api_key: is missing; key of the node",
        "apikey (line 2): unknown setting; did you mean 'api_key'?",
        "logging.level (line 6): 'LOUD' is not one of DEBUG, INFO, WARNING, ERROR, CRITICAL or"
        " NOTSET",
        "logging.loggers.1.level (line 10): is missing; lowest level that is written",
        "logging.loggers.1.lvl (line 10): unknown setting; did you mean 'level'?",
        "logging.max_sise (line 7): unknown setting; did you mean 'max_size'?",
        "mode (line 4): 'loud' is not one of fast or safe",
        "port (line 3): input should be less than or equal to 65535, not 70000",
    ]


def test_first_line_counts_the_problems_and_names_the_file(tmp_path: Path) -> None:
    file = write(tmp_path, "application:\n  port: 1\n")

    with pytest.raises(ConfigurationError) as caught:
        load(file, Settings)

    assert caught.value.message.splitlines()[0] == f"{file}: 1 problem"


def test_setting_that_resembles_nothing_is_to_be_removed(tmp_path: Path) -> None:
    file = write(tmp_path, "application:\n  api_key: secret\n  zzz: 1\n")

    assert problems(file) == ["zzz (line 3): unknown setting; remove it"]


def test_line_is_the_one_in_the_chosen_environment(tmp_path: Path) -> None:
    file = write(tmp_path, BOTH.replace("api_key: from-dev", "api_key: from-dev\n    port: x"))

    assert problems(file, "dev") == [
        "port (line 10): input should be a valid integer, unable to parse string as an integer,"
        " not 'x'"
    ]


def test_setting_that_is_there_twice_is_a_problem(tmp_path: Path) -> None:
    block = "  logging:\n    level: INFO\n    level: DEBUG\n"
    text = f"application:\n  api_key: one1\n{block}  api_key: two2\n"

    assert problems(write(tmp_path, text)) == [
        "api_key (line 6): is there twice",
        "logging.level (line 5): is there twice",
    ]


def test_names_that_pydantic_gives_to_alternatives_do_not_show(tmp_path: Path) -> None:
    file = write(
        tmp_path,
        "application:\n  api_key: secret\n  timeout: [1]\n  databases:\n    - {label: a}\n",
    )

    found = problems(file)

    assert found == [
        "databases.0.uri (line 5): is missing; where it is",
        "timeout (line 3): input should be a valid integer",
        "timeout (line 3): input should be a valid number",
    ]


def test_wrong_override_is_told_without_a_line(tmp_path: Path) -> None:
    file = write(tmp_path, "application:\n  api_key: secret\n")

    assert problems(file, **{"logging.level": "LOUD"})[0].startswith(
        "logging.level: 'LOUD' is not"
    )


def test_override_inside_a_text_leaves_the_text_to_be_reported(tmp_path: Path) -> None:
    file = write(tmp_path, "application:\n  api_key: secret\n  logging: INFO\n")

    assert problems(file, **{"logging.level": "DEBUG"})[0].startswith("logging (line 3): input")


@pytest.mark.parametrize("value", ["4711471147114711", "abc", "[hidden-secret]"])
def test_wrong_secret_is_never_shown(value: str, tmp_path: Path) -> None:
    file = write(tmp_path, f"application:\n  api_key: {value}\n")

    with pytest.raises(ConfigurationError) as caught:
        load(file, Settings)

    shown = f"{caught.value.message} {caught.value.__cause__} {caught.value.__context__}"
    assert value.strip("[]") not in shown
    assert "api_key (line 2)" in shown


@pytest.mark.parametrize("text", ["application: 5\n", "application: [a]\n", "application:\n"])
def test_part_that_holds_no_settings_is_no_part(text: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="has neither"):
        load(write(tmp_path, text), Settings)


def test_empty_block_is_all_defaults(tmp_path: Path) -> None:
    file = write(tmp_path, "application:\n  api_key: secret\n  logging:\n")

    assert load(file, Settings).settings.logging == Logging()


def test_problem_of_several_settings_together_is_told(tmp_path: Path) -> None:
    file = write(tmp_path, "application:\n  first: 5\n  last: 3\n")

    with pytest.raises(ConfigurationError, match=r"1 problem\n  last must not be before first"):
        load(file, Span)


def test_wrong_value_in_a_mapping_is_told_by_its_key(tmp_path: Path) -> None:
    text = "application:\n  api_key: secret\n  databases:\n    default: [1]\n"

    assert problems(write(tmp_path, text)) == [
        "databases.default (line 4): input should be a valid string"
    ]


def test_file_without_environments_is_read_as_a_whole(tmp_path: Path) -> None:
    settings = load_whole(write(tmp_path, "first: 3\nlast: 5\n"), Span)

    assert (settings.first, settings.last) == (3, 5)


def test_problems_of_a_whole_file_are_told_in_the_same_way(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"fist \(line 1\).*did you mean 'first'"):
        load_whole(write(tmp_path, "fist: 3\n"), Span)


def test_empty_whole_file_says_what_it_may_hold(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="expected 'first:' or 'last:'"):
        load_whole(write(tmp_path, ""), Span)

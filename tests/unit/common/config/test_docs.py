"""Reference page and sample file follow the models."""

from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import Field, SecretStr
from vantage6.common.config.blocks import Block, Directories, Logging
from vantage6.common.config.docs import reference, sample
from vantage6.common.config.loader import load


class Mail(Block):
    host: str = Field(description="Where mail goes")
    port: int = Field(25, description="Its port")


class Encryption(Block):
    enabled: bool = Field(description="Must be what the collaboration says")


class Settings(Block):
    api_key: SecretStr = Field(description="Key of the node")
    port: int = Field(443, description="Port of the server")
    mode: Literal["fast", "safe"] = Field("safe", description="How to work")
    is_strict: bool = Field(False, description="Refuse more")
    key_file: Path | None = Field(None, description="Private key")
    wait_s: int | float = Field(1.5, description="Longest wait")
    origins: tuple[str, ...] = Field((), description="Web pages that may ask")
    databases: dict[str, str] = Field({}, description="Data sources")
    extra: Any = Field(None, description="Whatever")
    password: SecretStr = Field(SecretStr(""), description="Password, if there is one")
    folder: Path = Field(Path("/data"), description="Where data are")
    ports: tuple[Annotated[int, Field(ge=1)], ...] = Field((80, 443), description="Open ports")
    mail: Mail | None = Field(None, description="How mail is sent")
    directories: Directories = Field(default_factory=Directories, description="Folders")
    logging: Logging = Field(default_factory=Logging, description="Log")
    encryption: Encryption = Field(Encryption(enabled=False), description="End to end")


def rows() -> dict[str, list[str]]:
    lines = reference("Node", Settings).splitlines()[4:]
    cells = [[cell.strip() for cell in line.split(" | ")] for line in lines if line]
    return {row[0].strip("| `"): row[1:] for row in cells}


def test_page_has_a_row_per_setting_also_in_blocks() -> None:
    assert list(rows())[:4] == ["api_key", "port", "mode", "is_strict"]
    assert {"mail.host", "logging.level", "logging.loggers[].name"} <= set(rows())


def test_types_are_said_in_words() -> None:
    kinds = {path: row[0] for path, row in rows().items()}

    assert kinds["api_key"] == "text, secret"
    assert kinds["port"] == "whole number"
    assert kinds["mode"] == "`fast`, `safe`"
    assert kinds["is_strict"] == "`true` or `false`"
    assert kinds["key_file"] == "path"
    assert kinds["wait_s"] == "whole number or number"
    assert kinds["origins"] == "list of text"
    assert kinds["databases"] == "mapping to text"
    assert kinds["extra"] == "anything"
    assert kinds["ports"] == "list of whole number"
    assert kinds["mail"] == "block"
    assert kinds["logging.loggers"] == "list"


def test_defaults_are_written_as_in_a_file() -> None:
    defaults = {path: row[1] for path, row in rows().items()}

    assert defaults["api_key"] == "required"
    assert defaults["port"] == "`443`"
    assert defaults["is_strict"] == "`false`"
    assert defaults["folder"] == "`/data`"
    assert defaults["ports"] == "`[80, 443]`"
    assert defaults["password"] == "-"
    assert defaults["key_file"] == defaults["mail"] == defaults["origins"] == "-"
    assert defaults["mail.host"] == defaults["encryption.enabled"] == "required"


def test_sample_is_a_file_that_loads_once_the_required_is_filled_in(tmp_path: Path) -> None:
    text = "application:\n" + sample(Settings).replace("api_key:", "api_key: secret")
    file = tmp_path / "sample.yaml"
    file.write_text(text)

    assert load(file, Settings).settings == Settings(api_key=SecretStr("secret"))


def test_sample_comments_out_what_has_no_value() -> None:
    written = yaml.safe_load(sample(Settings, indent=0))

    assert written["api_key"] is None
    assert not {"key_file", "mail", "origins"} & set(written)
    assert "    # host:" in sample(Settings, indent=0).splitlines()


def test_sample_explains_every_setting() -> None:
    lines = sample(Settings).splitlines()

    assert lines[:2] == ["    # Key of the node", "    api_key:"]
    assert len(lines) == 2 * len(rows())

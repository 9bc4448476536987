"""Configuration files are written with comments, and changed without losing any."""

import pytest
import yaml
from pydantic import Field, SecretStr
from vantage6.cli.config_file import render, set_value, write
from vantage6.common.config.blocks import Block, Logging
from vantage6.common.config.loader import load
from vantage6.common.errors import ConfigurationError


class Encryption(Block):
    enabled: bool = Field(description="Whether payloads are encrypted")
    private_key: str | None = Field(None, description="Key file")


class Settings(Block):
    api_key: SecretStr = Field(description="Key for the server")
    port: int = Field(443, ge=1, description="Port of the server")
    encryption: Encryption = Field(description="End to end")
    logging: Logging = Field(Logging(), description="Logs")


VALUES = {"api_key": "secret: #1", "encryption": {"enabled": False}}
FILE = """# by hand
application:
    api_key: abc   # from the portal
    port: 5000
    # keep me
    encryption:
        enabled: true
"""


@pytest.mark.parametrize("environment", ["application", "dev"])
def test_written_file_is_read_back(tmp_path, environment):
    file = tmp_path / "new" / "x.yaml"

    write(file, Settings, environment, VALUES)

    loaded = load(file, Settings)
    assert loaded.environment == environment
    assert loaded.settings.api_key.get_secret_value() == "secret: #1"
    assert loaded.settings.port == 443


def test_written_file_is_for_its_owner_only(tmp_path):
    write(tmp_path / "x.yaml", Settings, "dev", VALUES)

    assert (tmp_path / "x.yaml").stat().st_mode & 0o777 == 0o600
    assert [f.name for f in tmp_path.iterdir()] == ["x.yaml"]


def test_every_setting_is_explained_and_defaults_are_comments():
    text = render(Settings, "application", VALUES)

    assert "    # Port of the server\n    # port: 443\n" in text
    assert "        # Lowest level that is written\n" in text
    assert yaml.safe_load(text) == {"application": VALUES}


def test_existing_file_is_never_replaced(tmp_path):
    (tmp_path / "x.yaml").write_text("mine")

    with pytest.raises(ConfigurationError, match="exists already"):
        write(tmp_path / "x.yaml", Settings, "dev", VALUES)
    assert (tmp_path / "x.yaml").read_text() == "mine"


def test_wrong_values_are_all_told_and_leave_nothing(tmp_path):
    with pytest.raises(ConfigurationError) as caught:
        write(tmp_path / "x.yaml", Settings, "dev", {"port": 0, "encryption": {}})

    assert "3 problems" in caught.value.message
    assert str(tmp_path / "x.yaml") in caught.value.message
    assert list(tmp_path.iterdir()) == []


def test_folder_that_cannot_be_written_points_at_user(tmp_path):
    (tmp_path / "file").write_text("")

    with pytest.raises(ConfigurationError, match="--user"):
        write(tmp_path / "file" / "x.yaml", Settings, "dev", VALUES)


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("api_key", "api_key: abc ", 'api_key: "n: 1" '),
        (
            "encryption.private_key",
            "    encryption:\n",
            '    encryption:\n        private_key: "n: 1"\n',
        ),
        (
            "directories.data",
            "application:\n",
            'application:\n    directories:\n        data: "n: 1"\n',
        ),
    ],
)
def test_one_setting_changes_and_the_rest_stays(tmp_path, path, old, new):
    class WithFolders(Settings):
        directories: dict[str, str] = {}

    file = tmp_path / "x.yaml"
    file.write_text(FILE)

    set_value(file, WithFolders, "application", path, "n: 1")

    assert file.read_text() == FILE.replace(old, new)


def test_empty_value_is_filled(tmp_path):
    file = tmp_path / "x.yaml"
    file.write_text("environments:\n  dev:\n    encryption: {enabled: no}\n    api_key:\n")

    set_value(file, Settings, "dev", "api_key", "k")

    assert load(file, Settings).settings.api_key.get_secret_value() == "k"


def test_permissions_of_a_changed_file_are_kept(tmp_path):
    file = tmp_path / "x.yaml"
    file.write_text(FILE)
    file.chmod(0o640)

    set_value(file, Settings, "application", "api_key", "k")

    assert file.stat().st_mode & 0o777 == 0o640


def test_block_on_one_line_is_left_to_people(tmp_path):
    file = tmp_path / "x.yaml"
    file.write_text("application: {api_key: a, encryption: {enabled: false}}\n")

    with pytest.raises(ConfigurationError, match=r"encryption\.private_key|private_key.*by hand"):
        set_value(file, Settings, "application", "encryption.private_key", "k")


def test_change_that_would_not_be_valid_leaves_the_file(tmp_path):
    file = tmp_path / "x.yaml"
    file.write_text(FILE)

    with pytest.raises(ConfigurationError, match="unknown setting"):
        set_value(file, Settings, "application", "nonsense", "k")
    assert file.read_text() == FILE

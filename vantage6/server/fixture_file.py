"""The YAML file with what a server imports, as typed entries.

The form is that of 3.x::

    organizations:
      - name: hospital
        users:
          - {username: doctor, password: …, roles: [Researcher]}
    collaborations:
      - name: study
        participants:
          - {name: hospital, api_key: …}

Only names, passwords and API keys are needed; everything else may be left out or empty.
"""

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PrivateAttr,
    SecretStr,
    field_validator,
)

from vantage6.common.config.loader import load_whole
from vantage6.common.encoding import base64s_to_bytes


def _as_text(value: object) -> object:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


_Text = Annotated[str | None, BeforeValidator(_as_text)]
"""Text that people write without quotes although it is a number, such as a zip code."""


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class UserEntry(_Entry):
    """A user."""

    username: str = Field(min_length=1, description="Name to log in with")
    password: SecretStr = Field(
        min_length=1, description="Password, in the clear; stored as a hash"
    )
    firstname: _Text = Field(None, description="First name")
    lastname: _Text = Field(None, description="Last name")
    email: _Text = Field(None, description="Mail address")
    roles: tuple[str, ...] | None = Field(None, description="Default roles that the user gets")


class OrganizationEntry(_Entry):
    """An organization and its users."""

    name: str = Field(min_length=1, description="Name of the organization")
    domain: _Text = Field(None, description="Internet domain")
    address1: _Text = Field(None, description="Address")
    address2: _Text = Field(None, description="Address, second line")
    zipcode: _Text = Field(None, description="Zip code")
    country: _Text = Field(None, description="Country")
    public_key: str | None = Field(None, description="Public key, base64 of its PEM")
    users: tuple[UserEntry, ...] = Field((), description="Users of the organization")

    @field_validator("public_key")
    @classmethod
    def _is_base64(cls, key: str | None) -> str | None:
        if key is None:
            return None
        base64s_to_bytes(key)
        # YAML makes a blank of the end of a line.
        return "".join(key.split())


class ParticipantEntry(_Entry):
    """An organization in a collaboration, and the key of its node there."""

    name: str = Field(description="Name of an organization")
    api_key: SecretStr = Field(description="API key of its node, a UUID")

    @field_validator("api_key")
    @classmethod
    def _is_uuid(cls, key: SecretStr) -> SecretStr:
        try:
            uuid.UUID(key.get_secret_value())
        except ValueError as error:
            raise ValueError("is not a UUID; make one with 'uuidgen'") from error
        return key


class CollaborationEntry(_Entry):
    """A collaboration, its participants, and images to make example tasks of."""

    name: str = Field(min_length=1, description="Name of the collaboration")
    encrypted: bool = Field(True, description="Whether inputs and results are encrypted")
    participants: tuple[ParticipantEntry, ...] = Field((), description="Who takes part")
    tasks: tuple[str, ...] = Field((), description="Images to make example tasks of")


class Fixtures(_Entry):
    """What a file holds."""

    organizations: tuple[OrganizationEntry, ...] = Field((), description="Organizations")
    collaborations: tuple[CollaborationEntry, ...] = Field((), description="Collaborations")
    _lines: dict[str, int] = PrivateAttr(default_factory=dict)

    def place(self, path: str) -> str:
        """A path with the line of the file where it is: ``organizations.0.name (line 2)``."""
        return f"{path} (line {self._lines[path]})" if path in self._lines else path


def load(file: Path) -> Fixtures:
    """Read a file without looking at the database.

    Raises
    ------
    ConfigurationError
        With every problem of the file.
    """
    fixtures = load_whole(file, Fixtures)
    root = yaml.compose(file.read_text("utf-8"), Loader=yaml.SafeLoader)
    fixtures._lines.update(_lines_of(root))
    return fixtures


def _lines_of(node: yaml.Node | None, path: str = "") -> Iterator[tuple[str, int]]:
    """Every path below a node, and the line where it is."""
    if isinstance(node, yaml.MappingNode):
        inner = [(str(key.value), key, value) for key, value in node.value]
    elif isinstance(node, yaml.SequenceNode):
        inner = [(str(i), value, value) for i, value in enumerate(node.value)]
    else:
        return
    for name, mark, value in inner:
        yield f"{path}{name}", mark.start_mark.line + 1
        yield from _lines_of(value, f"{path}{name}.")

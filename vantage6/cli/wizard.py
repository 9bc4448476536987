"""The questions of `new`, derived from the configuration models; each of them is a flag as well.

A question names a setting by its dotted path. Its text, type, choices, limits and default are
those of the field in the model, so that wizard, flags and validation cannot differ.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin

import click
from pydantic import BaseModel, SecretStr, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from vantage6.cli.context import model_of
from vantage6.common.errors import ConfigurationError
from vantage6.common.paths import Component

_DATABASE_TYPES = ("csv", "parquet", "excel", "sql", "sparql", "omop", "other")


@dataclass(frozen=True, slots=True)
class Question:
    """A setting that `new` asks for.

    `suggestion` stands in where the model has no default; `needs` is the path of a yes/no question
    that must have been answered with yes.
    """

    path: str
    flag: str
    suggestion: Any = None
    needs: str = ""

    @property
    def parameter(self) -> str:
        """Name of the flag's value in the command."""
        return self.flag.replace("-", "_")


QUESTIONS: dict[Component, tuple[Question, ...]] = {
    "node": (
        Question("api_key", "api-key"),
        Question("server_url", "server-url", "http://localhost"),
        Question("port", "port", 5000),
        Question("api_path", "api-path", "/api"),
        Question("databases", "database"),
        Question("logging.level", "log-level"),
        Question("encryption.enabled", "encryption", True),
        Question("encryption.private_key", "private-key", needs="encryption.enabled"),
    ),
    "server": (
        Question("description", "description", "vantage6 server"),
        Question("ip", "ip", "0.0.0.0"),  # noqa: S104  # the default of 3.x; shown and changeable
        Question("port", "port", 5000),
        Question("api_path", "api-path", "/api"),
        Question("uri", "uri", "sqlite:///default.sqlite"),
        Question("allow_drop_all", "allow-drop-all", False),
        Question("two_factor_auth", "two-factor-auth", False),
        Question("logging.level", "log-level"),
    ),
}


def flags(component: Component) -> list[click.Parameter]:
    """The questions as options of a command; an option that was not given is None."""
    model = model_of(component)
    return [_flag(question, _field(model, question.path)) for question in QUESTIONS[component]]


class Mode(Enum):
    """Where the answer to a question comes from when its flag was not given."""

    ASK = "the terminal"
    DEFAULT = "the default, or else the suggestion"
    STRICT = "nowhere: it must be given when the model has no default for it"


def answers(component: Component, given: Mapping[str, Any], mode: Mode) -> dict[str, Any]:
    """Settings for a configuration file, nested as there.

    Parameters
    ----------
    component
        Whose configuration.
    given
        Values of the flags, by parameter name; None where a flag was left out.
    mode
        See `Mode`.

    Raises
    ------
    ConfigurationError
        With all flags that must be given.
    """
    model, known, missing = model_of(component), dict[str, Any](), list[str]()
    for question in QUESTIONS[component]:
        field = _field(model, question.path)
        value = given.get(question.parameter)
        if question.path == "databases":
            known[question.path] = _databases(value or (), ask=mode is Mode.ASK)
        elif value is not None:
            known[question.path] = value
        elif not question.needs or known.get(question.needs):
            known[question.path] = _answer(question, field, mode)
            if known[question.path] is None and field.is_required():
                missing.append(f"--{question.flag}")
    if missing:
        raise ConfigurationError(f"without a terminal these are needed: {', '.join(missing)}")
    return _nested(known)


# --- what the model says about a question ------------------------------------------------------


def _field(model: type[BaseModel], path: str) -> FieldInfo:
    *blocks, last = path.split(".")
    for name in blocks:
        annotation = model.model_fields[name].annotation
        inner = [annotation, *get_args(annotation)]
        model = next(b for b in inner if isinstance(b, type) and issubclass(b, BaseModel))
    return model.model_fields[last]


def _default(question: Question, field: FieldInfo) -> Any:
    if field.is_required() or question.suggestion is not None:
        return question.suggestion
    return field.default


def _kind(field: FieldInfo) -> Any:
    """bool, int, str, SecretStr or a tuple of choices."""
    members = [
        m for m in (get_args(field.annotation) or (field.annotation,)) if m is not type(None)
    ]
    if get_origin(field.annotation) is Literal:
        return get_args(field.annotation)
    return members[0]


# --- flags ---------------------------------------------------------------------------------------


def _flag(question: Question, field: FieldInfo) -> click.Option:
    kind, name = _kind(field), f"--{question.flag}"
    text = field.description or question.path
    if question.path == "databases":
        form = "LABEL=URI[:TYPE]"
        return click.Option([name], multiple=True, metavar=form, help=f"{text}; may be repeated")
    if kind is bool:
        return click.Option([f"{name}/--no-{question.flag}"], default=None, help=text)
    if isinstance(kind, tuple):
        return click.Option([name], type=click.Choice(kind), help=text)
    return click.Option([name], type=int if kind is int else str, help=text)


# --- questions -----------------------------------------------------------------------------------


def _answer(question: Question, field: FieldInfo, mode: Mode) -> Any:
    if mode is Mode.STRICT:
        return None
    return _ask(question, field) if mode is Mode.ASK else _default(question, field)


def _ask(question: Question, field: FieldInfo) -> Any:
    import questionary

    text, default, kind = (
        field.description or question.path,
        _default(question, field),
        _kind(field),
    )
    if kind is bool:
        return questionary.confirm(text, default=bool(default)).unsafe_ask()
    if isinstance(kind, tuple):
        return questionary.select(text, list(kind), default=default).unsafe_ask()
    prompt: Callable[..., Any] = questionary.password if kind is SecretStr else questionary.text
    shown = "" if default is None else str(default)
    answer = prompt(text, default=shown, validate=_checker(field)).unsafe_ask()
    if not answer:
        return None
    return int(answer) if kind is int else answer


def _checker(field: FieldInfo) -> Callable[[str], bool | str]:
    kind: Any = Annotated[field.annotation, field]
    adapter = TypeAdapter[Any](kind)

    def check(answer: str) -> bool | str:
        if not answer and not field.is_required():
            return True
        try:
            adapter.validate_python(answer)
        except ValidationError as error:
            return str(error.errors()[0]["msg"])
        return bool(answer) or "an answer is needed"

    return check


def _databases(given: Sequence[str], *, ask: bool) -> list[dict[str, str]]:
    entries = [_database(text) for text in given]
    if entries or not ask:
        return entries
    import questionary

    while questionary.confirm("Add a database?", default=not entries).unsafe_ask():
        label = questionary.text("Label", default="" if entries else "default").unsafe_ask()
        uri = questionary.text("File or address").unsafe_ask()
        kind = questionary.select("Type", list(_DATABASE_TYPES)).unsafe_ask()
        entries.append({"label": label, "uri": uri, "type": kind})
    return entries


def _database(text: str) -> dict[str, str]:
    label, equals, rest = text.partition("=")
    uri, _, kind = rest.rpartition(":")
    if kind not in _DATABASE_TYPES:
        uri, kind = rest, rest.rpartition(".")[2]
    if not (label and equals and uri and kind in _DATABASE_TYPES):
        raise ConfigurationError(
            f"--database {text}: write LABEL=URI:TYPE; types are {', '.join(_DATABASE_TYPES)}"
        )
    # A node may be started from any folder.
    uri = str(Path(uri).absolute()) if Path(uri).exists() else uri
    return {"label": label, "uri": uri, "type": kind}


def _nested(values: Mapping[str, Any]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for path, value in values.items():
        if value is None:
            continue
        *blocks, last = path.split(".")
        place = tree
        for block in blocks:
            place = place.setdefault(block, {})
        place[last] = value
    return tree

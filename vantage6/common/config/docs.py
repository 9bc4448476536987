"""Reference page and sample file, derived from the configuration models."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, NamedTuple, Union, get_args, get_origin

import yaml
from pydantic import BaseModel, SecretStr

from vantage6.common.config.loader import _block_in

_NOTHING = "-"
_WORDS: dict[Any, str] = {
    str: "text",
    int: "whole number",
    float: "number",
    bool: "`true` or `false`",
    Path: "path",
    SecretStr: "text, secret",
    Any: "anything",
}


class Setting(NamedTuple):
    """One setting.

    `path` is dotted, with ``[]`` after the name of a list of blocks; `is_given` says that it has a
    value, or must have one, when the file does not name it.
    """

    path: str
    kind: str
    default: Any
    required: bool
    is_given: bool
    text: str

    @property
    def default_text(self) -> str:
        """The default for a reader."""
        if self.required:
            return "required"
        return _NOTHING if self.default is None else f"`{_yaml(self.default).strip()}`"


def settings(
    model: type[BaseModel], prefix: str = "", given: BaseModel | None = None
) -> Iterator[Setting]:
    """Every setting of a model, blocks before what is in them.

    `given` is the default of the block that the model describes.
    """
    for name, attribute, field in _named_fields(model):
        block = _block_in(field.annotation)
        is_list = block is not None and "tuple" in str(field.annotation)
        default = getattr(given, attribute) if given else _default(field)
        yield Setting(
            path=f"{prefix}{name}",
            kind=_kind(field.annotation, block, is_list),
            default=None if _is_empty(default) or isinstance(default, BaseModel) else default,
            required=field.is_required(),
            is_given=field.is_required() or not (default is None or _is_empty(default)),
            text=field.description or "",
        )
        if block is not None:
            inner = default if isinstance(default, BaseModel) else None
            yield from settings(block, f"{prefix}{name}{'[]' if is_list else ''}.", inner)


def reference(title: str, model: type[BaseModel]) -> str:
    """Markdown table of every setting: key, type, default, meaning."""
    head = [f"## {title}", "", "| key | type | default | meaning |", "|---|---|---|---|"]
    rows = [
        f"| `{entry.path}` | {entry.kind} | {entry.default_text} | {entry.text} |"
        for entry in settings(model)
    ]
    return "\n".join([*head, *rows, ""])


def sample(model: type[BaseModel], indent: int = 4) -> str:
    """YAML of every setting with its meaning above it.

    A setting without a value is commented out, with all that is in it; one that is required is
    left empty.
    """
    lines = []
    off: tuple[str, ...] = ()
    for entry in settings(model):
        parent, _, key = entry.path.rpartition(".")
        if not entry.is_given:
            off += (f"{entry.path}.", f"{entry.path}[].")
        mark = "" if entry.is_given and not f"{parent}.".startswith(off) else "# "
        pad = " " * (indent + 4 * entry.path.count("."))
        lines += [f"{pad}# {entry.text}", f"{pad}{mark}{key}:{_yaml(entry.default)}"]
    return "\n".join(lines) + "\n"


def _kind(annotation: Any, block: Any, is_list: bool) -> str:
    if block is not None:
        return "list" if is_list else "block"
    return _words(annotation)


def _words(annotation: Any) -> str:
    if annotation in _WORDS:
        return _WORDS[annotation]
    members = get_args(annotation)
    origin = get_origin(annotation)
    if origin is Literal:
        return ", ".join(f"`{member}`" for member in members)
    if origin in (tuple, list, frozenset, set):
        return f"list of {_words(members[0])}"
    if origin in (dict, Mapping):
        return f"mapping to {_words(members[1])}"
    if origin in (Union, UnionType):
        return " or ".join(_words(member) for member in members if member is not NoneType)
    return _words(members[0]) if members else f"`{getattr(annotation, '__name__', annotation)}`"


def _named_fields(model: type[BaseModel]) -> Iterator[tuple[str, str, Any]]:
    for attribute, field in model.model_fields.items():
        yield field.alias or attribute, attribute, field


def _default(field: Any) -> Any:
    return None if field.is_required() else field.get_default(call_default_factory=True)


def _is_empty(value: Any) -> bool:
    return value == () or isinstance(value, SecretStr)


def _yaml(value: Any) -> str:
    if value is None:
        return ""
    plain = list(value) if isinstance(value, tuple) else value
    if not isinstance(plain, str | int | float | list | dict):
        plain = str(plain)
    text = yaml.safe_dump(plain, width=1000, default_flow_style=True)
    return " " + text.removesuffix("\n").removesuffix("\n...")

"""Write configuration files, and change single settings in them without losing their comments."""

import contextlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel

from vantage6.common.config.loader import APPLICATION, load
from vantage6.common.errors import ConfigurationError

_INDENT = 4


def write(file: Path, model: type[BaseModel], environment: str, values: Mapping[str, Any]) -> None:
    """Write a new, commented configuration file that only its owner can read.

    Parameters
    ----------
    file
        Where; its folder is made, and nothing is left when `values` are not valid.
    model
        Configuration model of the component.
    environment
        ``application`` or the name of an environment.
    values
        The settings as they stand in the file, nested.

    Raises
    ------
    ConfigurationError
        When the file exists or cannot be written, or with every problem of `values`.
    """
    if file.exists():
        raise ConfigurationError(f"{file} exists already; edit it, or choose another name")
    try:
        with _folder_of(file):
            _replace(file, render(model, environment, values), model, environment)
    except OSError as error:
        raise _not_writable(file, error) from error


def set_value(file: Path, model: type[BaseModel], environment: str, path: str, value: str) -> None:
    """Change one setting in place; everything else in the file stays as it is.

    Parameters
    ----------
    file, model, environment
        As for `write`.
    path
        Dotted path of a text setting, such as ``encryption.private_key``.
    value
        Its new value.

    Raises
    ------
    ConfigurationError
        When the file cannot be read or written, or would not be valid afterwards.
    """
    try:
        text = file.read_text("utf-8")
        _replace(file, _changed(text, environment, path.split("."), value), model, environment)
    except OSError as error:
        raise _not_writable(file, error) from error


def render(model: type[BaseModel], environment: str, values: Mapping[str, Any]) -> str:
    """YAML text of a configuration: the settings with their meaning, the others as comments."""
    depth = 1 if environment == APPLICATION else 2
    head = [f"{APPLICATION}:"] if depth == 1 else ["environments:", f"{_pad(1)}{environment}:"]
    return "\n".join([*head, *_settings(model, values, depth)]) + "\n"


def _settings(model: type[BaseModel], values: Mapping[str, Any], depth: int) -> list[str]:
    lines = []
    for name, field in model.model_fields.items():
        key, block, meaning = field.alias or name, _block(field.annotation), field.description
        if key not in values and (meaning or "").startswith("3.x"):
            continue  # kept in the model for old files only
        lines.append(f"{_pad(depth)}# {meaning or key}")
        if key not in values:
            lines.append(f"{_pad(depth)}# {key}:{_default(field.default)}")
            lines += _settings(block, {}, depth + 1) if block else []
        elif block:
            lines += [f"{_pad(depth)}{key}:", *_settings(block, values[key], depth + 1)]
        else:
            text = yaml.safe_dump({key: values[key]}, sort_keys=False, allow_unicode=True)
            lines += [f"{_pad(depth)}{line}" for line in text.splitlines()]
    return lines


def _block(annotation: Any) -> type[BaseModel] | None:
    members = [annotation, *(getattr(annotation, "__args__", ()))]
    if getattr(annotation, "__origin__", None) is tuple:
        return None
    return next((m for m in members if isinstance(m, type) and issubclass(m, BaseModel)), None)


def _default(value: Any) -> str:
    return f" {json.dumps(value)}" if isinstance(value, str | int | float) else ""


def _pad(depth: int) -> str:
    return " " * (_INDENT * depth)


@contextlib.contextmanager
def _folder_of(file: Path) -> Iterator[None]:
    """The folder of a file; when the file cannot be written, folders that were made go again."""
    made = [folder for folder in file.parents if not folder.exists()]
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        yield
    except BaseException:
        for folder in made:
            folder.rmdir()
        raise


def _replace(file: Path, text: str, model: type[BaseModel], environment: str) -> None:
    # Checked before it takes the place of the old one: a bad answer never costs a good file.
    descriptor, name = tempfile.mkstemp(prefix=f".{file.stem}.", suffix=".yaml", dir=file.parent)
    draft = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as output:
            output.write(text)
        if file.exists():
            shutil.copymode(file, draft)
        try:
            load(draft, model, environment)
        except ConfigurationError as error:
            raise ConfigurationError(error.message.replace(str(draft), str(file))) from error
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)


def _changed(text: str, environment: str, path: list[str], value: str) -> str:
    """The text with the scalar at `path` replaced, or added to the deepest block that is there."""
    top = [APPLICATION] if environment == APPLICATION else ["environments", environment]
    node = yaml.compose(text, Loader=yaml.SafeLoader)
    rest = [*top, *path]
    while isinstance(node, yaml.MappingNode):
        inner = next((v for k, v in node.value if k.value == rest[0]), None)
        if inner is None:
            return _added(text, node, rest, value)
        node, rest = inner, rest[1:]
        if not rest:
            start, end = node.start_mark.index, node.end_mark.index
            gap = "" if text[start - 1 : start].isspace() else " "
            return f"{text[:start]}{gap}{json.dumps(value)}{text[end:]}"
    raise ConfigurationError(
        f"'{'.'.join(path)}' cannot be set: '{rest[0]}' has no block to be in"
    )


def _added(text: str, block: yaml.MappingNode, keys: list[str], value: str) -> str:
    start = block.start_mark
    if block.flow_style or not block.value:
        raise ConfigurationError(f"add '{'.'.join(keys)}' by hand: its block is on one line")
    lines, depth = [], start.column
    for key in keys[:-1]:
        lines.append(f"{' ' * depth}{key}:")
        depth += _INDENT
    lines.append(f"{' ' * depth}{keys[-1]}: {json.dumps(value)}")
    position = start.index - start.column
    return text[:position] + "\n".join(lines) + "\n" + text[position:]


def _not_writable(file: Path, error: OSError) -> ConfigurationError:
    return ConfigurationError(
        f"{file}: cannot be written ({error.strerror}); use --user for a configuration of your own"
    )

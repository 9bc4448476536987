"""YAML file -> validated configuration, with every problem told at once.

A file has one top-level key, ``application``, or ``environments`` with some of ``prod``, ``acc``,
``test`` and ``dev``; that is the 3.x form.
"""

import difflib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from vantage6.common.errors import ConfigurationError

Settings = TypeVar("Settings", bound=BaseModel)
APPLICATION = "application"
ENVIRONMENTS = ("prod", "acc", "test", "dev")
_PARTS = "'application:' or 'environments:'"
_Location = tuple[str | int, ...]


class InvalidConfiguration(ConfigurationError):
    """A file does not say what it should; `problems` has a sentence for each place."""

    def __init__(self, file: Path, problems: Iterable[str]) -> None:
        self.problems = sorted(set(problems))
        count = "1 problem" if len(self.problems) == 1 else f"{len(self.problems)} problems"
        lines = [f"{file}: {count}", *(f"  {problem}" for problem in self.problems)]
        super().__init__("\n".join(lines))


@dataclass(frozen=True)
class Loaded(Generic[Settings]):
    """A configuration and where it came from."""

    settings: Settings
    environment: str
    file: Path

    @property
    def name(self) -> str:
        """Name of the instance: the stem of its file."""
        return self.file.stem


def load(
    file: Path,
    model: type[Settings],
    environment: str | None = None,
    overrides: Mapping[str, Any] | None = None,
) -> Loaded[Settings]:
    """Read one environment of a configuration file.

    Parameters
    ----------
    file
        YAML file.
    model
        What it must look like.
    environment
        Which part of the file; may be left out when there is only one.
    overrides
        Values by dotted path that replace those in the file, such as ``{"port": 5001}``.

    Raises
    ------
    ConfigurationError
        With one line per problem: dotted path, line in the file, what to write instead.
    """
    name, node = _select(file, _read(file, _PARTS), environment)
    return Loaded(_validated(file, node, model, overrides or {}), name, file)


def load_whole(file: Path, model: type[Settings]) -> Settings:
    """Read a file without environments, such as the one with what a server imports.

    Raises
    ------
    ConfigurationError
        As `load` does.
    """
    keys = " or ".join(f"'{name}:'" for name in _by_alias(model))
    return _validated(file, _read(file, keys), model, {})


def environments(file: Path) -> list[str]:
    """Names of the environments that a file has.

    Raises
    ------
    ConfigurationError
        When the file cannot be read.
    """
    return list(_parts(_read(file, _PARTS)))


def _validated(
    file: Path, node: yaml.Node, model: type[Settings], overrides: Mapping[str, Any]
) -> Settings:
    problems = list(_repetitions(node))
    data = _construct(file, node)
    for path, value in overrides.items():
        _put(data, path.split("."), value)
    try:
        settings = model.model_validate(data)
    except ValidationError as error:
        problems += _deepest(_problem(entry, node, model) for entry in error.errors())
    else:
        if not problems:
            return settings
    # Not `from` pydantic's error: it would print the values, and some of them are secret.
    raise InvalidConfiguration(file, problems)


def _read(file: Path, expected: str) -> yaml.MappingNode:
    try:
        text = file.read_text("utf-8")
    except OSError as error:
        raise ConfigurationError(f"{file}: cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{file}: is not UTF-8 text") from error
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        raise ConfigurationError(f"{file}: is not valid YAML: {error}") from error
    if not isinstance(root, yaml.MappingNode):
        raise ConfigurationError(f"{file}: is empty; expected {expected}")
    return root


def _parts(root: yaml.MappingNode) -> dict[str, yaml.Node]:
    top = {key.value: value for key, value in root.value if isinstance(key, yaml.ScalarNode)}
    parts: dict[str, yaml.Node] = {}
    if _has_content(top.get(APPLICATION)):
        parts[APPLICATION] = top[APPLICATION]
    nested = top.get("environments")
    if isinstance(nested, yaml.MappingNode):
        parts.update({k.value: v for k, v in nested.value if _has_content(v)})
    return parts


def _has_content(node: yaml.Node | None) -> bool:
    return isinstance(node, yaml.MappingNode) and bool(node.value)


def _select(file: Path, root: yaml.MappingNode, environment: str | None) -> tuple[str, yaml.Node]:
    parts = _parts(root)
    if not parts:
        raise ConfigurationError(f"{file}: has neither 'application:' nor 'environments:'")
    if environment is None and len(parts) == 1:
        return next(iter(parts.items()))
    if environment in parts:
        return environment, parts[environment]
    there = ", ".join(parts)
    if environment is None:
        raise ConfigurationError(f"{file}: say which environment (-e); the file has: {there}")
    raise ConfigurationError(f"{file}: has no environment '{environment}'; it has: {there}")


def _construct(file: Path, node: yaml.Node) -> dict[str, Any]:
    try:
        return dict(yaml.SafeLoader("").construct_document(node))
    except yaml.YAMLError as error:
        raise ConfigurationError(f"{file}: is not plain YAML: {error}") from error


def _repetitions(node: yaml.Node, path: str = "") -> Iterator[str]:
    """A sentence per key that is written twice; YAML readers silently take the last."""
    if isinstance(node, yaml.SequenceNode):
        for i, entry in enumerate(node.value):
            yield from _repetitions(entry, f"{path}{i}.")
    if not isinstance(node, yaml.MappingNode):
        return
    seen: set[str] = set()
    for key, value in node.value:
        name = str(key.value)
        if name in seen:
            yield f"{path}{name} (line {key.start_mark.line + 1}): is there twice"
        seen.add(name)
        yield from _repetitions(value, f"{path}{name}.")


def _put(data: dict[str, Any], path: list[str], value: Any) -> None:
    for key in path[:-1]:
        inner = data.setdefault(key, {})
        if not isinstance(inner, dict):
            return  # a block is expected there; the model says so
        data = inner
    data[path[-1]] = value


def _deepest(problems: Iterable[tuple[str, str]]) -> list[str]:
    # Of a setting that may have several forms, pydantic says of each why it is not that one; the
    # form that fits best fails furthest inside.
    found = list(problems)
    return [
        text for path, text in found if not any(other.startswith(f"{path}.") for other, _ in found)
    ]


def _problem(entry: Any, node: yaml.Node, model: type[BaseModel]) -> tuple[str, str]:
    location: _Location = entry["loc"]
    if not location:  # about several settings together
        return "", _sentence(entry, secret=True)
    keys, line = _trace(node, location)
    path = ".".join(str(key) for key in keys)
    where = f"{path} (line {line})" if line else path
    if entry["type"] == "extra_forbidden":
        return path, f"{where}: unknown setting{_suggestion(model, location)}"
    if entry["type"] == "missing":
        return path, f"{where}: is missing{_meaning(model, location)}"
    return path, f"{where}: {_sentence(entry, _is_secret(model, location))}"


def _sentence(entry: Any, secret: bool) -> str:
    value = entry["input"]
    if entry["type"] == "literal_error":
        return f"{value!r} is not one of {entry['ctx']['expected'].replace(chr(39), '')}"
    if entry["type"] == "value_error":
        return str(entry["ctx"]["error"])
    text = str(entry["msg"])
    message = text[:1].lower() + text[1:]
    if secret or not isinstance(value, str | int | float | None):
        return message
    return f"{message}, not {value!r}"


def _trace(node: yaml.Node | None, location: _Location) -> tuple[list[str | int], int | None]:
    """Keys of `location` without pydantic's own, and the line of the deepest one in the file.

    Between two keys of the file, pydantic puts the name of the member of a union that it tried.
    """
    keys: list[str | int] = []
    line = None
    for key in location:
        if isinstance(node, yaml.MappingNode):
            # The last one counts: what a merge (`<<`) brings in stands before what overrides it.
            match = next(((k, v) for k, v in reversed(node.value) if k.value == str(key)), None)
            if match is None and _is_tag(key):
                continue
            line, node = (match[0].start_mark.line + 1, match[1]) if match else (line, None)
        elif isinstance(node, yaml.SequenceNode) and isinstance(key, int):
            node = node.value[key]
            line = node.start_mark.line + 1
        elif node is not None:
            continue  # a text or a list has no keys
        keys.append(key)
    return keys, line


def _is_tag(key: str | int) -> bool:
    return isinstance(key, str) and any(mark in key for mark in "[](")


def _is_secret(model: type[BaseModel], location: _Location) -> bool:
    field = _siblings(model, location).get(str(location[-1]))
    return field is not None and "Secret" in str(field.annotation)


def _siblings(model: type[BaseModel], location: _Location) -> dict[str, Any]:
    """Declarations by name of the settings next to the last key of `location`."""
    current: Any = model
    for key in location[:-1]:
        field = _by_alias(current).get(str(key))
        current = _block_in(field.annotation) if field else current
        if current is None:
            return {}
    return _by_alias(current)


def _by_alias(model: type[BaseModel]) -> dict[str, Any]:
    return {field.alias or name: field for name, field in model.model_fields.items()}


def _block_in(annotation: Any) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for inner in getattr(annotation, "__args__", ()):
        block = _block_in(inner)
        if block is not None:
            return block
    return None


def _suggestion(model: type[BaseModel], location: _Location) -> str:
    near = difflib.get_close_matches(str(location[-1]), _siblings(model, location), 1, 0.6)
    return f"; did you mean '{near[0]}'?" if near else "; remove it"


def _meaning(model: type[BaseModel], location: _Location) -> str:
    field = _siblings(model, location).get(str(location[-1]))
    text = (field.description or "") if field else ""
    return f"; {text[:1].lower()}{text[1:]}" if text else ""

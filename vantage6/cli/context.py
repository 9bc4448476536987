"""Which configuration a command works on, and where its files are."""

import dataclasses
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import click

from vantage6.cli.exits import Refused
from vantage6.cli.facts import is_json
from vantage6.common.paths import Component, Folders, folders

if TYPE_CHECKING:
    # pydantic takes longer to import than a whole `--help` may take.
    from pydantic import BaseModel

    from vantage6.common.config.loader import Loaded

Settings = TypeVar("Settings", bound="BaseModel")

DEFAULT_ENVIRONMENT: dict[Component, str] = {"node": "application", "server": "prod"}
"""Environment that 3.x takes when none is named."""


@dataclass(frozen=True, slots=True)
class Selection:
    """What the user said about the configuration to use."""

    component: Component
    name: str | None = None
    config: Path | None = None
    environment: str | None = None
    system: bool = False


@dataclass(frozen=True, slots=True)
class Instance:
    """A node or server, known by its configuration file; `environment` may be left open."""

    component: Component
    file: Path
    system: bool
    environment: str | None = None

    @property
    def name(self) -> str:
        """Name of the instance: the stem of its file."""
        return self.file.stem

    @property
    def scope(self) -> str:
        """``system`` or ``user``."""
        return "system" if self.system else "user"

    def within(self, environment: str | None) -> "Instance":
        """The same with another environment; None leaves it open."""
        return dataclasses.replace(self, environment=environment)


@dataclass(frozen=True, slots=True)
class Configured(Generic[Settings]):
    """An instance with its validated configuration and its folders."""

    instance: Instance
    loaded: "Loaded[Settings]"
    folders: Folders

    @property
    def settings(self) -> Settings:
        """The validated configuration."""
        return self.loaded.settings

    @property
    def log_file(self) -> Path:
        """Log file, named as 3.x names it."""
        kind, environment = self.instance.component, self.loaded.environment
        return self.folders.log / f"{kind}_{environment}_{self.instance.scope}.log"


def find(selection: Selection) -> Instance:
    """The instance that was selected; asks at a terminal when nothing was said.

    Raises
    ------
    Refused
        When there is none, saying which there are.
    """
    if selection.config is not None:
        return _instance(selection, selection.config.absolute())
    name = selection.name or _choose(selection)
    for folder in (_config_folder(selection.component, selection.system), Path.cwd()):
        file = folder / f"{name}.yaml"
        try:
            if file.is_file():
                return _instance(selection, file)
        except PermissionError as error:
            raise Refused(f"{folder} cannot be looked into by this user; ask its owner") from error
    raise Refused(_not_found(selection, name))


def may_ask() -> bool:
    """Whether questions can be asked: somebody is at a terminal, and reads what is printed."""
    context = click.get_current_context(silent=True)
    wants_json = context is not None and is_json(context)
    return sys.stdin.isatty() and sys.stdout.isatty() and not wants_json


def instances(component: Component) -> list[Instance]:
    """Every instance with a configuration file in the usual folders, system ones first."""
    return [
        Instance(component, file, system)
        for system in (True, False)
        for file in sorted(_config_folder(component, system).glob("*.yaml"))
    ]


def environments_of(instance: Instance) -> list[str]:
    """Names of the environments in its file.

    Raises
    ------
    ConfigurationError
        When the file cannot be read.
    """
    from vantage6.common.config.loader import environments

    return environments(instance.file)


def configure(
    instance: Instance, model: type[Settings], overrides: Mapping[str, Any] | None = None
) -> Configured[Settings]:
    """Read and validate the configuration of an instance.

    Parameters
    ----------
    instance
        What `find` gave. Without an environment the usual one of 3.x is taken where the file has
        it, else the only one.
    model
        Configuration model of the component, see `model_of`.
    overrides
        Values by dotted path that replace those in the file; None is left out.

    Raises
    ------
    ConfigurationError
        With all problems at once.
    """
    from vantage6.common.config.loader import load

    environment = instance.environment
    usual = DEFAULT_ENVIRONMENT[instance.component]
    if environment is None and usual in environments_of(instance):
        environment = usual
    given = {path: value for path, value in (overrides or {}).items() if value is not None}
    loaded = load(instance.file, model, environment, given)
    return Configured(instance, loaded, _folders(instance, loaded.settings))


def configurations(instance: Instance) -> Iterator[Configured[Any]]:
    """Every environment of an instance, or the one that it names.

    Raises
    ------
    ConfigurationError
        As `configure` does.
    """
    chosen = instance.environment
    for environment in [chosen] if chosen else environments_of(instance):
        yield configure(instance.within(environment), model_of(instance.component))


def model_of(component: Component) -> "type[BaseModel]":
    """Configuration model of a component."""
    if component == "node":
        from vantage6.node.config import NodeConfig

        return NodeConfig
    from vantage6.server.config import ServerConfig

    return ServerConfig


def _folders(instance: Instance, settings: object) -> Folders:
    """Where its files are; what the configuration says itself goes first."""
    usual = folders(instance.component, instance.name, system=instance.system)
    directories = getattr(settings, "directories", None)
    chosen = {
        kind: Path(value).expanduser()
        for kind in ("data", "log")
        if (value := getattr(directories, kind, None))
    }
    return usual._replace(config=instance.file.parent, **chosen)


def _instance(selection: Selection, file: Path) -> Instance:
    return Instance(selection.component, file, selection.system, selection.environment)


def _config_folder(component: Component, system: bool) -> Path:
    return folders(component, "", system=system).config


def _choose(selection: Selection) -> str:
    scope_flag = "--system" if selection.system else "--user"
    names = [i.name for i in instances(selection.component) if i.system == selection.system]
    if not names:
        raise Refused(_none(selection))
    if len(names) == 1:
        return names[0]
    if not may_ask():
        listed = ", ".join(names)
        raise Refused(f"say which one with --name; with {scope_flag} there are: {listed}")
    import questionary

    answer = questionary.select(f"Which {selection.component}?", names).unsafe_ask()
    return str(answer)


def _not_found(selection: Selection, name: str) -> str:
    others = [i for i in instances(selection.component) if i.name == name]
    if others:
        return f"{name} is a configuration of the {others[0].scope}: add --{others[0].scope}"
    names = [i.name for i in instances(selection.component) if i.system == selection.system]
    if not names:
        return f"there is no configuration named {name}: {_none(selection)}"
    return f"there is no configuration named {name}; there are: {', '.join(names)}"


def _none(selection: Selection) -> str:
    folder = _config_folder(selection.component, selection.system)
    hint = f"v{selection.component} new"
    others = [i.name for i in instances(selection.component) if i.system != selection.system]
    if others:
        flag = "--user" if selection.system else "--system"
        return f"no configuration in {folder}; with {flag} there are: {', '.join(others)}"
    return f"no configuration in {folder}; make one with `{hint}`, or name a file with --config"

"""What commands print with ``--json``: one document, whose form is a dataclass here.

With ``--json`` the standard output is exactly one JSON document: what the command tells, or, when
it fails, a `Failure`. Messages for people are then left out. Fields are only ever added. The text
beside the type of a field is its meaning, which the reference prints.
"""

import dataclasses
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Annotated, Any, TypeVar

import click

_Command = TypeVar("_Command", bound=Callable[..., Any])
_KEY = "vantage6.json"


class Level(str, Enum):
    """How a finding is meant: ``error`` keeps it from working."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Listed:
    """A configuration in the usual folders."""

    name: Annotated[str, "Name, for `--name`"]
    environments: Annotated[tuple[str, ...], "Environments in the file"]
    running: Annotated[bool, "Whether it runs on this machine"]
    scope: Annotated[str, "`system` or `user`"]
    config: Annotated[str, "The configuration file"]
    problem: Annotated[str | None, "Why the file cannot be used; null when it can"]


@dataclass(frozen=True, slots=True)
class Listing:
    """All configurations of a component."""

    configurations: Annotated[tuple[Listed, ...], "One entry for each, system ones first"]


@dataclass(frozen=True, slots=True)
class DatabaseFact:
    """A database of a node."""

    label: Annotated[str, "Name by which tasks ask for it"]
    type: Annotated[str | None, "Its type; null where the file does not say"]
    uri: Annotated[str, "File or address, without passwords"]


@dataclass(frozen=True, slots=True)
class Files:
    """Where an instance keeps its files."""

    name: Annotated[str, "Name of the configuration"]
    environment: Annotated[str, "Environment that was read"]
    scope: Annotated[str, "`system` or `user`"]
    config: Annotated[str, "The configuration file"]
    log: Annotated[str, "The log file"]
    data: Annotated[str, "The data folder"]
    databases: Annotated[tuple[DatabaseFact, ...], "Of a node: its databases"]
    uri: Annotated[str | None, "Of a server: its database, without the password"]


@dataclass(frozen=True, slots=True)
class Versions:
    """Versions that are in use."""

    cli: Annotated[str, "What is installed here"]
    running: Annotated[str | None, "With `--name`: what the running one says; null without"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    about: Annotated[
        str, "What was looked at, as a dotted path of the configuration where it is one"
    ]
    level: Annotated[Level, "`info`, `warning` or `error`"]
    text: Annotated[str, "What was found"]
    remedy: Annotated[str, "What to do about it; empty where nothing is needed"]


@dataclass(frozen=True, slots=True)
class Findings:
    """All that was looked at."""

    ok: Annotated[bool, "Whether none of them is an error"]
    findings: Annotated[tuple[Finding, ...], "In the order in which it was looked at"]


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a command failed."""

    code: Annotated[str, "Stable word for the kind of error"]
    message: Annotated[str, "What went wrong and what to do"]
    exit_status: Annotated[int, "The exit status of the command"]


@dataclass(frozen=True, slots=True)
class Failure:
    """Printed instead of everything else when a command fails."""

    error: Annotated[Problem, "What went wrong"]


def _remember(ctx: click.Context, _: click.Parameter, value: bool) -> bool:
    ctx.meta[_KEY] = value
    return value


class JSONOption(click.Option):
    """The option ``--json`` of a command; `fact` is what is printed then."""

    def __init__(self, *names: Any, fact: type[Any], **attributes: Any) -> None:
        super().__init__(*names, **attributes)
        self.fact = fact


def json_flag(fact: type[Any]) -> Callable[[_Command], _Command]:
    """Add ``--json``; `is_json` knows of it wherever an error is met."""
    return click.option(
        "--json",
        "as_json",
        cls=JSONOption,
        fact=fact,
        is_flag=True,
        is_eager=True,
        callback=_remember,
        help="Print one JSON document, for programs",
    )


def is_json(ctx: click.Context) -> bool:
    """Whether the command was called with ``--json``."""
    return bool(ctx.meta.get(_KEY))


def show(fact: Any) -> None:
    """Print one of the dataclasses above as JSON."""
    click.echo(json.dumps(dataclasses.asdict(fact), indent=2, ensure_ascii=False))


def show_problem(code: str, message: str, exit_status: int) -> None:
    """Print why a command failed as JSON."""
    show(Failure(Problem(code, message, int(exit_status))))


def show_findings(findings: Sequence[Finding], *, as_json: bool) -> bool:
    """Print findings, one line each; whether none of them is an error.

    `check` and `doctor` share it, so that both read the same.
    """
    from vantage6.common.echo import echo

    is_fine = all(finding.level is not Level.ERROR for finding in findings)
    if as_json:
        show(Findings(is_fine, tuple(findings)))
        return is_fine
    for each in findings:
        tag = "warn" if each.level is Level.WARNING else each.level.value
        remedy = f"; {each.remedy}" if each.remedy else ""
        echo(f"{each.about}: {each.text}{remedy}", tag)
    return is_fine

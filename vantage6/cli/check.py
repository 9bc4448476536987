"""`check`: everything that is wrong with a configuration, at once; nothing is sent anywhere."""

import stat
from collections.abc import Callable, Iterator
from typing import Any

from vantage6.cli.context import (
    Configured,
    Instance,
    Selection,
    configurations,
    environments_of,
    find,
)
from vantage6.cli.exits import ExitStatus
from vantage6.cli.facts import Finding, Level, show_findings
from vantage6.common.config.loader import InvalidConfiguration
from vantage6.common.errors import ConfigurationError

Look = Callable[[Configured[Any]], Iterator[Finding]]
"""Looks at one side of a configuration that is valid in itself."""

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def check(selection: Selection, *, as_json: bool) -> ExitStatus:
    """Look at every environment of a configuration, or at the one that is named, and tell."""
    found = list(findings(find(selection)))
    is_fine = show_findings(found, as_json=as_json)
    return ExitStatus.DONE if is_fine else ExitStatus.CONFIGURATION


def findings(instance: Instance) -> Iterator[Finding]:
    """What there is to say about the file of an instance."""
    try:
        names = [instance.environment] if instance.environment else environments_of(instance)
    except ConfigurationError as error:
        yield Finding(str(instance.file), Level.ERROR, _one_line(error), "correct the file")
        return
    yield from _about_file(instance)
    for name in names:
        yield from _about_environment(instance, name)


def _about_file(instance: Instance) -> Iterator[Finding]:
    if instance.file.stat().st_mode & _OTHERS:
        yield Finding(
            str(instance.file),
            Level.WARNING,
            "others than its owner can read it, and there are secrets in it",
            f"chmod 600 {instance.file}",
        )


def _about_environment(instance: Instance, name: str) -> Iterator[Finding]:
    exact = instance.within(name)
    try:
        configured = next(configurations(exact))
    except InvalidConfiguration as error:
        yield from (_invalid(exact, problem) for problem in error.problems)
        return
    except ConfigurationError as error:
        yield Finding(name, Level.ERROR, _one_line(error), "correct the file")
        return
    yield Finding(name, Level.INFO, "every setting is known and has a value that it may have", "")
    for look in _looks(instance):
        for finding in look(configured):
            yield Finding(f"{name}.{finding.about}", finding.level, finding.text, finding.remedy)


def _invalid(instance: Instance, problem: str) -> Finding:
    where, separator, text = problem.partition(": ")
    about = f"{instance.environment}.{where}" if separator else str(instance.environment)
    text, _, remedy = (text or problem).partition("; ")
    return Finding(about, Level.ERROR, text, remedy or f"correct it in {instance.file}")


def _one_line(error: ConfigurationError) -> str:
    return " ".join(error.message.split())


def _looks(instance: Instance) -> tuple[Look, ...]:
    if instance.component == "node":
        from vantage6.cli.vnode.looks import LOOKS

        return LOOKS
    from vantage6.cli.vserver.looks import LOOKS as SERVER_LOOKS

    return SERVER_LOOKS

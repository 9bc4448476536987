"""The part of a doctor that reads the configuration: what `check` says."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from vantage6.cli import check
from vantage6.cli.context import Configured
from vantage6.cli.doctor.diagnosis import Diagnosis
from vantage6.cli.exits import ExitStatus
from vantage6.cli.facts import Level


def at_configuration(configured: Configured[Any]) -> Iterator[Diagnosis]:
    """The findings of `check` about the environment that is used, without its name before them."""
    environment = configured.loaded.environment
    for finding in check.findings(configured.instance.within(environment)):
        about = finding.about.removeprefix(f"{environment}.")
        is_error = finding.level is Level.ERROR
        status = ExitStatus.CONFIGURATION if is_error else ExitStatus.DONE
        yield Diagnosis(replace(finding, about=about), status)

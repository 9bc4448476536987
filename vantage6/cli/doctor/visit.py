"""A visit to the doctor: the command `doctor`, and what `start` asks before it begins."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from vantage6.cli import check
from vantage6.cli.context import Configured, Selection, configure, find, model_of
from vantage6.cli.doctor.diagnosis import Check, Diagnosis, examine, first_status
from vantage6.cli.exits import ExitStatus
from vantage6.cli.facts import show_findings
from vantage6.common.config.loader import InvalidConfiguration

if TYPE_CHECKING:
    from vantage6.node.config import NodeConfig


def visit(selection: Selection, *, as_json: bool) -> ExitStatus:
    """Look at every side of an instance, and tell; the status of the first error."""
    try:
        configured: Configured[Any] = configure(find(selection), model_of(selection.component))
    except InvalidConfiguration:
        return check.check(selection, as_json=as_json)
    found = examine(_checks(configured))
    show_findings([each.finding for each in found], as_json=as_json)
    return first_status(found)


def before_start(
    node: "Configured[NodeConfig]", *, is_server_asked: bool, are_databases_read: bool = True
) -> None:
    """Tell all that keeps a node from working, and end the command if there is anything.

    Parameters
    ----------
    node
        The node.
    is_server_asked
        Whether the way to the server is gone as well.
    are_databases_read
        Whether its databases have to be there.

    Raises
    ------
    Exit
        With the status of the first error.
    """
    from vantage6.cli.doctor.node import checks_before_start

    errors = [
        each
        for each in examine(checks_before_start(node, is_server_asked))
        if each.is_error and (are_databases_read or not _is_about_database(each))
    ]
    show_findings([each.finding for each in errors], as_json=False)
    if errors:
        raise click.exceptions.Exit(first_status(errors))


def _is_about_database(diagnosis: Diagnosis) -> bool:
    return diagnosis.finding.about.partition(".")[0] == "databases"


def _checks(configured: Configured[Any]) -> Mapping[str, Check]:
    if configured.instance.component == "node":
        from vantage6.cli.doctor import node

        return node.checks(configured)
    from vantage6.cli.doctor import server

    return server.checks(configured)

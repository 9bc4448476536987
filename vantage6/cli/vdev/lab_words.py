"""What a lab tells whoever wants to use it: a snippet to paste, and variables to export."""

import csv
import json
import shlex
from collections.abc import Mapping
from pathlib import Path

from vantage6.cli.vdev.files import HOST, IMAGE, Plan
from vantage6.common.contract import DEFAULT_LABEL

_API_PATH = "/api"
# No empty lines, so that it can be pasted into an interpreter too.
_LOG_IN = """\
from vantage6.client import Client
client = Client("http://{host}", {port}, "{path}")
client.authenticate("{username}", "{password}")
client.setup_encryption({key_file})
collaboration = client.collaboration.list()[0]
"""
_AVERAGE = """\
task = client.task.create(
    collaboration=collaboration["id"],
    organizations=[collaboration["organizations"][0]["id"]],
    name="average",
    image="{image}",
    description="Over all organizations",
    input={{"method": "master", "master": True, "kwargs": {{"column_name": {column}}}}},
)
print(client.wait_for_results(task["id"], timeout=300)[0]["result"])
"""
_NAMES = 'print(collaboration["name"], [node["name"] for node in client.node.list()])\n'


def address(plan: Plan) -> str:
    """Address of the server, with the API path."""
    return f"http://{HOST}:{plan.port}{_API_PATH}"


def environment(plan: Plan) -> dict[str, str]:
    """Variables with which `Client.from_environment` is the user of the first organization."""
    variables = {
        "V6_SERVER_URL": address(plan),
        "V6_USERNAME": plan.username,
        "V6_PASSWORD": plan.password,
    }
    key_file = plan.members[0].key_file
    return {**variables, "V6_PRIVATE_KEY": key_file} if key_file else variables


def export_lines(variables: Mapping[str, str]) -> str:
    """The variables for a shell."""
    return "\n".join(f"export {name}={shlex.quote(text)}" for name, text in variables.items())


def snippet(plan: Plan) -> str:
    """Python that works as it is: logs in and asks for an average of a column, where there is one.

    Where the example algorithm or a column with numbers is missing, it lists the nodes instead.
    """
    log_in = _LOG_IN.format(
        host=HOST,
        port=plan.port,
        path=_API_PATH,
        username=plan.username,
        password=plan.password,
        key_file=_literal(plan.members[0].key_file),
    )
    column = numeric_column(Path(plan.members[0].databases[DEFAULT_LABEL]))
    if column is None or IMAGE not in plan.algorithms:
        return log_in + _NAMES
    return log_in + _AVERAGE.format(image=IMAGE, column=_literal(column))


def numeric_column(file: Path) -> str | None:
    """The first column of a CSV file with a number in its first row; None when there is none."""
    with file.open(encoding="utf-8", errors="replace", newline="") as stream:
        first = next(csv.DictReader(stream), {})
    return next((name for name, text in first.items() if name and _is_number(text)), None)


def _literal(text: str | None) -> str:
    # As JSON has it, so that all strings of the snippet have the same quotes.
    return "None" if text is None else json.dumps(text)


def _is_number(text: str | None) -> bool:
    try:
        float(text or "")
    except ValueError:
        return False
    return True

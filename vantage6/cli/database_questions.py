"""The databases of a new node: from flags, or asked for one by one, each tried at once."""

from collections.abc import Sequence
from pathlib import Path

from vantage6.cli.data_files import is_address, problem_with_database, type_of
from vantage6.cli.exits import Refused
from vantage6.cli.questions import DATABASE_FORM, DATABASE_TYPES, problem_with
from vantage6.common.echo import warning

Entry = dict[str, str]


def from_flags(given: Sequence[str]) -> list[Entry]:
    """Databases as `--database` names them; one that cannot be read now is warned of.

    Raises
    ------
    Refused
        When one has not the form of the option.
    """
    entries = [_parsed(text) for text in given]
    for entry in entries:
        problem = problem_with_database(entry["uri"], entry["type"])
        if problem is not None:
            warning(f"database {entry['label']}: {problem}")
    return entries


def from_terminal(explanation: str) -> list[Entry]:
    """Databases as they are typed in, until there is none left to add."""
    from vantage6.cli.terminal import confirm, explain

    entries: list[Entry] = []
    explain(explanation)
    while confirm("Add a database?", default=not entries):
        entries.append(_ask([entry["label"] for entry in entries]))
    return entries


def _parsed(text: str) -> Entry:
    label, _, rest = text.partition(",")
    kind, _, uri = rest.partition(",")
    if not (label and uri and kind in DATABASE_TYPES):
        raise Refused(
            f"--database {text}: write {DATABASE_FORM}, such as default,csv,/data/patients.csv;"
            f" types are {', '.join(DATABASE_TYPES)}"
        )
    return {"label": label, "uri": _absolute(uri), "type": kind}


def _ask(taken: Sequence[str]) -> Entry:
    import questionary

    from vantage6.cli.terminal import confirm, is_said

    def check(label: str) -> bool | str:
        if label.upper() in [other.upper() for other in taken]:
            return "another database has this label already"
        return problem_with("node", "databases", [{"label": label, "uri": "x"}]) or True

    suggested = "" if taken else "default"
    label = questionary.text("Label", default=suggested, validate=check).unsafe_ask()
    while True:
        uri = questionary.text("File or address", validate=is_said).unsafe_ask().strip()
        kinds = list(DATABASE_TYPES)
        kind = questionary.select("Type", kinds, default=type_of(uri)).unsafe_ask()
        problem = problem_with_database(uri, kind)
        if problem is not None:
            warning(problem)
        if problem is None or confirm("Use it all the same?", default=False):
            return {"label": label, "uri": _absolute(uri), "type": kind}


def _absolute(uri: str) -> str:
    # A node may be started from any folder.
    return uri if is_address(uri) else str(Path(uri).expanduser().absolute())

"""Writes docs/reference from the code, so that it cannot say anything else than the code does.

``python docs/generate.py`` writes the pages; a test asks `pages` whether they are current.
"""

import ast
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import MISSING, fields
from itertools import groupby
from pathlib import Path

from vantage6.cli import reference as commands
from vantage6.common import errors, events
from vantage6.common.config.docs import reference, sample
from vantage6.common.errors import V6Error, WireError
from vantage6.common.events import REGISTRY, Event, Sender
from vantage6.node.config import NodeConfig
from vantage6.server.config import ServerConfig
from vantage6.server.permission.roles import DEFAULT_ROLES
from vantage6.server.permission.rules import RULES, Op, Rule, Scope

REFERENCE = Path(__file__).parent / "reference"
TESTS = Path(__file__).parents[1] / "tests"
ADVISORY = re.compile(r"_(ghsa(?:_[a-z0-9]{4}){3}|cve_\d{4}_\d+|issue_\d+|pr_\d+)(?=_|$)")
NOTICE = "<!-- Made by docs/generate.py from the code; change the code, then run `make docs`. -->"

ADVICE = {
    "invalid_input": "Read `fields`: it names each field that is wrong and what it should be.",
    "conflict": "Something with this name or content exists already; look it up, or choose "
    "another.",
    "invalid_transition": "The run has ended, or is further on than you think; read its present "
    "status.",
    "not_authenticated": "Log in. A node: check `api_key` in its configuration.",
    "token_expired": "Clients refresh by themselves. In a program of your own: use the refresh "
    "token, or log in again.",
    "forbidden": "Ask an administrator for a role with the permission that the message names; "
    "see [permissions](permissions.md).",
    "no_such_address": "Check address, port and API path. If they are right, the server is of an "
    "older version that cannot do this yet.",
    "not_found": "Check the id. Things that you may not see exist, but not for you.",
    "method_not_allowed": "Check the verb against the API description at `/apidocs`.",
    "payload_too_large": "Send less. The administrator sets `max_body_kb` and `max_payload_mb`.",
    "unsupported_media_type": "Send JSON with the header `Content-Type: application/json`.",
    "invalid_token": "Log in again. After a change of the server's secret, all tokens are "
    "invalid.",
    "too_many_requests": "Wait as long as the message says.",
    "internal": "Tell the administrator of the server when it happened; the log has the reason.",
    "not_configured": "The administrator of the server can switch it on; see "
    "[configuration](config.md).",
    "unavailable": "Try again; the server starts, or is overloaded.",
    "configuration": "Each line names a setting, its line in the file, and what to write "
    "instead; see [configuration](config.md).",
    "event": "Nothing to do: the event is dropped and logged, the connection is kept.",
    "payload": "Write input and results as JSON; a pickle is opened only where it was asked for.",
    "decryption": "The text was encrypted for another key. Check which public key the server has "
    "for your organization.",
    "encryption_mismatch": "Encryption must be on at both sides or off at both: `encrypted` of "
    "the collaboration, `encryption.enabled` of the node, `setup_encryption` in the client.",
    "unreachable": "Check address, port and API path, then the network, the proxy and the "
    "certificate.",
    "wait_timeout": "The task goes on; ask for its results later.",
    "run_failed": "Read status and log of the run that failed.",
    "runtime_unavailable": "Start the container engine, and let the node's user speak to it.",
    "run_refused": "The policy of the node, or the image, does not allow it; the message says "
    "which.",
}

SAMPLE_VALUES = {
    "status": "active",
    "text": "Node <hospital A> joined room <collaboration_1>",
    "name": "hospital A",
    "settings": {"encryption": True, "allowed_algorithms": ["harbor2.vantage6.ai/demo/.*"]},
    "kill_list": (events.KillEntry(task_id=3, result_id=5, organization_id=1),),
    "node_id": None,
    "parent_id": None,
}
TITLES = {
    Op.VIEW: "view",
    Op.EDIT: "edit",
    Op.CREATE: "create",
    Op.DELETE: "delete",
}
WIDEST_FIRST = (Scope.GLOBAL, Scope.COLLABORATION, Scope.ORGANIZATION, Scope.OWN)


def pages() -> dict[str, str]:
    """Text of every generated page by its file name."""
    return {
        "permissions.md": permissions(),
        "events.md": event_page(),
        "config.md": config(),
        "errors.md": error_page(),
        "security.md": advisories(),
        "cli/index.md": cli(),
        **{f"cli/{name}.md": program(name) for name in commands.PROGRAMS},
    }


def page(title: str, introduction: str, blocks: Iterable[str]) -> str:
    return "\n\n".join([NOTICE, f"# {title}", introduction, *blocks]).rstrip() + "\n"


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    head = list(head)
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


# --- permissions ------------------------------------------------------------------------------


def permissions() -> str:
    introduction = (
        "A *rule* allows one operation on one kind of thing within one scope. Roles bundle rules; "
        "users have roles. What no rule allows is refused with status 401, as in 3.x. Nodes and "
        "algorithm containers have the rules that are marked, within their own collaborations."
    )
    by_name = [(name, list(rules)) for name, rules in groupby(RULES, lambda rule: rule.name)]
    blocks = [f"## {name.capitalize()}\n\n{_rule_table(rules)}" for name, rules in by_name]
    return page("Permissions", introduction, [*blocks, _roles()])


def _rule_table(rules: list[Rule]) -> str:
    rows = [
        (
            TITLES[rule.op],
            rule.scope.name.lower(),
            rule.text,
            "yes" if rule.node else "",
            "yes" if rule.container else "",
        )
        for rule in rules
    ]
    return table(("operation", "scope", "meaning", "nodes", "containers"), rows)


def _roles() -> str:
    roles = [role for role in DEFAULT_ROLES if role.name not in {"node", "container"}]
    listed = "\n".join(f"- **{role.name}**: {role.description}." for role in roles)
    names = dict.fromkeys(rule.name for rule in RULES)
    rows = []
    for name in names:
        for op in TITLES:
            cells = [_widest(role.rules, name, op) for role in roles]
            if any(cells):
                rows.append((f"{name} {TITLES[op]}", *cells))
    grid = table(("", *(role.name for role in roles)), rows)
    text = "Every server has these roles; they cannot be changed. The cells give the widest scope."
    return f"## Default roles\n\n{text}\n\n{listed}\n\n{grid}"


def _widest(rules: frozenset[tuple[str, Op, Scope]], name: str, op: Op) -> str:
    return next((s.name.lower() for s in WIDEST_FIRST if (name, op, s) in rules), "")


# --- events -----------------------------------------------------------------------------------


def event_page() -> str:
    introduction = (
        f"Events travel over Socket.IO in the namespace `{events.NAMESPACE}`; the log-in is the "
        "header `Authorization: Bearer <token>` of the handshake. They are hints: a node that "
        "misses one finds the work at its next look at the open runs. A missing field or a wrong "
        "type makes the receiver drop the event; unknown fields are ignored."
    )
    titles = {Sender.SERVER: "From the server", Sender.NODE: "From nodes"}
    blocks = []
    for sender, title in titles.items():
        blocks.append(f"## {title}")
        blocks += [_event(cls) for (by, _), cls in REGISTRY.items() if by is sender]
    return page("Events", introduction, blocks)


def _event(cls: type[Event]) -> str:
    names = {field.name: field for field in fields(cls)}  # type: ignore[arg-type]
    values = {name: SAMPLE_VALUES.get(name, number) for number, name in enumerate(names, start=1)}
    shape = json.dumps(list(cls(**values).payload()), indent=2)
    optional = [name for name, field in names.items() if field.default is not MISSING]
    lines = [f"### {cls.wire_name}", (cls.__doc__ or "").split("\n\n    Notes")[0].strip()]
    lines.append(f"`vantage6.common.events.{cls.__name__}`, arguments:")
    lines.append(f"```json\n{shape}\n```")
    if optional:
        lines.append("May be left out: " + ", ".join(f"`{name}`" for name in optional) + ".")
    return "\n\n".join(lines)


# --- configuration ----------------------------------------------------------------------------


def config() -> str:
    introduction = (
        "A configuration file is YAML with one part, `application:`, or with `environments:` "
        "that holds some of `prod`, `acc`, `test` and `dev`. Unknown keys are an error. All "
        "problems of a file are told at once, each with its path and line. In the tables, `[]` "
        "stands for each entry of a list."
    )
    blocks = [
        reference("Server", ServerConfig),
        _sample("server", ServerConfig),
        reference("Node", NodeConfig),
        _sample("node", NodeConfig),
    ]
    return page("Configuration", introduction, [block.strip() for block in blocks])


def _sample(name: str, model: type[ServerConfig] | type[NodeConfig]) -> str:
    head = f"### Sample file of a {name}"
    return f"{head}\n\n```yaml\napplication:\n{sample(model).rstrip()}\n```"


# --- command lines ----------------------------------------------------------------------------


def cli() -> str:
    introduction = (
        "Administrators of servers use `vserver`, data owners `vnode`, and who tries things out "
        "`vdev`; `v6` is another spelling of all three. Messages begin with `[info ] -`, "
        "`[warn ] -` or `[error] -`; an error says what to do about it."
    )
    tree = "```{toctree}\n:maxdepth: 1\n\n" + "\n".join(commands.PROGRAMS) + "\n```"
    return page("Command lines", introduction, [tree, commands.overview()])


def program(name: str) -> str:
    introduction = "What the exit statuses mean, and what `--json` prints, is [here](index.md)."
    return page(name, introduction, [commands.page(name)])


# --- errors -----------------------------------------------------------------------------------


def error_page() -> str:
    introduction = (
        "The server answers an error as JSON with `msg` for people, a stable `code` for programs, "
        "and `fields` when single fields are wrong. The client raises the class of the same code. "
        "Answers of published 3.x servers have no code; then the status decides."
    )
    classes = [
        cls
        for cls in vars(errors).values()
        if isinstance(cls, type) and issubclass(cls, V6Error) and cls not in (V6Error, WireError)
    ]
    wire = [cls for cls in classes if issubclass(cls, WireError)]
    local = [cls for cls in classes if cls not in wire]
    blocks = [
        "## Over HTTP",
        *map(_error, wire),
        "## Within one program",
        "These are raised in the client, the node or a command, and never travel.",
        *map(_error, local),
    ]
    return page("Errors", introduction, blocks)


def _error(cls: type[V6Error]) -> str:
    status = f", status {cls.status}" if issubclass(cls, WireError) else ""
    meaning = (cls.__doc__ or "").splitlines()[0]
    return f"### {cls.code}\n\n`{cls.__name__}`{status}. {meaning}\n\n{ADVICE[cls.code]}"


# --- advisories -------------------------------------------------------------------------------


def advisories() -> str:
    introduction = (
        "Holes that were published about vantage6, in the 3.x line or later, and that could be "
        "here too. Each has a test that tries it again with every change. What is protected in "
        "general, and what is not, is in the "
        "[guide](../guide/security.md)."
    )
    tests = list(_advisory_tests())
    known = {advisory: hole for advisory, hole, _, _ in tests if hole}
    blocks = []
    for advisory in sorted(known, key=_by_number):
        asked = [f"- {name}: `{file}`" for number, _, name, file in tests if number == advisory]
        blocks.append(
            "\n".join([f"## {advisory}", "", f"The hole: {known[advisory]}", "", *asked])
        )
    return page("Advisories", introduction, blocks)


def _advisory_tests() -> Iterator[tuple[str, str, str, str]]:
    """Number, hole, name and file of each test that is named after an advisory.

    The hole is what the first line of its docstring says, ``CVE-...: the hole``; a test without
    it is one more about a hole that is described elsewhere.
    """
    for file in sorted(TESTS.rglob("test_*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if not isinstance(node, ast.FunctionDef) or not ADVISORY.search(node.name):
                continue
            said, _, hole = (ast.get_docstring(node) or "").partition("\n")[0].partition(": ")
            named = ADVISORY.search(node.name)
            number = (said if hole else named[0].strip("_").upper().replace("_", "-")).strip()
            ghsa = named[0].strip("_") if named[0].startswith("_ghsa") else ""
            hole = hole[:1].upper() + hole[1:]
            if hole and ghsa:
                hole += f" ({ghsa.replace('ghsa_', 'GHSA-').replace('_', '-')})"
            name = ADVISORY.sub("", node.name).removeprefix("test").strip("_").replace("_", " ")
            yield number, hole, name, str(file.relative_to(TESTS.parent))


def _by_number(advisory: str) -> tuple[bool, list[int]]:
    return not advisory.startswith("CVE"), [int(part) for part in re.findall(r"\d+", advisory)]


def main() -> None:
    for name, text in pages().items():
        (REFERENCE / name).parent.mkdir(exist_ok=True)
        (REFERENCE / name).write_text(text, "utf-8")


if __name__ == "__main__":
    main()

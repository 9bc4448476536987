"""Reference pages of the command lines, derived from the commands themselves."""

import importlib
import re
from collections.abc import Iterator, Sequence
from types import NoneType
from typing import Any, get_args, get_origin, get_type_hints

import click

from vantage6.cli import facts
from vantage6.cli.exits import ExitStatus

PROGRAMS = {
    "vserver": "vantage6.cli.vserver",
    "vserver-local": "vantage6.cli.vserver.local",
    "vnode": "vantage6.cli.vnode",
    "vnode-local": "vantage6.cli.vnode.local",
    "vdev": "vantage6.cli.vdev",
    "v6": "vantage6.cli.v6",
}
"""The module of each program."""

EXAMPLE = "Example: "
_WORDS = {str: "text", bool: "`true` or `false`", int: "whole number", NoneType: "null"}


def program(name: str) -> click.Group:
    """The commands of a program."""
    group: click.Group = importlib.import_module(PROGRAMS[name]).cli
    return group


def commands(name: str) -> Iterator[tuple[str, click.Command]]:
    """Every command of a program, with the words that call it."""
    yield from _below(name, program(name))


def page(name: str) -> str:
    """Markdown of all commands of a program, without its title."""
    group = program(name)
    if any(isinstance(command, click.Group) for command in group.commands.values()):
        rows = [(f"`{name} {word}`", f"[{c.name}]({c.name}.md)") for word, c in _sorted(group)]
        return f"{_text(group.help)}\n\n{_table(('spelling', 'is the same as'), rows)}"
    return "\n\n".join([_text(group.help), *(_command(*each) for each in commands(name))])


def overview() -> str:
    """Markdown of what all programs share: exit statuses and the forms of ``--json``."""
    statuses = _table(
        ("status", "meaning"), [(str(int(each)), each.meaning) for each in ExitStatus]
    )
    forms = [_fact(fact) for fact in dict.fromkeys([*_printed(), facts.Failure])]
    return "\n\n".join(
        [
            "## Exit statuses",
            statuses,
            "## Documents of `--json`",
            "With `--json`, standard output is exactly one JSON document, also when the command"
            " fails: then it is a [Failure](#failure). A call that is not as `--help` says prints"
            " to standard error how it is called. Fields are only ever added.",
            *forms,
        ]
    )


def _below(words: str, group: click.Group) -> Iterator[tuple[str, click.Command]]:
    for name, command in _sorted(group):
        if isinstance(command, click.Group):
            yield from _below(f"{words} {name}", command)
        else:
            yield f"{words} {name}", command


def _sorted(group: click.Group) -> list[tuple[str, click.Command]]:
    return sorted(group.commands.items())


def _command(words: str, command: click.Command) -> str:
    context = click.Context(command, info_name=words)
    parameters = command.get_params(context)
    arguments = [each for each in parameters if isinstance(each, click.Argument)]
    usage = " ".join([words, *(each.make_metavar(context) for each in arguments), "[OPTIONS]"])
    rows = [_option(each) for each in parameters if isinstance(each, click.Option)]
    lines = [f"## {words}", _text(command.help), f"```text\n{usage}\n```"]
    lines.append(_table(("option", "meaning"), [row for row in rows if "`--help`" not in row[0]]))
    lines += [f"Example: `{example}`" for example in examples(command)]
    lines += [f"`--json` prints {_article(fact)}." for fact in _facts(command)]
    return "\n\n".join(line for line in lines if line)


def examples(command: click.Command) -> list[str]:
    """The examples in the epilog of a command, without the word before them."""
    return [part.strip() for part in (command.epilog or "").split(EXAMPLE)[1:]]


def _option(option: click.Option) -> tuple[str, str]:
    names = ", ".join(f"`{each}`" for each in [*option.opts, *option.secondary_opts])
    kind = option.type
    value = "" if option.is_flag else (option.metavar or kind.name.upper())
    if isinstance(kind, click.Choice):
        value = "\\|".join(map(str, kind.choices))
    meaning = re.sub(r"\s+", " ", option.help or "").replace("|", "\\|")
    if option.envvar:
        meaning += f"; also from the environment, `{option.envvar}`"
    if option.show_default:
        meaning += f"; by default `{option.default}`"
    return f"{names} {value}".strip(), meaning


def _printed() -> Iterator[type[Any]]:
    for name in PROGRAMS:
        for _, command in commands(name):
            yield from _facts(command)


def _facts(command: click.Command) -> list[type[Any]]:
    return [each.fact for each in command.params if isinstance(each, facts.JSONOption)]


def _article(fact: type[Any]) -> str:
    return f"[{fact.__name__}](index.md#{fact.__name__.lower()})"


def _fact(fact: type[Any]) -> str:
    lines = [f"### {fact.__name__}", (fact.__doc__ or "").strip()]
    lines.append(_table(("field", "type", "meaning"), list(_fields(fact))))
    return "\n\n".join(lines)


def _fields(fact: type[Any], prefix: str = "") -> Iterator[tuple[str, str, str]]:
    for name, hint in get_type_hints(fact, include_extras=True).items():
        kind, meaning = get_args(hint)
        inner = [each for each in (kind, *get_args(kind)) if hasattr(each, "__dataclass_fields__")]
        is_list = get_origin(kind) is tuple
        word = ("list of objects" if is_list else "object") if inner else _words(kind)
        yield f"`{prefix}{name}`", word, meaning
        for each in inner:
            yield from _fields(each, f"{prefix}{name}{'[]' if is_list else ''}.")


def _words(kind: Any) -> str:
    members = [each for each in get_args(kind) if each is not Ellipsis]
    if get_origin(kind) is tuple:
        return f"list of {_words(members[0])}"
    if members:
        return " or ".join(_words(each) for each in members)
    return _WORDS.get(kind, "text")


def _text(text: str | None) -> str:
    return "\n\n".join(
        " ".join(paragraph.split()) for paragraph in (text or "").strip().split("\n\n")
    )


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    if not rows:
        return ""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)

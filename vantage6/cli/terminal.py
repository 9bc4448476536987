"""One question at a terminal, with its help above it and its answer checked at once."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import click
import questionary
from pydantic import SecretStr

from vantage6.cli.context import model_of
from vantage6.cli.questions import Question, default_of, field_of, kind_of, problem_with
from vantage6.common.paths import Component

_Choice = TypeVar("_Choice")
Check = Callable[[str], bool | str]
"""True for a good answer, else what is wrong with it."""


def ask(component: Component, question: Question) -> Any:
    """The answer to a question of `new`; None when the setting is left out."""
    field = field_of(model_of(component), question.path)
    text = field.description or question.path
    default, kind = default_of(question, field), kind_of(field)
    explain(question.help)
    if kind is bool:
        return confirm(text, default=bool(default))
    if isinstance(kind, tuple):
        return questionary.select(text, list(kind), default=default).unsafe_ask()
    prompt: Callable[..., Any] = questionary.password if kind is SecretStr else questionary.text
    shown = str(default) if isinstance(default, str | int) else ""
    answer = prompt(text, default=shown, validate=_checker(component, question)).unsafe_ask()
    return _read(answer.strip(), question, kind)


def confirm(text: str, *, default: bool) -> bool:
    """Yes or no."""
    return bool(questionary.confirm(text, default=default).unsafe_ask())


def choose(text: str, ways: Mapping[str, _Choice]) -> _Choice:
    """The value of the way that is chosen."""
    return ways[questionary.select(text, list(ways)).unsafe_ask()]


def explain(text: str) -> None:
    """Say something about the next question."""
    if text:
        click.secho(f"  {text}", dim=True)


def is_said(answer: str) -> bool | str:
    """Check for an answer that must not be empty."""
    return bool(answer.strip()) or "an answer is needed"


def _checker(component: Component, question: Question) -> Check:
    field = field_of(model_of(component), question.path)
    is_needed = field.is_required() and not question.may_wait

    def check(answer: str) -> bool | str:
        answer = answer.strip()
        if not answer:
            return "an answer is needed" if is_needed else True
        value = answer.split() if kind_of(field) is tuple else answer
        return problem_with(component, question.path, value) or True

    return check


def _read(answer: str, question: Question, kind: Any) -> Any:
    if not answer:
        return "" if question.may_wait or question.path == "api_path" else None
    if kind is tuple:
        return answer.split()
    return int(answer) if kind is int else answer

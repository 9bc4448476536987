"""The answers to the questions of `new`: from flags, from the terminal, or from the defaults.

Each answer is checked at once, and tested where that is possible: whether the server can be
reached and knows the API key, whether a database can be read, whether the key is that of the
organization. What the server knows is not asked.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from vantage6.cli import database_questions
from vantage6.cli.context import model_of
from vantage6.cli.exits import Refused
from vantage6.cli.questions import GROUPS, QUESTIONS, Question, default_of, field_of, nested
from vantage6.cli.server_probe import AtServer, problem_with_key
from vantage6.common.echo import info, warning
from vantage6.common.errors import EncryptionMismatch, V6Error
from vantage6.common.paths import Component

_LAST_ABOUT_SERVER = "no_proxy"
"""Once this is answered, all is known that leads a node to its server."""


class Mode(Enum):
    """Where the answer to a question comes from when its flag was not given."""

    ASK = "the terminal"
    DEFAULT = "the default, or else the suggestion"
    STRICT = "nowhere: it must be given when the model has no default for it"


@dataclass(frozen=True, slots=True)
class Probes:
    """What answers are tested with.

    Parameters
    ----------
    meet
        Asks the server of a node, see `vantage6.cli.server_probe.meet`.
    try_database
        Says why a server cannot use the database with this URI; None when it can.
    """

    meet: Callable[[Mapping[str, Any]], AtServer]
    try_database: Callable[[str], str | None]


def answers(
    component: Component, given: Mapping[str, Any], mode: Mode, probes: Probes | None = None
) -> dict[str, Any]:
    """Settings for a configuration file, nested as there.

    Parameters
    ----------
    component
        Whose configuration.
    given
        Values of the flags, by parameter name; None where a flag was left out.
    mode
        See `Mode`.
    probes
        How answers are tested; None leaves that out.

    Raises
    ------
    Refused
        With all flags that must be given.
    V6Error
        When nobody is asked and a test fails.
    """
    return _Conversation(component, given, mode, probes).hold()


class _Conversation:
    """One run through the questions; `_known` has what was answered, by path."""

    def __init__(
        self, component: Component, given: Mapping[str, Any], mode: Mode, probes: Probes | None
    ) -> None:
        self._component, self._given, self._probes = component, given, probes
        self._mode, self._asks = mode, mode is Mode.ASK
        self._model = model_of(component)
        self._questions = {question.path: question for question in QUESTIONS[component]}
        self._known: dict[str, Any] = {}
        self._missing: list[str] = []
        self._groups: dict[str, bool] = {}
        self._met: AtServer | None = None

    def hold(self) -> dict[str, Any]:
        """All answers."""
        for question in self._questions.values():
            if self._applies(question):
                self._known[question.path] = question.placed(self._settled(question))
                if self._probes is not None and not self._missing:
                    self._test(question, self._probes)
        if self._missing:
            flags = ", ".join(self._missing)
            raise Refused(f"when nothing is asked, these are needed: {flags}")
        return nested(self._known)

    def _applies(self, question: Question) -> bool:
        if question.group:
            return self._is_open(question.group)
        return not question.needs or bool(self._known.get(question.needs))

    def _is_open(self, group: str) -> bool:
        if group not in self._groups:
            members = [each for each in self._questions.values() if each.group == group]
            is_wanted = any(self._value(each) is not None for each in members)
            if not is_wanted and self._asks:
                from vantage6.cli.terminal import confirm

                is_wanted = confirm(GROUPS[group], default=False)
            self._groups[group] = is_wanted
        return self._groups[group]

    def _settled(self, question: Question) -> Any:
        value = self._value(question)
        if question.path == "encryption.enabled" and self._met and self._met.node:
            return self._agreed(value, at_server=bool(self._met.is_encrypted))
        if question.path == "databases":
            return self._databases(question, value)
        if value is None:
            value = self._answer(question)
        if value is None and field_of(self._model, question.path).is_required():
            self._missing.append(f"--{question.flag}")
        return value

    def _value(self, question: Question) -> Any:
        value = self._given.get(question.parameter)
        return (list(value) or None) if isinstance(value, tuple) else value

    def _answer(self, question: Question) -> Any:
        if not question.asked or self._mode is Mode.STRICT:
            return None
        if self._asks:
            return self._ask(question)
        default = default_of(question, field_of(self._model, question.path))
        return None if default == () else default

    def _ask(self, question: Question) -> Any:
        from vantage6.cli.terminal import ask

        return question.placed(ask(self._component, question))

    def _databases(self, question: Question, given: list[str] | None) -> Any:
        if given or not self._asks:
            return database_questions.from_flags(given or ())
        return database_questions.from_terminal(question.help)

    # --- probes of answers --------------------------------------------------------------------

    def _test(self, question: Question, probes: Probes) -> None:
        if self._component == "node" and question.path == _LAST_ABOUT_SERVER:
            self._meet_server(probes)
        elif question.path == "encryption.private_key" and self._met:
            met = self._met
            self._insist(question, lambda key: problem_with_key(met, key), EncryptionMismatch)
        elif question.path == "uri":
            self._insist(question, probes.try_database, Refused)

    def _meet_server(self, probes: Probes) -> None:
        while True:
            try:
                self._met = probes.meet(nested(self._known))
            except V6Error as error:
                if not self._asks:
                    raise
                warning(error.message)
                if not self._correct_server():
                    return
                continue
            info(f"Reached the server at {self._met.address}, version {self._met.version}")
            if self._met.node:
                info(f"The API key is that of '{self._met.node}', {self._met.organization}")
            return

    def _correct_server(self) -> bool:
        """Ask for what may have been wrong; False to go on without the test."""
        from vantage6.cli.terminal import choose

        is_secure = str(self._known["server_url"]).startswith("https")
        paths = choose(
            "What now?",
            {
                "Correct the address": ("server_url", "port", "api_path"),
                "Correct the API key": ("api_key",),
                "Name the certificate authorities to trust": ("ca_bundle",),
                "Go through a proxy": ("https_proxy" if is_secure else "http_proxy",),
                "Go on, and test it later": (),
            },
        )
        for path in paths:
            self._known[path] = self._ask(self._questions[path])
        return bool(paths)

    def _agreed(self, wish: bool | None, *, at_server: bool) -> bool:
        said = "encrypted" if at_server else "not encrypted"
        if wish is not None and wish != at_server:
            flag = "--encryption" if wish else "--no-encryption"
            raise EncryptionMismatch(f"the collaboration is {said}: leave out {flag}")
        info(f"The collaboration is {said}, and so is this node")
        return at_server

    def _insist(
        self,
        question: Question,
        problem_with: Callable[[str], str | None],
        failure: type[V6Error],
    ) -> None:
        """Ask again until an answer has no problem, or is wanted all the same."""
        while answer := self._known[question.path]:
            problem = problem_with(answer)
            if problem is None:
                return
            if not self._asks:
                raise failure(f"--{question.flag}: {problem}")
            from vantage6.cli.terminal import confirm

            warning(problem)
            if confirm("Use it all the same?", default=False):
                return
            self._known[question.path] = self._ask(question)

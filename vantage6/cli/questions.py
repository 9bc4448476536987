"""The questions of `new`, derived from the configuration models; each of them is a flag as well.

A question names a setting by its dotted path. Its text, type, choices, limits and default are
those of the field in the model, so that wizard, flags and validation cannot differ.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import click
from pydantic import BaseModel, SecretStr, ValidationError
from pydantic.fields import FieldInfo

from vantage6.cli.context import model_of
from vantage6.common.paths import Component

DATABASE_TYPES = ("csv", "parquet", "excel", "sql", "sparql", "omop", "other")
DATABASE_FORM = "LABEL,TYPE,URI"


@dataclass(frozen=True, slots=True)
class Question:
    """A setting that `new` asks for.

    Parameters
    ----------
    path
        Dotted path in the configuration.
    flag
        The option, without ``--``.
    suggestion
        Stands in where the model has no default, or where another one is better for a new file.
    help
        Where the answer is found and what depends on it; shown above the question.
    needs
        Path of a yes/no question that must have been answered with yes.
    group
        Questions that are asked together, or not at all: a key of `GROUPS`.
    asked
        False for a setting that is only a flag.
    may_wait
        Whether an empty answer is kept, to be filled in later.
    is_file
        Whether it names a file of this machine.
    """

    path: str
    flag: str
    suggestion: Any = None
    help: str = ""
    needs: str = ""
    group: str = ""
    asked: bool = True
    may_wait: bool = False
    is_file: bool = False

    @property
    def parameter(self) -> str:
        """Name of the flag's value in the command."""
        return self.flag.replace("-", "_")

    def placed(self, value: Any) -> Any:
        """The value; a file that is there gets its whole path: a node starts from any folder."""
        if not (self.is_file and value and Path(value).expanduser().exists()):
            return value
        return str(Path(value).expanduser().absolute())


GROUPS = {
    "vpn": "Hand out VPN configurations of an EduVPN portal to nodes?",
    "rabbitmq": "Will several servers share the work, through RabbitMQ?",
}
"""The question that decides whether a group is asked."""

_NODE = (
    Question(
        "api_key",
        "api-key",
        help="From the administrator of the server, who registers your node. Leave it empty to set"
        " it later with `vnode set-api-key`.",
        may_wait=True,
    ),
    Question(
        "server_url",
        "server-url",
        "http://localhost",
        help="As in a browser, without the path; https:// wherever data leave the building.",
    ),
    Question(
        "port", "port", 5000, help="443 for https:// and 80 for http:// behind a web server."
    ),
    Question("api_path", "api-path", "/api", help="Empty when the API is at the very top."),
    Question("ca_bundle", "ca-bundle", asked=False, is_file=True),
    Question("http_proxy", "http-proxy", asked=False),
    Question("https_proxy", "https-proxy", asked=False),
    Question("no_proxy", "no-proxy", asked=False),
    Question("task_dir", "task-dir", asked=False),
    Question(
        "databases",
        "database",
        help="Algorithms ask for a database by its label; `default` is what they use when a task"
        " names none.",
    ),
    Question(
        "policies.allowed_algorithms",
        "allowed-algorithm",
        help="Images that may run here, such as harbor2.vantage6.ai/algorithms/.* ; several with"
        " spaces between them. When empty, every image that a member of the collaboration asks"
        " for is run.",
    ),
    Question("logging.level", "log-level"),
    Question(
        "encryption.enabled",
        "encryption",
        True,
        help="The administrator of the server decides it for the collaboration.",
    ),
    Question(
        "encryption.private_key",
        "private-key",
        needs="encryption.enabled",
        help="All nodes of an organization share one key. Leave it empty to make one afterwards"
        " with `vnode create-private-key`.",
        is_file=True,
    ),
    Question("runtime", "runtime", asked=False),
)
_SERVER = (
    Question("description", "description", "vantage6 server", help="Shown to administrators."),
    Question(
        "ip",
        "ip",
        "0.0.0.0",  # noqa: S104  # the default of 3.x; shown and changeable
        help="0.0.0.0 is every network of this machine, 127.0.0.1 this machine alone.",
    ),
    Question("port", "port", 5000),
    Question("api_path", "api-path", "/api"),
    Question(
        "uri",
        "uri",
        "sqlite:///default.sqlite",
        help="SQLite needs nothing; for many users postgresql://name:password@host/database.",
    ),
    Question(
        "allow_drop_all", "allow-drop-all", False, help="Only for servers to try things out."
    ),
    Question("jwt_secret_key", "jwt-secret-key", asked=False),
    Question("two_factor_auth", "two-factor-auth", False, help="An app shows users a code."),
    Question("logging.level", "log-level"),
    Question("vpn_server.url", "vpn-url", group="vpn"),
    Question("vpn_server.portal_username", "vpn-username", group="vpn"),
    Question("vpn_server.portal_userpass", "vpn-password", group="vpn"),
    Question("vpn_server.client_id", "vpn-client-id", group="vpn"),
    Question("vpn_server.client_secret", "vpn-client-secret", group="vpn"),
    Question("vpn_server.redirect_url", "vpn-redirect-url", "http://localhost", group="vpn"),
    Question(
        "rabbitmq_uri",
        "rabbitmq-uri",
        help="amqp://name:password@host:port/vhost",
        group="rabbitmq",
    ),
)
QUESTIONS: dict[Component, tuple[Question, ...]] = {"node": _NODE, "server": _SERVER}


def flags(component: Component) -> list[click.Parameter]:
    """The questions as options of a command; an option that was not given is None."""
    model = model_of(component)
    return [_flag(question, field_of(model, question.path)) for question in QUESTIONS[component]]


def _flag(question: Question, field: FieldInfo) -> click.Option:
    wanted, name = kind_of(field), f"--{question.flag}"
    text = field.description or question.path
    if question.path == "databases":
        text = f"A data source; TYPE is one of {', '.join(DATABASE_TYPES)}; may be repeated"
        return click.Option([name], multiple=True, metavar=DATABASE_FORM, help=text)
    if wanted is tuple:
        return click.Option([name], multiple=True, help=f"{text}; may be repeated")
    if wanted is bool:
        return click.Option([f"{name}/--no-{question.flag}"], default=None, help=text)
    if isinstance(wanted, tuple):
        return click.Option([name], type=click.Choice(wanted), help=text)
    if wanted is SecretStr:
        # Other users of the machine see the arguments of programs, but not their environment.
        variable = f"V6_{question.parameter.upper()}"
        return click.Option([name], envvar=variable, show_envvar=True, help=text)
    return click.Option([name], type=int if wanted is int else str, help=text)


# --- what the model says about a question ------------------------------------------------------


def field_of(model: type[BaseModel], path: str) -> FieldInfo:
    """Declaration of a setting."""
    *blocks, last = path.split(".")
    for name in blocks:
        annotation = model.model_fields[name].annotation
        inner = [annotation, *get_args(annotation)]
        model = next(b for b in inner if isinstance(b, type) and issubclass(b, BaseModel))
    return model.model_fields[last]


def kind_of(field: FieldInfo) -> Any:
    """bool, int, str, SecretStr, `tuple` for a list of texts, or a tuple of choices."""
    member = field.annotation
    if get_origin(member) in (Union, UnionType):
        member = next(m for m in get_args(member) if m is not NoneType)
    if get_origin(member) is Annotated:
        member = get_args(member)[0]
    if get_origin(member) is Literal:
        return get_args(member)
    return get_origin(member) or member


def default_of(question: Question, field: FieldInfo) -> Any:
    """What is taken when there is no answer."""
    if field.is_required() or question.suggestion is not None:
        return question.suggestion
    return field.default


def problem_with(component: Component, path: str, value: Any) -> str | None:
    """Why the model does not take a value; None when it does."""
    keys = tuple(path.split("."))
    try:
        model_of(component).model_validate(nested({path: value}))
    except ValidationError as error:
        for entry in error.errors():
            if entry["loc"][: len(keys)] == keys:
                cause = entry.get("ctx", {}).get("error")
                return str(cause or entry["msg"])
    return None


def nested(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values by dotted path as the tree of a configuration; None is left out."""
    tree: dict[str, Any] = {}
    for path, value in values.items():
        if value is None:
            continue
        *blocks, last = path.split(".")
        place = tree
        for block in blocks:
            place = place.setdefault(block, {})
        place[last] = value
    return tree

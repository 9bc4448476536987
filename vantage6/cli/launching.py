"""Start the container of a node or server, and wait until it says itself that it is ready."""

import contextlib
import os
import signal
import stat
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from vantage6.cli.context import Configured
from vantage6.cli.dockerized import Place
from vantage6.cli.exits import AlreadyRunning, ExitStatus, Refused, kind_of
from vantage6.cli.progress import wait_until
from vantage6.cli.signals import handled
from vantage6.common.errors import ConfigurationError, RuntimeUnavailable, V6Error

if TYPE_CHECKING:
    from requests import Response

_TAIL_LINES = 12
_STOP_S = 10
_ANSWER_LIMIT_S = 2
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")
_TRUST = ("DOCKER_CONTENT_TRUST", "DOCKER_CONTENT_TRUST_SERVER")


@dataclass(frozen=True, slots=True)
class Plan:
    """A container to be started; `options` are what docker-py calls them.

    `port_option` is the option of the command that chooses another port of this machine.
    """

    name: str
    image: str
    command: Sequence[str]
    labels: Mapping[str, str]
    places: Sequence[Place]
    environment: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    port_option: str = "--port"


def launch(
    client: Any,
    plan: Plan,
    is_ready: Callable[[], bool],
    why_not: Callable[[], str],
    within_s: float,
) -> str:
    """Start a container and wait until it is ready; one that is not is removed again.

    Parameters
    ----------
    client
        Client of the engine.
    plan
        What to start; a stopped container of its name is removed first.
    is_ready
        Asked again and again.
    why_not
        What it says itself about why it is not; may be empty.
    within_s
        Longest time to wait.

    Returns
    -------
    str
        What it has printed until then.

    Raises
    ------
    V6Error
        With the reason and the last lines that it printed.
    """
    _make_folders(plan.places)
    remove_stopped(client, plan.name)
    # Being terminated is taken for Ctrl-C, so that nothing stays behind.
    with handled(signal.default_int_handler), contextlib.ExitStack() as undo:
        container = _create(client, plan)
        undo.callback(_discard, container)
        _start(container, plan)
        wait_until(lambda: is_ready() or _has_ended(container), within_s, "Waiting until ready")
        if _has_ended(container) or not is_ready():
            raise _failure(container, why_not(), within_s)
        undo.pop_all()
    return _printed(container)


def remove_stopped(client: Any, name: str) -> None:
    """Remove what an earlier start left under this very name.

    Raises
    ------
    AlreadyRunning
        When it runs.
    """
    from docker.errors import NotFound

    try:
        container = client.containers.get(name)
    except NotFound:
        return
    if container.status == "running":
        raise AlreadyRunning(f"the container {name} runs already; stop it first")
    _discard(container)


def asked(url: str) -> "Response | None":
    """What answers at an address of this machine; None when nothing does."""
    import requests

    with requests.Session() as session:
        # What is on this machine is not asked for through a proxy.
        session.trust_env = False
        try:
            return session.get(url, timeout=_ANSWER_LIMIT_S)
        except requests.RequestException:
            return None


def own_user(*sockets: Path) -> dict[str, Any]:
    """Options that let the container be the present user, so that its files belong to that user.

    Parameters
    ----------
    sockets
        Sockets that it shall use; the groups that may are added.
    """
    groups = [str(path.stat().st_gid) for path in sockets]
    return {"user": f"{os.getuid()}:{os.getgid()}", "group_add": groups}


def passed_on() -> dict[str, str]:
    """Variables of this environment that hold for the container as well."""
    names = [*_PROXIES, *(name.lower() for name in _PROXIES), *_TRUST]
    return {name: os.environ[name] for name in names if name in os.environ}


def source(folder: Path | None) -> tuple[list[Place], dict[str, str]]:
    """What ``--mount-src`` adds: the sources of vantage6 instead of those in the image.

    Raises
    ------
    Refused
        When the folder does not have them.
    """
    if folder is None:
        return [], {}
    if not (folder / "vantage6" / "__init__.py").is_file():
        raise Refused(f"{folder} has no folder vantage6 with its sources")
    return [Place(folder.absolute(), PurePosixPath("/vantage6"))], {"PYTHONPATH": "/vantage6"}


def require_sound(configured: Configured[Any]) -> None:
    """Refuse a configuration of which `check` knows that it cannot work.

    Raises
    ------
    ConfigurationError
        With all that it says.
    """
    from vantage6.cli.check import findings
    from vantage6.cli.facts import Level

    instance = configured.instance.within(configured.loaded.environment)
    wrong = [each for each in findings(instance) if each.level is Level.ERROR]
    if wrong:
        lines = [f"  {each.about}: {each.text}; {each.remedy}" for each in wrong]
        raise ConfigurationError("\n".join([f"{instance.file}: it cannot work so", *lines]))


def _make_folders(places: Sequence[Place]) -> None:
    for place in places:
        if place.read_only or place.outside.exists():
            continue
        try:
            place.outside.mkdir(parents=True, mode=stat.S_IRWXU)
        except OSError as error:
            raise ConfigurationError(
                f"{place.outside}: cannot be made ({error.strerror})"
            ) from error


def _create(client: Any, plan: Plan) -> Any:
    from docker.errors import DockerException
    from docker.types import Mount
    from requests import RequestException

    mounts = [
        Mount(str(place.inside), str(place.outside), type="bind", read_only=place.read_only)
        for place in plan.places
    ]
    try:
        return client.containers.create(
            plan.image,
            list(plan.command),
            name=plan.name,
            labels=dict(plan.labels),
            mounts=mounts,
            environment=dict(plan.environment),
            # On a host with SELinux, a container may else read nothing that is mounted.
            security_opt=["no-new-privileges", "label=disable"],
            **plan.options,
        )
    except (DockerException, RequestException) as error:
        raise _refusal(plan, error) from error


def _start(container: Any, plan: Plan) -> None:
    from docker.errors import DockerException
    from requests import RequestException

    try:
        container.start()
    except (DockerException, RequestException) as error:
        raise _refusal(plan, error) from error


def _refusal(plan: Plan, error: Exception) -> V6Error:
    said = str(getattr(error, "explanation", None) or error)
    if "already allocated" in said or "address already in use" in said:
        return ConfigurationError(
            f"another program listens at the port of {plan.name}; choose another one with"
            f" {plan.port_option}, or stop that program ({said})"
        )
    return RuntimeUnavailable(f"the engine does not start {plan.name}: {said}")


def _has_ended(container: Any) -> bool:
    container.reload()
    return str(container.status) not in {"created", "running", "restarting"}


def _failure(container: Any, reason: str, within_s: float) -> V6Error:
    ended = _has_ended(container)
    code = int(container.attrs["State"]["ExitCode"]) if ended else ExitStatus.UNREACHABLE
    unsaid = f"it ended with status {code}" if ended else f"it is not ready after {within_s:g} s"
    lines = "\n".join(f"  {line}" for line in _printed(container).splitlines()[-_TAIL_LINES:])
    tail = f"\nits last lines:\n{lines}" if lines else ""
    message = f"{container.name} does not work: {reason or unsaid}{tail}"
    # The exit status of a node says what is wrong; that of the command is the same.
    return kind_of(code)(message)


def _printed(container: Any) -> str:
    return str(container.logs().decode("utf-8", "replace").rstrip())


def _discard(container: Any) -> None:
    from docker.errors import NotFound

    with contextlib.suppress(NotFound):
        if container.status == "running":
            container.stop(timeout=_STOP_S)
        container.remove(force=True, v=True)

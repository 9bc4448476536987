"""The container engine: whether it answers, what it can limit, its images and registries."""

from collections.abc import Iterable, Iterator
from contextlib import closing
from typing import Any

from docker.errors import APIError, DockerException
from requests import RequestException

from vantage6.cli.doctor.diagnosis import Diagnosis, doubt, fine, from_message, wrong
from vantage6.cli.exits import ExitStatus
from vantage6.common.errors import RuntimeUnavailable
from vantage6.node.config import NodeConfig
from vantage6.node.runtime.docker import UNENFORCED
from vantage6.node.runtime.docker_engine import connect

_OLDEST = (20, 10)
_REFUSED = ("unauthorized", "denied", "incorrect username")


def at_engine() -> Iterator[Diagnosis]:
    """Whether an engine answers that can run algorithms and keep their limits."""
    try:
        engine = connect()
    except RuntimeUnavailable as error:
        yield from_message("docker", error.message, ExitStatus.ENGINE)
        return
    with closing(engine):
        about = engine.info()
    version = str(about.get("ServerVersion", ""))
    if about.get("OSType") != "linux":
        text = "the Docker engine does not run Linux containers"
        yield wrong("docker", text, "switch it to Linux containers", ExitStatus.ENGINE)
    elif _numbers(version) < _OLDEST:
        yield doubt("docker", f"the Docker engine {version} is old", "use 20.10 or a newer one")
    else:
        yield fine("docker", f"the Docker engine {version} answers")
    for key, what in UNENFORCED.items():
        if not about.get(key, True):
            text = f"it cannot limit the {what} of algorithms"
            yield doubt("docker", text, "switch that controller (cgroup) of the kernel on")


def at_images(settings: NodeConfig) -> Iterator[Diagnosis]:
    """Whether the images of the node's own containers are on this machine."""
    wanted = {"images.helper": settings.images.helper}
    if settings.whitelist.is_open:
        wanted["images.squid"] = settings.images.squid
    named = [(about, image) for about, image in wanted.items() if image]
    try:
        engine = connect()
    except RuntimeUnavailable:
        return  # `at_engine` says it
    with closing(engine):
        yield from _present(engine, named)


def _present(engine: Any, named: Iterable[tuple[str, str]]) -> Iterator[Diagnosis]:
    for about, image in named:
        try:
            engine.inspect_image(image)
        except (DockerException, RequestException):
            remedy = f"`docker pull {image}`, or build it, before the node starts"
            yield doubt(about, f"{image} is not on this machine", remedy)
        else:
            yield fine(about, f"{image} is on this machine")


def at_registries(settings: NodeConfig) -> Iterator[Diagnosis]:
    """Whether registries take the accounts of the configuration."""
    if not settings.docker_registries:
        return
    try:
        engine = connect()
    except RuntimeUnavailable:
        return  # `at_engine` says it
    with closing(engine):
        for entry in settings.docker_registries:
            yield _log_in(
                engine, entry.registry, entry.username, entry.password.get_secret_value()
            )


def _log_in(engine: Any, registry: str, username: str, password: str) -> Diagnosis:
    about = "docker_registries"
    try:
        engine.login(username, password, registry=registry, reauth=True)
    except APIError as error:
        # The engine gives a status of its own; the one of the registry is in its words.
        said = str(error.explanation or error).lower()
        if any(word in said for word in _REFUSED):
            text = f"{registry} does not take the account {username}"
            return wrong(about, text, "correct its username or password", ExitStatus.ENGINE)
        text = f"the Docker engine cannot log in at {registry}"
        return wrong(
            about, text, "check its address, and the proxy of the engine", ExitStatus.ENGINE
        )
    except (DockerException, RequestException):
        text = f"the Docker engine cannot reach {registry}"
        return wrong(
            about, text, "check its address, and the proxy of the engine", ExitStatus.ENGINE
        )
    return fine(about, f"{registry} takes the account {username}")


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".")[:2] if part.isdigit())

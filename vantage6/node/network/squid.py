"""The allow-list proxy: squid in a container of its own.

squid listens on the loopback address of its container only, and a unix socket in a folder of the
node leads there: no other container and no other user of this host can use it. At the start the
node asks it for something that is on no list, and goes on only when that is refused.
"""

import logging
import shutil
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from docker.errors import DockerException, NotFound
from docker.types import HostConfig, LogConfig, Mount
from requests.exceptions import RequestException

from vantage6.common.errors import RuntimeUnavailable
from vantage6.node.network.exits import SQUID_PORT, Exit
from vantage6.node.network.unix_socket import short_address

log = logging.getLogger(__name__)

_CONF, _DOOR = "/etc/v6/squid.conf", "/door"
_SCRIPT = (
    f"socat UNIX-LISTEN:{_DOOR}/$0,fork,backlog=128,mode=666,unlink-early"
    f" TCP4:127.0.0.1:{SQUID_PORT} & exec squid -N -f {_CONF}"
)
_NOBODY = "13:13"  # `proxy` of Debian; any number will do
_MEMORY_BYTES = 256 * 1024 * 1024
_PROCESSES = 1024  # of them one for each connection
_LOG_BYTES = 10 * 1024 * 1024
_LIMIT_S, _LOOK_S = 30.0, 0.05
_TYPE = "squid"
_DOCKERFILE = Path(__file__).with_name("squid.Dockerfile")
_PROBE = b"CONNECT nobody.invalid:443 HTTP/1.1\r\nHost: nobody.invalid:443\r\n\r\n"
_REFUSED = b" 403 "
_SHOWN = ("acl open_ports ", "acl domains ", "acl addresses ")


class Squid:
    """One allow-list proxy, from `start` to `stop`.

    Parameters
    ----------
    engine
        Docker's API client, of this object alone: it is closed with `stop`.
    name
        Name of the container; one of that name that is left over is replaced.
    image
        Image with squid and socat.
    conf
        Configuration of squid.
    exit_
        What algorithms find; its socket is made, and the folders around it.
    outside
        What the engine calls a file of this process.
    hosts
        Names that the container knows beside those of the name service.
    """

    def __init__(
        self,
        engine: Any,
        name: str,
        image: str,
        conf: str,
        exit_: Exit,
        *,
        outside: Callable[[Path], Path] = Path.resolve,
        hosts: Mapping[str, str] | None = None,
    ) -> None:
        self._engine = engine
        self._name = name
        self._image = image
        self._conf = conf
        self._socket = exit_.socket
        self._outside = outside
        self._hosts = dict(hosts or {})

    def describe(self) -> str:
        """One line for the log of the node."""
        lists = [line[4:] for line in self._conf.splitlines() if line.startswith(_SHOWN)]
        return f"allow-list proxy: {'; '.join(lists)}; everything else is refused"

    def start(self) -> None:
        """Start squid and wait until it answers, and refuses.

        Raises
        ------
        RuntimeUnavailable
            When its image is not there, or with the last words of squid.
        """
        with _engine_answers():
            self._check_image()
            self._remove()
            self._prepare()
            container = self._create()
            try:
                self._engine.start(container)
                self._wait(container)
            except BaseException:
                self._remove()
                raise

    def stop(self) -> None:
        """Remove the container and its files."""
        try:
            with _engine_answers():
                self._remove()
        except RuntimeUnavailable as error:
            log.warning("the container %s may be left over: %s", self._name, error.debug)
        self._engine.close()
        shutil.rmtree(self._socket.parent.parent, ignore_errors=True)

    def _check_image(self) -> None:
        try:
            self._engine.inspect_image(self._image)
        except NotFound as error:
            raise RuntimeUnavailable(
                f"`whitelist` needs the image {self._image}, which is not at the container engine;"
                f" pull it, or build it: docker build -t {self._image} - < {_DOCKERFILE}"
            ) from error

    def _prepare(self) -> None:
        door = self._socket.parent
        shutil.rmtree(door.parent, ignore_errors=True)
        # The outer folder is closed; what is in it is for whoever squid is in its container.
        door.parent.mkdir(mode=0o700, parents=True)
        door.mkdir()
        door.chmod(0o777)
        conf = door.parent / "squid.conf"
        conf.write_text(self._conf, "utf-8")
        conf.chmod(0o644)

    def _create(self) -> str:
        door = self._outside(self._socket.parent)
        created = self._engine.create_container(
            self._image,
            name=self._name,
            entrypoint=["sh", "-c", _SCRIPT, self._socket.name],
            user=_NOBODY,
            labels={"vantage6-type": _TYPE},
            use_config_proxy=False,
            host_config=HostConfig(
                version=self._engine.api_version,
                mounts=[
                    Mount(_DOOR, str(door), type="bind"),
                    Mount(_CONF, str(door.parent / "squid.conf"), type="bind", read_only=True),
                ],
                extra_hosts=self._hosts,
                cap_drop=["ALL"],
                security_opt=["no-new-privileges"],
                read_only=True,
                tmpfs={"/tmp": ""},  # noqa: S108  # in the container
                mem_limit=_MEMORY_BYTES,
                pids_limit=_PROCESSES,
                restart_policy={"Name": "unless-stopped"},
                log_config=LogConfig(
                    type=LogConfig.types.JSON,
                    config={"max-size": str(_LOG_BYTES), "max-file": "2"},
                ),
            ),
        )
        return str(created["Id"])

    def _wait(self, container: str) -> None:
        deadline = time.monotonic() + _LIMIT_S
        while not self._refuses():
            state = self._engine.inspect_container(container)
            has_failed = state["RestartCount"] > 0 or not state["State"]["Running"]
            if has_failed or time.monotonic() > deadline:
                words = self._engine.logs(container, tail=5).decode(errors="replace")
                raise RuntimeUnavailable(
                    f"the allow-list proxy does not start; its image {self._image} must have"
                    " squid and socat",
                    debug=words,
                )
            time.sleep(_LOOK_S)

    def _refuses(self) -> bool:
        """Whether squid answers and refuses what is on no list."""
        with suppress(OSError), socket.socket(socket.AF_UNIX) as probe:
            probe.settimeout(_LIMIT_S)
            with short_address(self._socket) as address:
                probe.connect(address)
            probe.sendall(_PROBE)
            return _REFUSED in probe.recv(1024).partition(b"\r\n")[0]
        return False

    def _remove(self) -> None:
        try:
            found = self._engine.inspect_container(self._name)
        except NotFound:
            return
        if (found["Config"]["Labels"] or {}).get("vantage6-type") != _TYPE:
            raise RuntimeUnavailable(
                f"there is a container {self._name} that is no allow-list proxy; remove it"
            )
        with suppress(NotFound):
            self._engine.remove_container(found["Id"], force=True, v=True)


@contextmanager
def _engine_answers() -> Iterator[None]:
    try:
        yield
    except (DockerException, RequestException) as error:
        raise RuntimeUnavailable(
            "the container of the allow-list proxy cannot be made; see the log of the node",
            debug=str(getattr(error, "explanation", None) or error),
        ) from error

"""Builds a node from its configuration, runs it, and takes it apart again.

Start: folders and lock, runtime, log-in, encryption check, journal and proxy, daemon, socket. What
has to be right before the next step is checked before it, so that a node that cannot work says why
and ends. Stop (SIGTERM, SIGINT): within two seconds; running containers are left alone and adopted
at the next start. `vantage6.node.instance` says how others can follow it.
"""

import logging
import queue
import signal
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import ExitStack
from enum import IntEnum
from pathlib import Path
from typing import TypeVar

from vantage6 import __version__
from vantage6.common.api_session import ApiSession
from vantage6.common.config.loader import Loaded
from vantage6.common.errors import (
    ConfigurationError,
    EncryptionMismatch,
    NotAuthenticated,
    RuntimeUnavailable,
    V6Error,
)
from vantage6.common.events import NodeStatusChange
from vantage6.common.logs import configure_logging
from vantage6.common.paths import Folders
from vantage6.common.status import TaskStatus
from vantage6.node import instance, keys
from vantage6.node.config import NodeConfig
from vantage6.node.daemon import Daemon, DaemonSettings, Inbox, Stop
from vantage6.node.housekeeping import Housekeeping
from vantage6.node.job import Jobs, JobSettings
from vantage6.node.journal import Journal, journal_file
from vantage6.node.keys import Agreement
from vantage6.node.network.relay import RunDoors
from vantage6.node.network_parts import start_exits
from vantage6.node.proxy import Bell, Proxy, Upstream
from vantage6.node.proxy.payloads import Payloads
from vantage6.node.proxy.routes import Routes
from vantage6.node.run_files import RunFiles
from vantage6.node.runs import Ended, RunFacts
from vantage6.node.runtime.base import ContainerRuntime, ProxyDoor
from vantage6.node.runtime_choice import build_runtime, check_choice
from vantage6.node.server_api import Interrupted, Me, ServerAPI, patiently
from vantage6.node.server_socket import ServerSocket
from vantage6.node.work import Announce, Work

log = logging.getLogger(__name__)

_Answer = TypeVar("_Answer")
MakeRuntime = Callable[[Loaded[NodeConfig], Path, ProxyDoor], ContainerRuntime]


class ExitCode(IntEnum):
    """Exit status of the process; `help` says what to do about it."""

    STOPPED = 0
    FAILED = 1
    CONFIGURATION = 3
    ALREADY_RUNNING = 4
    RUNTIME = 5
    LOGIN = 6
    ENCRYPTION = 7

    @property
    def help(self) -> str:
        """What it means and what to do."""
        return _HELP[self]


_HELP = {
    ExitCode.STOPPED: "stopped on request",
    ExitCode.FAILED: "an unexpected error; the log has the details",
    ExitCode.CONFIGURATION: "the configuration is not usable; correct what the message names",
    ExitCode.ALREADY_RUNNING: "this node runs already on this host; stop it first",
    ExitCode.RUNTIME: "runs cannot be started here; see to the container engine",
    ExitCode.LOGIN: "the server does not know the API key; check `api_key` and `server_url`",
    ExitCode.ENCRYPTION: "node and server do not agree on encryption or on the key",
}
_EXIT_CODES: tuple[tuple[type[V6Error], ExitCode], ...] = (
    (ConfigurationError, ExitCode.CONFIGURATION),
    (instance.AlreadyRunning, ExitCode.ALREADY_RUNNING),
    (RuntimeUnavailable, ExitCode.RUNTIME),
    (NotAuthenticated, ExitCode.LOGIN),
    (EncryptionMismatch, ExitCode.ENCRYPTION),
)


def run(loaded: Loaded[NodeConfig], folders: Folders, *, scope: str = "user") -> int:
    """Run a node until it is stopped by a signal; the exit status of the process.

    Parameters
    ----------
    loaded
        Configuration of the node.
    folders
        Where data and log are kept.
    scope
        ``user`` or ``system``; a part of the name of the log file, as in 3.x.

    Raises
    ------
    ConfigurationError
        When the log cannot be written; every other failure is an exit status.
    """
    settings = loaded.settings
    secrets = [
        settings.api_key.get_secret_value(),
        *(entry.password.get_secret_value() for entry in settings.docker_registries),
        *settings.proxy_passwords,
    ]
    file = folders.log / f"node_{loaded.environment}_{scope}.log"
    try:
        configure_logging(settings.logging, file, secrets)
    except OSError as error:
        raise ConfigurationError(f"{file}: cannot be written ({error.strerror})") from error
    # A line per request that waits for a thread, and per repetition of one, says too much.
    for name in ("waitress.queue", "urllib3.connectionpool"):
        logging.getLogger(name).setLevel(logging.ERROR)
    node = Node(loaded, folders)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: node.stop())
    return int(node.run())


class Node:
    """One node, from start to stop.

    Parameters
    ----------
    loaded
        Its configuration.
    folders
        Where it keeps its files; made when they are not there.
    make_runtime
        Builds what starts runs.
    """

    def __init__(
        self,
        loaded: Loaded[NodeConfig],
        folders: Folders,
        make_runtime: MakeRuntime = build_runtime,
    ) -> None:
        self._loaded = loaded
        self._settings = loaded.settings
        self._data = folders.data
        self._make_runtime = make_runtime
        self._stopping = threading.Event()
        self._wake = threading.Event()
        self._inbox: Inbox = queue.SimpleQueue()

    def stop(self) -> None:
        """Have `run` return soon; may be called from a signal handler and from any thread."""
        self._stopping.set()
        self._wake.set()
        self._inbox.put(Stop())

    def run(self) -> ExitCode:
        """Work until `stop`, or until it turns out that the node cannot work."""
        try:
            self._data.mkdir(parents=True, exist_ok=True)
            with instance.locked(self._data):
                return self._run_locked()
        except instance.AlreadyRunning as error:
            log.error("%s", error)  # noqa: TRY400  # the other one owns the state file
            return ExitCode.ALREADY_RUNNING
        except OSError as error:
            log.error("the data folder cannot be used: %s", error)  # noqa: TRY400  # as above
            return ExitCode.CONFIGURATION

    def _run_locked(self) -> ExitCode:
        instance.write_state(self._data, instance.State.STARTING)
        try:
            with ExitStack() as stack:
                self._work(stack)
        except Interrupted:
            log.info("stopped while waiting for the server")
        except V6Error as error:
            log.error("%s (%s)", error, error.debug)  # noqa: TRY400  # written for the user
            return self._failed(_exit_code(error), error.message)
        except Exception as error:  # the border
            log.exception("unexpected error")
            return self._failed(ExitCode.FAILED, f"unexpected error: {error!r}; see the log")
        instance.clear_state(self._data)
        log.info("stopped")
        return ExitCode.STOPPED

    def _failed(self, code: ExitCode, reason: str) -> ExitCode:
        instance.write_state(self._data, instance.State.FAILED, reason)
        return code

    def _work(self, stack: ExitStack) -> None:
        settings = self._settings
        check_choice(self._loaded)
        for notice in settings.notices():
            log.warning("%s", notice)
        session = ApiSession(
            settings.server_url, settings.port, settings.api_path, outbound=settings.outbound
        )
        stack.callback(session.close)
        server = ServerAPI(session)
        me, agreement = self._unless_stopped(lambda: self._greet(server))
        log.info("logged in at %s as '%s' node=%s", session.base_url, me.name, me.node_id)

        bell = Bell()
        proxy = self._build_proxy(stack, session.base_url, server, agreement, bell)
        relay = start_exits(stack, self._loaded, self._data)
        runtime = self._make_runtime(self._loaded, self._data, RunDoors(proxy, relay))
        stack.callback(runtime.close)
        runtime.check()
        socket = ServerSocket(
            session,
            self._inbox.put,
            outbound=settings.outbound,
            is_verbose=settings.debug.socketio,
        )
        jobs, files = self._build_jobs(server, agreement)
        journal = Journal(self._journal_file(session.origin))
        stack.callback(journal.close)
        work = Work(jobs, files, journal, runtime, server, proxy, _announcer(socket, me))
        housekeeping = Housekeeping(files, server, settings.limits.keep)
        daemon_settings = self._daemon_settings(me, bell)
        daemon = Daemon(work, housekeeping, server, socket, self._inbox, daemon_settings)

        runtime.watch(lambda result_id: self._inbox.put(Ended(result_id)))
        socket.start()
        stack.callback(socket.stop)
        daemon.run()

    def _unless_stopped(self, call: Callable[[], _Answer]) -> _Answer:
        """Result of a call in a thread of its own: a dead network must not hold up a stop."""
        future: Future[_Answer] = Future()

        def work() -> None:
            try:
                future.set_result(call())
            except Exception as error:  # noqa: BLE001  # passed on, not handled
                future.set_exception(error)
            self._wake.set()

        threading.Thread(target=work, name="greeting", daemon=True).start()
        self._wake.wait()
        if not future.done():
            raise Interrupted
        return future.result()

    def _greet(self, server: ServerAPI) -> tuple[Me, Agreement]:
        """Log in and agree on encryption, however long the server stays away."""
        stop, settings = self._stopping, self._settings
        server.log_in(settings.api_key.get_secret_value(), stop)
        me = patiently(server.me, stop)
        key_file = keys.key_file(settings.encryption, self._data)
        return me, patiently(lambda: keys.agree(server, me, key_file), stop)

    def _build_proxy(
        self, stack: ExitStack, base_url: str, server: ServerAPI, agreement: Agreement, bell: Bell
    ) -> Proxy:
        upstream = Upstream(base_url, self._settings.outbound)
        stack.callback(upstream.close)
        cryptor, is_encrypted = agreement
        payloads = Payloads(cryptor, server.public_key, is_encrypted=is_encrypted)
        proxy = Proxy(Routes(upstream, payloads, bell))
        stack.callback(proxy.close_all)
        return proxy

    def _build_jobs(self, server: ServerAPI, agreement: Agreement) -> tuple[Jobs, RunFiles]:
        settings, limits = self._settings, self._settings.limits
        base = Path(settings.task_dir or self._data).expanduser() / "runs"
        try:
            files = RunFiles(base, limits.output_mb * 10**6)
        except OSError as error:
            raise ConfigurationError(
                f"task_dir: {base} cannot be used for the files of runs ({error.strerror})"
            ) from error
        job_settings = JobSettings(
            policy=settings.policy,
            databases=settings.data_sources,
            environment=settings.environment,
            log_limit_bytes=limits.log_kb * 1000,
            is_encrypted=agreement.is_encrypted,
            shares_logs=settings.shares_logs(agreement.is_encrypted),
        )
        return Jobs(server, agreement.cryptor, files, job_settings), files

    def _journal_file(self, origin: str) -> Path:
        return journal_file(self._data, origin, self._settings.api_key.get_secret_value())

    def _daemon_settings(self, me: Me, bell: Bell) -> DaemonSettings:
        def ready() -> None:
            instance.write_state(self._data, instance.State.READY, __version__)
            log.info("READY node=%s name='%s'", me.node_id, me.name)

        return DaemonSettings(
            me=me,
            concurrent=self._settings.limits.concurrent,
            reconcile_s=self._settings.reconcile_seconds,
            shared=self._settings.shared(),
            on_ready=ready,
            on_change=bell.ring,
        )


def _exit_code(error: V6Error) -> ExitCode:
    return next((code for kind, code in _EXIT_CODES if isinstance(error, kind)), ExitCode.FAILED)


def _announcer(socket: ServerSocket, me: Me) -> Announce:
    def announce(facts: RunFacts, status: TaskStatus) -> None:
        socket.send(
            NodeStatusChange(
                status=status.value,
                result_id=facts.result_id,
                task_id=facts.task_id,
                collaboration_id=me.collaboration_id,
                node_id=me.node_id,
                organization_id=me.organization_id,
                parent_id=facts.parent_id,
            )
        )

    return announce

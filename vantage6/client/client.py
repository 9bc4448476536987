"""The client of researchers: log in, keys, and one group of methods per noun."""

from types import TracebackType
from typing import TYPE_CHECKING

from vantage6.client.connection import Connection, Json, WhoAmI, log, show_log
from vantage6.client.former import FormerNames
from vantage6.client.keys import KeyFile
from vantage6.client.resource.collaboration import Collaboration
from vantage6.client.resource.node import Node
from vantage6.client.resource.organization import Organization
from vantage6.client.resource.result import Result
from vantage6.client.resource.role import Role
from vantage6.client.resource.rule import Rule
from vantage6.client.resource.task import Task
from vantage6.client.resource.user import User
from vantage6.client.resource.util import Util
from vantage6.client.waiting import refuse_failures, wait_for_task
from vantage6.common.api_session import ApiSession
from vantage6.common.echo import info
from vantage6.common.errors import EncryptionMismatch, NotAuthenticated
from vantage6.common.outbound import Outbound, OutboundOptions

if TYPE_CHECKING:
    from typing_extensions import Unpack


class Client(FormerNames):
    """A user's connection to a server.

    Parameters
    ----------
    host
        Scheme and host, such as ``https://server.example``.
    port
        None when it is part of the host already.
    path
        Where the API lives; may be empty.
    verbose
        Say at the terminal what is done; the same as ``log_level="debug"``.
    log_level
        Say what is of this level or above; nothing by default but warnings.
    raise_errors
        False to answer ``{"msg": …}`` where the server refuses, as 3.x does.
    outbound
        Where the network needs it: ``ca_bundle``, a file with the certificate authorities to trust
        instead of the system's, ``http_proxy``, ``https_proxy`` and ``no_proxy``; see `Outbound`.

    Examples
    --------
    >>> client = Client("https://server.example", 443, "/api")
    >>> client.authenticate("researcher", "secret")
    >>> client.setup_encryption("private_key.pem")
    >>> task = client.task.create(
    ...     collaboration=1,
    ...     organizations=[2],
    ...     name="average",
    ...     image="vantage6/average:3.12",
    ...     description="",
    ...     input={"method": "master", "master": True, "kwargs": {"column_name": "age"}},
    ... )
    >>> client.wait_for_results(task["id"])[0]["result"]
    {'average': 53.25}
    """

    def __init__(
        self,
        host: str,
        port: int | None = None,
        path: str = "/api",
        *,
        verbose: bool = False,
        log_level: str | None = None,
        raise_errors: bool = True,
        **outbound: "Unpack[OutboundOptions]",
    ) -> None:
        if verbose or log_level:
            show_log("debug" if verbose else str(log_level))
        self.log = log
        self.session = ApiSession(host, port, path, outbound=Outbound(**outbound))
        self._connection = Connection(self.session, raise_errors=raise_errors)
        self.util = Util(self._connection)
        self.organization = Organization(self._connection)
        self.collaboration = Collaboration(self._connection)
        self.node = Node(self._connection)
        self.task = Task(self._connection)
        self.result = Result(self._connection)
        self.user = User(self._connection)
        self.role = Role(self._connection)
        self.rule = Rule(self._connection)

    # --- identity ---------------------------------------------------------------------------

    def authenticate(
        self, username: str, password: str, mfa_code: str | int | None = None
    ) -> None:
        """Log in.

        Parameters
        ----------
        username, password
            Of your account.
        mfa_code
            The six digits of your authenticator app, as text when they start with 0; or, when
            the app is lost, one of the recovery codes that were shown when it was set up.

        Raises
        ------
        NotAuthenticated
            When the server refuses, or asks for the code.
        EncryptionMismatch
            See `setup_encryption`.
        """
        credentials = {"username": username, "password": password}
        if mfa_code is not None:
            credentials["mfa_code"] = str(mfa_code)
        answer = self.session.log_in("token/user", credentials)
        if "qr_uri" in answer:
            info("This server needs a second factor. Add it to your authenticator app with:")
            info(f"  {answer['qr_uri']}")
            info("then call authenticate(username, password, mfa_code) with the code it shows.")
            return
        if "access_token" not in answer:
            raise NotAuthenticated(str(answer.get("msg") or "the server gave no token"))
        _show_codes(answer)
        self._connection.whoami = self._find_out_who_i_am()
        self._publish_key(overwrite=False)
        log.info("logged in as %s of %s", self.name, self._connection.user.organization_name)

    def setup_encryption(
        self, private_key_file: KeyFile | None = None, *, overwrite: bool = False
    ) -> None:
        """Use the private key of your organization; None for no encryption, as at the start.

        May be called before `authenticate`. When the server has no public key of your organization
        yet, it gets the one that belongs to this private key.

        Parameters
        ----------
        private_key_file
            PEM file without passphrase.
        overwrite
            Replace another public key at the server; only after `authenticate`. What was encrypted
            for the old key stays unreadable, and all nodes and colleagues need the new one.

        Raises
        ------
        FileNotFoundError, DecryptionError
            When there is no such file, or it is not a private key.
        EncryptionMismatch
            When the server has another public key. No key is set up then.
        """
        if overwrite and self.whoami is None:
            raise NotAuthenticated("log in before you replace a public key")
        self._connection.keys.load(private_key_file)
        if self.whoami is not None:
            self._publish_key(overwrite=overwrite)

    def refresh_token(self) -> None:
        """Get new tokens; done without asking when they expire."""
        self.session.refresh_token()

    def _publish_key(self, *, overwrite: bool) -> None:
        keys = self._connection.keys
        try:
            keys.publish(self._connection.user.organization_id, overwrite=overwrite)
        except EncryptionMismatch:
            keys.load(None)
            raise

    def _find_out_who_i_am(self) -> WhoAmI:
        user = self.session.get(f"user/{self.session.identity()}")
        organization = self.session.get(f"organization/{user['organization']['id']}")
        return WhoAmI(
            type_="user",
            id_=user["id"],
            name=user.get("firstname") or user["username"],
            organization_name=organization["name"],
            organization_id=organization["id"],
        )

    # --- results ----------------------------------------------------------------------------

    def wait_for_results(
        self,
        task_id: int,
        sleep: float | None = None,
        *,
        timeout: float | None = None,
        interval: float | None = None,
    ) -> Json:
        """Results of a task as soon as all its runs have ended; see `result.from_task`.

        Parameters
        ----------
        task_id
            The task.
        sleep, interval
            Seconds between two questions to the server; by default they grow from 0.2 to 2.
        timeout
            Longest time to wait in seconds; None for as long as it takes.

        Raises
        ------
        RunFailed
            When a run ended without a result, naming organization, status and what its log says.
            With ``raise_errors=False`` its entry tells, in ``status`` and ``log``.
        WaitTimeout
            When the time is over; the task goes on.
        """
        pace = sleep if interval is None else interval
        return self._connection.answer(lambda: self._wait(task_id, timeout, pace))

    def _wait(self, task_id: int, timeout: float | None, interval: float | None) -> Json:
        wait_for_task(self._connection, task_id, timeout_s=timeout, interval_s=interval)
        results = self.result.from_task(task_id)
        if self._connection.raise_errors:
            refuse_failures(self._connection, task_id, results)
        return results

    @property
    def whoami(self) -> WhoAmI | None:
        """Who is logged in."""
        return self._connection.whoami

    @property
    def name(self) -> str:
        """Name of who is logged in."""
        return self._connection.user.name

    def close(self) -> None:
        """Close the connections."""
        self.session.close()

    def __enter__(self) -> "Client":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


UserClient = Client
"""The 3.x name."""


def _show_codes(answer: Json) -> None:
    """Show recovery codes, which the server gives once, or how many of them are left."""
    if "recovery_codes" in answer:
        info("Keep these codes in a safe place. Each can stand in once for that of a lost app:")
        for code in answer["recovery_codes"]:
            info(f"  {code}")
    if "recovery_codes_left" in answer:
        info(f"{answer['recovery_codes_left']} recovery codes are left.")

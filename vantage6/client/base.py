"""A connection to a server, before it has groups of methods: log in, keys, any request."""

from types import TracebackType
from typing import TYPE_CHECKING, NamedTuple

from vantage6.client.connection import Connection, Json, WhoAmI
from vantage6.client.former import FormerNames
from vantage6.client.keys import KeyFile
from vantage6.client.logs import LogLevel, log, show_log
from vantage6.client.resource.result import Result
from vantage6.client.resource.task import Task
from vantage6.client.second_factor import show_codes, show_setup
from vantage6.common.api_session import ApiSession
from vantage6.common.errors import (
    EncryptionMismatch,
    NoSuchAddress,
    NotAuthenticated,
    NotFound,
)
from vantage6.common.outbound import Outbound, OutboundOptions

if TYPE_CHECKING:
    from typing_extensions import Self, Unpack


class ServerInfo(NamedTuple):
    """Where a server is."""

    host: str
    port: int | None
    path: str


class ClientBase(FormerNames):
    """A connection to a server; `Client` is the one for people.

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

    Notes
    -----
    Making one sends nothing.
    """

    class SubClient:
        """Base of groups of methods that other packages add.

        Parameters
        ----------
        parent
            The client, whose `request` reaches the server.
        """

        def __init__(self, parent: "ClientBase") -> None:
            self.parent = parent

    def __init__(
        self,
        host: str,
        port: int | None = None,
        path: str = "/api",
        *,
        verbose: bool = False,
        log_level: str | int | LogLevel | None = None,
        raise_errors: bool = True,
        **outbound: "Unpack[OutboundOptions]",
    ) -> None:
        if verbose:
            show_log(LogLevel.DEBUG)
        elif log_level is not None:
            show_log(log_level)
        self.log = log
        self.session = ApiSession(host, port, path, outbound=Outbound(**outbound))
        self._connection = Connection(self.session, raise_errors=raise_errors)
        self.task = Task(self._connection)
        self.result = Result(self._connection)

    # --- identity ---------------------------------------------------------------------------

    def authenticate(self, credentials: dict[str, str], path: str = "token/user") -> bool:
        """Trade credentials for tokens.

        Parameters
        ----------
        credentials
            Such as ``{"username": …, "password": …}``.
        path
            Endpoint that takes them.

        Returns
        -------
        bool
            False when the account has to set up a second factor first; how is printed.

        Raises
        ------
        NotAuthenticated
            When the server refuses, or asks for the code of the second factor.
        NoSuchAddress
            When there is no such server.
        """
        try:
            answer: Json = self.session.log_in(path, credentials)
        except NotFound as error:
            raise NoSuchAddress(
                f"there is no vantage6 at {self.base_path}; check host, port and the API path, "
                "which is /api for most servers"
            ) from error
        if "qr_uri" in answer:
            show_setup(answer)
            return False
        if "access_token" not in answer:
            raise NotAuthenticated(str(answer.get("msg") or "the server gave no token"))
        show_codes(answer)
        return True

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

    @property
    def whoami(self) -> WhoAmI | None:
        """Who is logged in."""
        return self._connection.whoami

    @property
    def name(self) -> str:
        """Name of who is logged in."""
        return self._connection.user.name

    # --- end --------------------------------------------------------------------------------

    def close(self) -> None:
        """Close the connections."""
        self.session.close()

    def __enter__(self) -> "Self":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

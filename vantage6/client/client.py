"""The client of researchers: log in, keys, and one group of methods per noun."""

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from vantage6.client.base import ClientBase
from vantage6.client.connection import Json, WhoAmI
from vantage6.client.environment import read_login
from vantage6.client.logs import LogLevel, log
from vantage6.client.resource.collaboration import Collaboration
from vantage6.client.resource.node import Node
from vantage6.client.resource.organization import Organization
from vantage6.client.resource.result import Result
from vantage6.client.resource.role import Role
from vantage6.client.resource.rule import Rule
from vantage6.client.resource.task import Task
from vantage6.client.resource.user import User
from vantage6.client.resource.util import Util
from vantage6.client.second_factor import code_text
from vantage6.client.waiting import refuse_failures, wait_for_task
from vantage6.common.errors import Forbidden, NotAuthenticated
from vantage6.common.outbound import OutboundOptions

if TYPE_CHECKING:
    from typing_extensions import Self, Unpack

_NOT_HERE = {
    "study": "studies; make a collaboration of those organizations instead",
    "store": "algorithm stores; name the image in task.create",
    "algorithm": "algorithm stores; name the image in task.create",
    "dataframe": "sessions; each task reads the database of the node",
}
"""Groups of methods that scripts of later versions use."""


class Client(ClientBase):
    """A user's connection to a server.

    The groups of methods are `util`, `organization`, `collaboration`, `node`, `user`, `role`,
    `rule`, `task` and `result`, also called `run`.

    Parameters
    ----------
    host, port, path, verbose, log_level, raise_errors, outbound
        See `ClientBase`.

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

    # Code written for 3.x finds the classes of the groups here.
    Util = Util
    Organization = Organization
    Collaboration = Collaboration
    Node = Node
    User = User
    Role = Role
    Rule = Rule
    Task = Task
    Result = Result

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
        super().__init__(
            host,
            port,
            path,
            verbose=verbose,
            log_level=log_level,
            raise_errors=raise_errors,
            **outbound,
        )
        self.util = Util(self._connection, self.setup_encryption)
        self.organization = Organization(self._connection)
        self.collaboration = Collaboration(self._connection)
        self.node = Node(self._connection)
        self.run = self.result
        self.user = User(self._connection)
        self.role = Role(self._connection)
        self.rule = Rule(self._connection)

    def __getattr__(self, name: str) -> Any:
        # Python asks here only for what does not exist.
        if name in _NOT_HERE:
            raise AttributeError(f"servers of version 3 have no {_NOT_HERE[name]}")
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    # --- identity ---------------------------------------------------------------------------

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> "Self":
        """Make a client that is logged in, with its keys set up.

        Parameters
        ----------
        environ
            ``V6_SERVER_URL``, the full address with port and API path, ``V6_USERNAME`` and
            ``V6_PASSWORD``; optionally ``V6_PRIVATE_KEY`` and ``V6_CA_BUNDLE``, names of files.
            The environment of this process by default.

        Raises
        ------
        ConfigurationError
            When one of the first three is missing.
        NotAuthenticated
            When the server refuses, or asks for a second factor.
        """
        login = read_login(environ)
        client = cls(login.host, login.port, login.path, ca_bundle=login.ca_bundle)
        client.setup_encryption(login.private_key)
        client.authenticate(login.username, login.password)
        if client.whoami is None:
            raise NotAuthenticated(
                "this account has to set up its second factor first, and cannot log in from the "
                "environment: use client.authenticate(username, password, mfa_code)"
            )
        return client

    def authenticate(  # type: ignore[override]  # both signatures are those of 3.x
        self, username: str, password: str, mfa_code: str | int | None = None
    ) -> None:
        """Log in.

        Parameters
        ----------
        username, password
            Of your account.
        mfa_code
            The six digits of your authenticator app; or, when the app is lost, one of the recovery
            codes that were shown when it was set up.

        Raises
        ------
        NotAuthenticated
            When the server refuses, or asks for the code.
        EncryptionMismatch
            See `setup_encryption`.
        """
        credentials = {"username": username, "password": password}
        if mfa_code is not None and mfa_code != "":  # scripts of 3.x pass an empty text for none
            credentials["mfa_code"] = code_text(mfa_code)
        if not super().authenticate(credentials):
            return
        self._connection.whoami = self._find_out_who_i_am()
        self._publish_key(overwrite=False)
        log.info("logged in as %s of %s", self.name, self._connection.user.organization_name)

    def setup_collaboration(self, collaboration_id: int | None) -> None:
        """Use a collaboration wherever a new task or node, or a call about one, names none.

        Lists stay complete: they are filtered only by what is given.
        """
        self._connection.collaboration_id = collaboration_id

    @property
    def collaboration_id(self) -> int | None:
        """What `setup_collaboration` was told."""
        return self._connection.collaboration_id

    def _find_out_who_i_am(self) -> WhoAmI:
        user = self.session.get(f"user/{self.session.identity()}")
        organization_id = user["organization"]["id"]
        return WhoAmI(
            type_="user",
            id_=user["id"],
            name=user.get("firstname") or user["username"],
            organization_name=self._name_of_organization(organization_id),
            organization_id=organization_id,
        )

    def _name_of_organization(self, id_: int) -> str:
        try:
            return str(self.session.get(f"organization/{id_}")["name"])
        except (Forbidden, NotAuthenticated):
            # Not everybody who may log in may see organizations; 3.x refuses both alike.
            return f"organization {id_}"

    # --- results ----------------------------------------------------------------------------

    def wait_for_results(
        self,
        task_id: int,
        sleep: float | None = None,
        *,
        timeout: float | None = None,
        interval: float | None = None,
        raise_errors: bool | None = None,
    ) -> Json:
        """Results of a task as soon as all its runs have ended; see `result.from_task`.

        At a terminal and in notebooks a bar says how many runs have ended.

        Parameters
        ----------
        task_id
            The task.
        sleep, interval
            Seconds between two questions to the server. By default they grow from 0.2 to 2, or
            to 10 where the server tells by itself when a run has ended.
        timeout
            Longest time to wait in seconds; None for as long as it takes.
        raise_errors
            False to get the results of all runs when some failed; see below. By default as the
            client was made.

        Raises
        ------
        RunFailed
            When a run ended without a result, naming organization, status and what its log says.
            With ``raise_errors=False`` its entry tells, in ``status``, ``log`` and ``error``.
        WaitTimeout
            When the time is over; the task goes on.
        """
        pace = sleep if interval is None else interval
        must_raise = self._connection.raise_errors if raise_errors is None else raise_errors

        def wait() -> Json:
            wait_for_task(self._connection, task_id, timeout_s=timeout, interval_s=pace)
            results = self.result.from_task(task_id)
            if must_raise:
                refuse_failures(self._connection, task_id, results)
            return results

        return self._connection.answer(wait)


UserClient = Client
"""The 3.x name."""

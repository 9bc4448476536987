"""Names of 3.x that scripts still use, in terms of the present ones."""

from typing import Any

from vantage6.client.connection import Connection, Json
from vantage6.client.encryption import Cryptor
from vantage6.client.resource.result import Result
from vantage6.client.resource.task import Task
from vantage6.client.spelling import also_as
from vantage6.common.api_session import ApiSession, Query
from vantage6.common.payload import JSON


class FormerNames:
    """What clients inherit only for scripts of 3.x."""

    session: ApiSession
    task: Task
    result: Result
    _connection: Connection

    @also_as(id="id_")
    def get_results(
        self,
        id_: int | None = None,
        state: str | None = None,
        include_task: bool = False,
        task_id: int | None = None,
        node_id: int | None = None,
        params: Query | None = None,
    ) -> Json:
        """Results with decrypted but unread bytes; `result` has the methods that read them."""
        return self.result.raw(
            id_,
            state=state,
            include="task" if include_task else None,
            task_id=task_id,
            node_id=node_id,
            **(params or {}),
        )

    @also_as(input="input_", collaboration="collaboration_id", organizations="organization_ids")
    def post_task(  # noqa: PLR0913  # the signature of 3.x
        self,
        name: str,
        image: str,
        collaboration_id: int,
        input_: Any = "",
        description: str = "",
        organization_ids: list[int] | None = None,
        data_format: str = JSON,
        database: str = "default",
    ) -> Json:
        """The same as `task.create`."""
        return self.task.create(
            collaboration=collaboration_id,
            organizations=organization_ids or [],
            name=name,
            image=image,
            description=description,
            input=input_,
            data_format=data_format,
            database=database,
        )

    def request(
        self,
        endpoint: str,
        json: Json = None,
        method: str = "get",
        params: Query | None = None,
        first_try: bool = True,
        retry: bool = True,
    ) -> Json:
        """Answer to any request to the server; the last two arguments mean nothing any more."""
        del first_try, retry
        return self._connection.request(method.upper(), endpoint, json=json, params=params)

    def generate_path_to(self, endpoint: str) -> str:
        """Full address of an endpoint."""
        return self.session.url(endpoint)

    @property
    def token(self) -> str | None:
        """The access token."""
        return self.session.token

    @property
    def headers(self) -> dict[str, str]:
        """Headers that carry the token."""
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}

    @property
    def cryptor(self) -> Cryptor:
        """How payloads are encrypted in encrypted collaborations."""
        return self._connection.keys.cryptor

    @property
    def host(self) -> str:
        """Scheme and host."""
        return self.session.host

    @property
    def port(self) -> int | None:
        """Port, when it is not part of the host."""
        return self.session.port

    @property
    def path(self) -> str:
        """Where the API lives."""
        return self.session.path

    @property
    def base_path(self) -> str:
        """Address of the API."""
        return self.session.base_url

"""The connection of a container to the proxy of its node, with the token of the run.

The proxy encrypts inputs and decrypts results, so everything here is plain.
"""

import time
from collections.abc import Sequence
from typing import Any

from vantage6.common.api_session import ApiSession, Query
from vantage6.common.encoding import bytes_to_base64s
from vantage6.common.errors import InvalidToken, NotAuthenticated, RunFailed
from vantage6.common.waiting import Pause, wait_until
from vantage6.tools.data_format import encode
from vantage6.tools.run_rows import decoded, failure, refuse_failures
from vantage6.tools.surroundings import named_databases

Json = Any
"""What the server answers; its fields are in the OpenAPI document."""

_LONGEST_WAIT_S = 30


class ProxySession:
    """What both clients share: the connection to the proxy and what the token says.

    Parameters
    ----------
    token
        Token of the run.
    host, port, path
        Where the proxy is.
    pause
        How to wait between two questions.
    api
        The connection, where it is another one than to that address.
    """

    def __init__(
        self,
        token: str,
        host: str,
        port: int | str | None = None,
        path: str = "",
        *,
        pause: Pause = time.sleep,
        api: ApiSession | None = None,
    ) -> None:
        self._api = api or ApiSession(host, int(port) if port else None, path)
        self._api.use_token(token)
        self._pause = pause
        identity = self._api.identity()
        if not isinstance(identity, dict):
            raise InvalidToken("the token is not one of a container")
        self.token = self._access_token = token  # algorithms of 3.0 read the second name
        self.image: str = identity.get("image", "")
        self.database: str | None = identity.get("database")
        self.host_node_id: int = identity["node_id"]
        self.collaboration_id: int = identity["collaboration_id"]
        self.organization_id: int | None = identity.get("organization_id")
        self.task_id: int | None = identity.get("task_id")
        # Looked up here, in the thread of the run: sub-tasks may be asked for in others.
        self._named_databases = named_databases()

    @property
    def host(self) -> str:
        """Scheme and host of the proxy."""
        return self._api.host

    @property
    def port(self) -> int | None:
        """Port of the proxy."""
        return self._api.port

    @property
    def path(self) -> str:
        """Where the API lives at the proxy."""
        return self._api.path

    @property
    def base_path(self) -> str:
        """Address below which all routes live."""
        return self._api.base_url

    @property
    def headers(self) -> dict[str, str]:
        """What each request carries; for algorithms that send some themselves."""
        return {"Authorization": f"Bearer {self.token}"}

    def generate_path_to(self, endpoint: str) -> str:
        """Full address of an endpoint."""
        return self._api.url(endpoint)

    def authenticate(self, *args: Any, **kwargs: Any) -> None:
        """Nothing: a container has its token already; 3.x scripts may call it all the same."""
        del args, kwargs

    def refresh_token(self) -> None:
        """Not possible: the token of a run holds as long as the run.

        Raises
        ------
        NotAuthenticated
            Always.
        """
        raise NotAuthenticated("a container cannot refresh its token; it needs no new one")

    def request(
        self,
        endpoint: str,
        json: Json = None,
        method: str = "get",
        params: Query | None = None,
        first_try: bool = True,
        retry: bool = True,
    ) -> Json:
        """Parsed answer to any request to the server; see `vantage6.common.api_session`.

        `first_try` and `retry` are of 3.x and make no difference.
        """
        del first_try, retry
        return self._api.request(method.upper(), endpoint, json=json, params=params)

    def close(self) -> None:
        """Close the connections."""
        self._api.close()

    def post_subtask(
        self,
        input_: Any,
        organization_ids: Sequence[int],
        name: str,
        description: str | None,
        **other: Any,
    ) -> Json:
        """Ask organizations to run a function of this same image.

        It is about the databases that this run is about, unless its input names others. `other`
        fields of the task, such as ``database``, take the place of this run's own.
        """
        if self._named_databases and isinstance(input_, dict):
            input_ = {"databases": self._named_databases, **input_}
        text = bytes_to_base64s(encode(input_))
        body = {
            "name": name,
            "image": self.image,
            "collaboration_id": self.collaboration_id,
            "description": description or f"task from container on node_id={self.host_node_id}",
            "organizations": [{"id": id_, "input": text} for id_ in organization_ids],
            "database": self.database,
            **other,
        }
        return self._api.post("task", json=body)

    def read_task(self, task_id: int) -> Json:
        """A task; ``complete`` says whether all its runs have ended."""
        return self._api.get(f"task/{task_id}")

    def read_results(self, task_id: int) -> list[Any]:
        """What the runs of a task returned; runs that have not ended yet are left out.

        Raises
        ------
        RunFailed
            When a run ended without a result.
        """
        runs = self._api.get(f"task/{task_id}/result")
        refuse_failures(task_id, runs)
        return [decoded(f"task {task_id}", run["result"]) for run in runs if run.get("result")]

    def read_result(self, result_id: int) -> Any:
        """What one run returned; None when it has not ended yet.

        Raises
        ------
        RunFailed
            When it ended without a result.
        """
        run = self._api.get(f"result/{result_id}")
        reason = failure(run)
        if reason is not None:
            raise RunFailed(f"run {result_id} failed: {reason}")
        return decoded(f"run {result_id}", run["result"]) if run.get("result") else None

    def wait_for_results(
        self, task_id: int, interval: float | None = None, timeout: float | None = None
    ) -> list[Any]:
        """Results of a sub-task as soon as all its runs have ended.

        Parameters
        ----------
        task_id
            The sub-task.
        interval
            Seconds between two questions to a proxy of 3.11 or older, which does not hold
            questions back; by default they grow from 0.2 to 2.
        timeout
            Longest time to wait in seconds; None for as long as it takes.

        Raises
        ------
        RunFailed
            When a run ended without a result.
        WaitTimeout
            When the time is over.
        """

        def ask(left_s: float | None) -> Json:
            wait_s = _LONGEST_WAIT_S if left_s is None else min(_LONGEST_WAIT_S, int(left_s))
            return self._api.get(f"task/{task_id}", {"wait": wait_s})

        wait_until(
            ask,
            lambda task: bool(task["complete"]),
            what=f"task {task_id}",
            timeout_s=timeout,
            interval_s=interval,
            pause=self._pause,
        )
        return self.read_results(task_id)

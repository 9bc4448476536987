"""The connection of a container to the proxy of its node, with the token of the run.

The proxy encrypts inputs and decrypts results, so everything here is plain.
"""

import time
from collections.abc import Sequence
from typing import Any

from vantage6.common.api_session import ApiSession, Query
from vantage6.common.encoding import base64s_to_bytes, bytes_to_base64s
from vantage6.common.errors import InvalidToken, PayloadError, RunFailed
from vantage6.common.status import FAILURES
from vantage6.common.waiting import Pause, wait_until
from vantage6.tools.data_format import decode, encode

Json = Any
"""What the server answers; its fields are in the OpenAPI document."""

_LONGEST_WAIT_S = 30
_FAILED = frozenset(status.value for status in FAILURES)


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
    """

    def __init__(
        self,
        token: str,
        host: str,
        port: int | str | None = None,
        path: str = "",
        *,
        pause: Pause = time.sleep,
    ) -> None:
        self._api = ApiSession(host, int(port) if port else None, path)
        self._api.use_token(token)
        self._pause = pause
        identity = self._api.identity()
        if not isinstance(identity, dict):
            raise InvalidToken("the token is not one of a container")
        self.token = token
        self.image: str = identity.get("image", "")
        self.database: str | None = identity.get("database")
        self.host_node_id: int = identity["node_id"]
        self.collaboration_id: int = identity["collaboration_id"]
        self.organization_id: int | None = identity.get("organization_id")
        self.task_id: int | None = identity.get("task_id")

    def request(
        self,
        endpoint: str,
        json: Json = None,
        method: str = "get",
        params: Query | None = None,
    ) -> Json:
        """Parsed answer to any request to the server; see `vantage6.common.api_session`."""
        return self._api.request(method.upper(), endpoint, json=json, params=params)

    def close(self) -> None:
        """Close the connections."""
        self._api.close()

    def post_subtask(
        self, input_: Any, organization_ids: Sequence[int], name: str, description: str | None
    ) -> Json:
        """Ask organizations to run a function of this same image."""
        text = bytes_to_base64s(encode(input_))
        body = {
            "name": name,
            "image": self.image,
            "collaboration_id": self.collaboration_id,
            "description": description or f"task from container on node_id={self.host_node_id}",
            "organizations": [{"id": id_, "input": text} for id_ in organization_ids],
            "database": self.database,
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
        _refuse_failures(task_id, runs)
        return [_decoded(task_id, run["result"]) for run in runs if run.get("result")]

    def wait_for_results(
        self, task_id: int, timeout: float | None = None, *, interval: float | None = None
    ) -> list[Any]:
        """Results of a sub-task as soon as all its runs have ended.

        Parameters
        ----------
        task_id
            The sub-task.
        timeout
            Longest time to wait in seconds; None for as long as it takes.
        interval
            Seconds between two questions to a proxy that does not hold questions back.

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


def _refuse_failures(task_id: int, runs: list[Json]) -> None:
    failed = [
        f"organization {_id(run['organization'])}: {reason}"
        for run in runs
        if (reason := _failure(run)) is not None
    ]
    if failed:
        told = "; ".join(failed)
        raise RunFailed(f"{len(failed)} of {len(runs)} runs of task {task_id} failed: {told}")


def _failure(run: Json) -> str | None:
    status = run.get("status")
    if status in _FAILED:
        return str(status)
    if run.get("finished_at") and not run.get("result"):
        return f"{status} without a result" if status else "no result"
    return None


def _id(reference: Any) -> Any:
    return reference["id"] if isinstance(reference, dict) else reference


def _decoded(task_id: int, text: str) -> Any:
    try:
        return decode(base64s_to_bytes(text))
    except (ValueError, PayloadError) as error:
        raise PayloadError(
            f"a result of task {task_id} cannot be read; the run may use another version of pandas"
        ) from error

"""The client that ``@algorithm_client`` gives: the names mean what they mean in 4.x."""

from typing import Any

from vantage6.tools.algorithm_client import AlgorithmClient

__all__ = ["DecoratedClient"]


class DecoratedClient(AlgorithmClient):
    """An `AlgorithmClient` whose ``result.get`` is about one run."""

    class Result(AlgorithmClient.Result):
        """What runs returned."""

        def get(  # type: ignore[override]  # one name, two meanings in 3.x and 4.x
            self, id_: int | None = None, *, task_id: int | None = None
        ) -> Any:
            """Result of one run; with `task_id`, as in 3.x, those of a task.

            None when the run has not ended yet.

            Raises
            ------
            RunFailed
                When the run ended without a result.
            """
            return super().get(task_id, id_=id_)

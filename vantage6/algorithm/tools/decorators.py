"""The 4.x name of `vantage6.tools.decorators`."""

from vantage6.tools.decorators import (
    RunMetaData,
    algorithm_client,
    data,
    database_connection,
    metadata,
)

__all__ = ["RunMetaData", "algorithm_client", "data", "database_connection", "metadata"]

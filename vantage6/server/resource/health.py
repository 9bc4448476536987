"""/health."""

from typing import Any

from vantage6.server.api.declaration import ApiResource
from vantage6.server.api.operation import ANYONE, operation
from vantage6.server.schema.answer import HealthView


class Health(ApiResource):
    """Health of the server."""

    @operation(ANYONE, out=HealthView, in_unit=False)
    def get(self) -> dict[str, Any]:
        """Say whether the database answers."""
        return {"database": self.context.database.is_alive()}

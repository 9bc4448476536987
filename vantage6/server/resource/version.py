"""/version."""

from typing import Any

from vantage6 import __version__
from vantage6.server.api.declaration import ApiResource
from vantage6.server.api.operation import ANYONE, operation
from vantage6.server.schema.answer import VersionView


class Version(ApiResource):
    """Version of the server."""

    @operation(ANYONE, out=VersionView, in_unit=False)
    def get(self) -> dict[str, Any]:
        """Say which version answers."""
        return {"version": __version__}

"""/port: what runs open for other runs."""

from typing import Any

from sqlalchemy import Select

from vantage6.server.api.declaration import ApiResource
from vantage6.server.api.operation import operation
from vantage6.server.model import Port
from vantage6.server.permission.principal import Kind, Principal
from vantage6.server.permission.rules import Op
from vantage6.server.schema.answer import MessageView
from vantage6.server.schema.port import PortCreate, PortFilter, PortView, RunFilter
from vantage6.server.service import port as ports
from vantage6.server.service.port import PortBody, PortQuery, RunOfPorts

_NODE = frozenset({Kind.NODE})


class PortList(ApiResource):
    """All ports."""

    @operation(("port", Op.VIEW), query=PortFilter, out=PortView, is_paginated=True)
    def get(self, actor: Principal, query: PortQuery) -> Select[Any]:
        """List the ports that you may see, newest first."""
        return ports.list_(actor, query)

    @operation(("port", Op.CREATE), callers=_NODE, body=PortCreate, out=PortView, status=201)
    def post(self, actor: Principal, body: PortBody) -> Port:
        """Note a port that a run of yours has opened."""
        return ports.create(actor, body)

    @operation(("port", Op.DELETE), callers=_NODE, query=RunFilter, out=MessageView)
    def delete(self, actor: Principal, query: RunOfPorts) -> dict[str, Any]:
        """Forget all ports of a run of yours; it need not have any."""
        ports.delete_of(actor, query.result_id)
        return {"msg": f"the ports of result {query.result_id} are deleted"}


class PortItem(ApiResource):
    """One port."""

    @operation(("port", Op.VIEW), out=PortView)
    def get(self, actor: Principal, port_id: int) -> Port:
        """Show a port."""
        return ports.get(actor, port_id)

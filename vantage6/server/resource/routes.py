"""The one list of addresses, and who answers there.

To add a noun: its schema, its resource, and its lines here. The address of one object also gives
the verbs in every link to it.
"""

from typing import NamedTuple

from vantage6.server.api.declaration import ApiResource
from vantage6.server.resource import (
    collaboration,
    health,
    killing,
    node,
    organization,
    port,
    recover,
    result,
    role,
    rule,
    task,
    token,
    user,
    version,
    vpn,
)


class Route(NamedTuple):
    """An address below the path of the API; `item_of` names the noun that one object there is."""

    path: str
    resource: type[ApiResource]
    item_of: str | None = None


ROUTES: tuple[Route, ...] = (
    Route("/version", version.Version),
    Route("/health", health.Health),
    Route("/token/user", token.UserToken),
    Route("/token/node", token.NodeToken),
    Route("/token/container", token.ContainerToken),
    Route("/token/refresh", token.RefreshToken),
    Route("/organization", organization.OrganizationList),
    Route("/organization/<id:organization_id>", organization.OrganizationItem, "organization"),
    Route(
        "/organization/<id:organization_id>/collaboration",
        organization.OrganizationCollaborations,
    ),
    Route("/organization/<id:organization_id>/node", organization.OrganizationNodes),
    Route("/collaboration", collaboration.CollaborationList),
    Route(
        "/collaboration/<id:collaboration_id>", collaboration.CollaborationItem, "collaboration"
    ),
    Route(
        "/collaboration/<id:collaboration_id>/organization",
        collaboration.CollaborationOrganizations,
    ),
    Route("/collaboration/<id:collaboration_id>/node", collaboration.CollaborationNodes),
    Route("/collaboration/<id:collaboration_id>/task", collaboration.CollaborationTasks),
    Route("/node", node.NodeList),
    Route("/node/<id:node_id>", node.NodeItem, "node"),
    Route("/task", task.TaskList),
    Route("/task/<id:task_id>", task.TaskItem, "task"),
    Route("/task/<id:task_id>/result", task.TaskResults),
    Route("/result", result.ResultList),
    Route("/result/<id:result_id>", result.ResultItem, "result"),
    Route("/user", user.UserList),
    Route("/user/<id:user_id>", user.UserItem, "user"),
    Route("/port", port.PortList),
    Route("/port/<id:port_id>", port.PortItem, "port"),
    Route("/vpn", vpn.VpnConfiguration),
    Route("/vpn/update", vpn.VpnUpdate),
    Route("/vpn/algorithm/addresses", vpn.AlgorithmAddresses),
    Route("/recover/lost", recover.PasswordLost),
    Route("/recover/reset", recover.PasswordReset),
    Route("/recover/2fa/lost", recover.FactorLost),
    Route("/recover/2fa/reset", recover.FactorReset),
    Route("/recover/2fa/codes", recover.FactorCodes),
    Route("/recover/node", recover.NodeKey),
    Route("/password/change", recover.PasswordChange),
    Route("/role", role.RoleList),
    Route("/role/<id:role_id>", role.RoleItem, "role"),
    Route("/role/<id:role_id>/rule", role.RoleRules),
    Route("/role/<id:role_id>/rule/<id:rule_id>", role.RoleRuleItem),
    Route("/rule", rule.RuleList),
    Route("/rule/<id:rule_id>", rule.RuleItem, "rule"),
    Route("/kill/task", killing.KillTask),
    Route("/kill/node/tasks", killing.KillNodeTasks),
)


def link_methods() -> dict[str, list[str]]:
    """Verbs at the address of one object, by noun."""
    return {
        route.item_of: sorted(route.resource.methods)
        for route in ROUTES
        if route.item_of is not None
    }

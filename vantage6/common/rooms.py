"""Names of the socket rooms (namespace ``/tasks``), made from ids."""

ALL_NODES = "all_nodes"
"""Room of every node; kept because 3.x has it, nothing about one collaboration is sent to it."""


def collaboration(collaboration_id: int) -> str:
    """Room of all nodes and entitled users of a collaboration."""
    return f"collaboration_{collaboration_id}"


def of_run(collaboration_id: int, initiator_id: int) -> tuple[str, ...]:
    """Rooms that hear of a run: its collaboration, and the organization that asked for it.

    Users who may hear only of their own organization are not in the room of the collaboration.
    """
    asking = organization(collaboration_id, initiator_id)
    return collaboration(collaboration_id), asking


def organization(collaboration_id: int, organization_id: int) -> str:
    """Room of one organization's nodes and users within a collaboration."""
    return f"collaboration_{collaboration_id}_organization_{organization_id}"

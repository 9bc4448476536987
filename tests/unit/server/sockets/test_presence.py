import pytest
from vantage6.server.permission.principal import Kind, Principal
from vantage6.server.permission.rules import Op, Scope
from vantage6.server.sockets.presence import Attendee, Presence, rooms_of

EVERYTHING = (3, 1, 2)


def actor(kind=Kind.USER, *scopes):
    rules = frozenset(("event", Op.VIEW, scope) for scope in scopes)
    return Principal(kind, 7, 5, frozenset({1, 2}), rules)


@pytest.mark.parametrize(
    ("scopes", "rooms"),
    [
        ((Scope.GLOBAL,), ("collaboration_1", "collaboration_2", "collaboration_3")),
        ((Scope.COLLABORATION, Scope.ORGANIZATION), ("collaboration_1", "collaboration_2")),
        (
            (Scope.ORGANIZATION,),
            ("collaboration_1_organization_5", "collaboration_2_organization_5"),
        ),
        ((), ()),
    ],
)
def test_rules_open_rooms_to_users(scopes, rooms):
    assert rooms_of(actor(Kind.USER, *scopes), EVERYTHING) == rooms


def test_a_node_belongs_to_its_collaboration_and_organization_there():
    node = Principal(Kind.NODE, 7, 5, frozenset({2}), frozenset())

    assert rooms_of(node, EVERYTHING) == (
        "all_nodes",
        "collaboration_2",
        "collaboration_2_organization_5",
    )


def test_nothing_about_an_attendee_is_told_to_all_nodes():
    attendee = Attendee(Kind.NODE, 7, "n", ("all_nodes", "collaboration_2"), epoch=0)

    assert attendee.announced_rooms == ("collaboration_2",)


def test_rooms_are_taken_from_who_is_there():
    presence = Presence()
    presence.enter("sid", Attendee(Kind.USER, 7, "n", ("a", "b"), epoch=0))

    presence.narrow("sid", ["b"])
    presence.narrow("gone", ["a"])

    assert presence.everybody() == {"sid": Attendee(Kind.USER, 7, "n", ("a",), epoch=0)}


def test_connections_come_and_go():
    presence, attendee = Presence(), Attendee(Kind.NODE, 7, "n", (), epoch=0)
    presence.enter("sid", attendee)

    assert presence.find("sid") is attendee
    assert presence.leave("sid") is attendee
    assert presence.find("sid") is presence.leave("sid") is None

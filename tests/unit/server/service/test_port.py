"""Ports: a run says what it opened, and related runs find it."""

import pytest
from tests.factories import make_port, make_study, make_task, make_user
from vantage6.common.errors import Forbidden, InvalidInput, NotFound
from vantage6.server.model import Port
from vantage6.server.permission.rules import Op, Scope
from vantage6.server.service import port as ports
from vantage6.server.service.port import AddressQuery, PortBody, PortQuery
from vantage6.server.session import current_session

pytestmark = pytest.mark.usefixtures("unit")


@pytest.fixture
def study():
    return make_study()


def listed(actor, **query):
    return [row.id for row in current_session().scalars(ports.list_(actor, PortQuery(**query)))]


def labels(actor, **query):
    return [found["label"] for found in ports.addresses(actor, AddressQuery(**query))]


def test_s10_ports_are_shown_within_ones_collaborations_only(study, as_user, as_node):
    port = make_port(make_task(study.collaboration).results[0])
    insider, outsider = make_user(study.first, role="Viewer"), make_user(role="Viewer")
    assert listed(as_user(insider)) == listed(as_node(study.nodes[1])) == [port.id]
    assert listed(as_user(outsider)) == []
    with pytest.raises(Forbidden):
        ports.get(as_user(outsider), port.id)
    with pytest.raises(Forbidden):
        listed(as_user(make_user(study.first)))


def test_b4_every_filter_of_ports_works_newest_first(study, as_user):
    first, second = make_task(study.collaboration), make_task(study.collaboration, run_id=9)
    one, two = make_port(first.results[0]), make_port(second.results[0])
    root = as_user(make_user(rules=[("port", Op.VIEW, Scope.GLOBAL)]))
    assert listed(root) == [two.id, one.id]
    assert listed(root, result_id=first.results[0].id) == [one.id]
    assert listed(root, task_id=second.id) == listed(root, run_id=9) == [two.id]
    assert ports.get(root, one.id) is one


def test_only_the_node_of_a_run_registers_and_forgets_its_ports(study, as_node):
    run, other = make_task(study.collaboration).results[:2]
    body = PortBody(port=8888, result_id=run.id, label="web")
    made = ports.create(as_node(study.nodes[0]), body)
    kept = make_port(other)
    assert (made.port, made.label, made.result_id) == (8888, "web", run.id)
    for forbidden in (ports.create, lambda actor, body: ports.delete_of(actor, body.result_id)):
        with pytest.raises(Forbidden):
            forbidden(as_node(study.nodes[1]), body)
    for _ in range(2):
        ports.delete_of(as_node(study.nodes[0]), run.id)
    assert [port.id for port in Port.get()] == [kept.id]


def test_unknown_run_is_not_found(study, as_node):
    with pytest.raises(NotFound):
        ports.create(as_node(study.nodes[0]), PortBody(1, 4711))
    with pytest.raises(NotFound):
        ports.delete_of(as_node(study.nodes[0]), 4711)


@pytest.fixture
def family(study, as_container):
    """The container of a task with a parent and a child; each has one port."""
    parent = make_task(study.collaboration, study.organizations[:1])
    own = make_task(study.collaboration, study.organizations[1:2], parent_id=parent.id)
    child = make_task(study.collaboration, study.organizations[2:], parent_id=own.id)
    stranger = make_task(study.collaboration)
    for label, task in (("parent", parent), ("own", own), ("child", child), ("no", stranger)):
        make_port(task.results[0], label=label)
    return as_container(own.results[0])


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, ["own"]),
        ({"include_children": True}, ["own", "child"]),
        ({"include_parent": True}, ["parent", "own"]),
        ({"include_children": True, "include_parent": True}, ["parent", "own", "child"]),
        ({"only_children": True}, ["child"]),
        ({"only_children": True, "include_children": True}, ["child"]),
        ({"only_parent": True}, ["parent"]),
        ({"include_children": True, "label": "child"}, ["child"]),
    ],
)
def test_containers_find_the_addresses_they_ask_for(family, query, expected):
    assert labels(family, **query) == expected


def test_task_without_a_parent_is_its_own_when_the_parent_is_asked_for(study, as_container):
    run = make_task(study.collaboration).results[0]
    make_port(run, label="own")
    assert labels(as_container(run), only_parent=True) == ["own"]


def test_address_has_the_keys_of_3x(study, as_container):
    run = make_task(study.collaboration).results[0]
    make_port(run, port=8888, label="web")
    study.nodes[0].ip = "10.76.0.2"
    study.nodes[0].save()
    assert ports.addresses(as_container(run), AddressQuery()) == [
        {
            "port": 8888,
            "label": "web",
            "ip": "10.76.0.2",
            "organization_id": study.first.id,
            "task_id": run.task_id,
            "parent_id": None,
        }
    ]


@pytest.mark.parametrize(
    "query",
    [
        {"only_children": True, "only_parent": True},
        {"only_children": True, "include_parent": True},
        {"only_parent": True, "include_children": True},
    ],
)
def test_contradictory_questions_are_refused(family, query):
    with pytest.raises(InvalidInput):
        labels(family, **query)


def test_addresses_cost_one_statement(family, counted):
    with counted() as seen:
        labels(family, include_children=True, include_parent=True)
    assert len(seen.statements) == 1

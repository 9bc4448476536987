"""Organizations."""

import base64

import pytest
from tests.factories import make_collaboration, make_organization, make_study, make_user
from vantage6.common.errors import Forbidden, NotFound
from vantage6.server.permission.rules import Op, Scope
from vantage6.server.service.organization import (
    OrganizationBody,
    OrganizationQuery,
    collaborations,
    create,
    get,
    list_,
    nodes,
    update,
)
from vantage6.server.session import current_session

pytestmark = pytest.mark.usefixtures("unit")
KEY = base64.b64encode(b"-----BEGIN PUBLIC KEY-----").decode()


def rows(statement):
    return list(current_session().scalars(statement))


@pytest.fixture
def root(as_user):
    return as_user(make_user(role="Root"))


@pytest.fixture
def study():
    return make_study()


@pytest.mark.parametrize(
    ("query", "found"),
    [
        (OrganizationQuery(name="Acad%"), ["Academic"]),
        (OrganizationQuery(country="NL"), ["Academic", "Clinic"]),
        (OrganizationQuery(name="Acad%", country="BE"), []),
    ],
)
def test_filters_of_the_list(root, query, found):
    make_organization(name="Academic", country="NL")
    make_organization(name="Clinic", country="NL")
    assert [organization.name for organization in rows(list_(root, query))] == found


def test_list_of_a_collaboration(root, study):
    found = rows(list_(root, OrganizationQuery(collaboration_id=study.collaboration.id)))
    assert found == study.organizations


def test_get_checks_the_permission_after_the_existence(as_user):
    actor = as_user(make_user(rules=[("organization", Op.VIEW, Scope.ORGANIZATION)]))
    assert get(actor, actor.organization_id).id == actor.organization_id
    with pytest.raises(Forbidden):
        get(actor, make_organization().id)
    with pytest.raises(NotFound):
        get(actor, 4711)


def test_create_stores_empty_texts_as_3x_does(root):
    organization = create(root, OrganizationBody(name="new", public_key=KEY))
    assert (organization.name, organization.public_key) == ("new", KEY)
    assert (organization.domain, organization.address2) == ("", None)
    assert organization.user_ids == organization.collaboration_ids == ()


def test_create_needs_the_global_rule(as_user):
    with pytest.raises(Forbidden):
        create(as_user(make_user(role="Collaboration Admin")), OrganizationBody(name="new"))


def test_update_changes_only_what_is_given(as_user):
    organization = make_organization(name="old", country="NL", public_key=KEY)
    actor = as_user(make_user(organization, role="Organization Admin"))
    update(actor, organization.id, OrganizationBody(name="new", public_key=""))
    assert (organization.name, organization.country) == ("new", "NL")
    assert organization.public_key == ""


def test_update_of_another_organization_is_refused(as_user, study):
    actor = as_user(make_user(study.first, role="Organization Admin"))
    with pytest.raises(Forbidden):
        update(actor, study.organizations[1].id, OrganizationBody(name="mine now"))


def test_node_changes_the_public_key_of_its_organization_and_nothing_else(as_node, study):
    actor = as_node(study.nodes[0])
    assert update(actor, study.first.id, OrganizationBody(public_key=KEY)).public_key == KEY
    with pytest.raises(Forbidden, match="only change the public key"):
        update(actor, study.first.id, OrganizationBody(name="renamed"))


def test_collaborations_of_the_own_organization(as_user, study):
    make_collaboration()
    actor = as_user(make_user(study.first, role="Viewer"))
    assert rows(collaborations(actor, study.first.id)) == [study.collaboration]
    with pytest.raises(Forbidden, match="own organization"):
        collaborations(actor, study.organizations[1].id)


def test_nodes_of_the_own_organization(as_user, root, study):
    actor = as_user(make_user(study.first, role="Viewer"))
    assert rows(nodes(actor, study.first.id)) == study.nodes[:1]
    with pytest.raises(Forbidden, match="own organization"):
        nodes(actor, study.organizations[1].id)
    assert rows(nodes(root, study.organizations[1].id)) == study.nodes[1:2]

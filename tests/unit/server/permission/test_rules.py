"""The table of permissions is that of 3.x."""

import pytest
from vantage6.server.permission import policy
from vantage6.server.permission.principal import CONTAINER_RULES, NODE_RULES
from vantage6.server.permission.roles import DEFAULT_ROLES, RESERVED_NAMES
from vantage6.server.permission.rules import RULES, Op, Scope, find

MATRIX = {
    ("node", Op.VIEW): "go",
    ("node", Op.EDIT): "go",
    ("node", Op.CREATE): "go",
    ("node", Op.DELETE): "go",
    ("collaboration", Op.VIEW): "go",
    ("collaboration", Op.EDIT): "g",
    ("collaboration", Op.CREATE): "g",
    ("collaboration", Op.DELETE): "g",
    ("organization", Op.VIEW): "gco",
    ("organization", Op.EDIT): "go",
    ("organization", Op.CREATE): "g",
    ("task", Op.VIEW): "go",
    ("task", Op.CREATE): "go",
    ("task", Op.DELETE): "go",
    ("result", Op.VIEW): "go",
    ("user", Op.VIEW): "go",
    ("user", Op.EDIT): "gow",
    ("user", Op.CREATE): "go",
    ("user", Op.DELETE): "gow",
    ("role", Op.VIEW): "go",
    ("role", Op.EDIT): "go",
    ("role", Op.CREATE): "go",
    ("role", Op.DELETE): "go",
    ("port", Op.VIEW): "go",
    ("event", Op.VIEW): "gco",
    ("event", Op.CREATE): "gco",
}
LETTERS = {
    "g": Scope.GLOBAL,
    "c": Scope.COLLABORATION,
    "o": Scope.ORGANIZATION,
    "w": Scope.OWN,
}
FIRST_ID = {
    "node": 1,
    "collaboration": 9,
    "organization": 14,
    "task": 20,
    "result": 26,
    "user": 28,
    "role": 38,
    "port": 46,
    "event": 48,
}


def test_the_rules_are_exactly_those_of_3x():
    expected = {
        (name, op, LETTERS[letter]) for (name, op), scopes in MATRIX.items() for letter in scopes
    }
    assert {rule.key for rule in RULES} == expected
    assert len(RULES) == 53


@pytest.mark.parametrize(("name", "id_"), FIRST_ID.items())
def test_the_order_gives_the_ids_of_3x(name, id_):
    assert [rule.name for rule in RULES].index(name) + 1 == id_


def test_every_rule_says_in_words_what_it_allows():
    assert all(rule.text for rule in RULES)
    assert len({rule.text for rule in RULES}) == len(RULES)


def test_default_roles_have_the_sizes_of_3x():
    sizes = {role.name: len(role.rules) for role in DEFAULT_ROLES}
    assert sizes == {
        "Root": 53,
        "container": 7,
        "node": 9,
        "Viewer": 12,
        "Researcher": 14,
        "Organization Admin": 24,
        "Collaboration Admin": 37,
    }
    assert set(sizes) == RESERVED_NAMES


def test_containers_may_only_look():
    assert {op for _, op, _ in CONTAINER_RULES} == {Op.VIEW}
    assert CONTAINER_RULES < NODE_RULES


def test_roles_name_only_rules_that_exist():
    for role in DEFAULT_ROLES:
        assert all(find(*key).key == key for key in role.rules)


def test_unknown_rule_cannot_be_found():
    with pytest.raises(KeyError):
        find("task", Op.EDIT, Scope.GLOBAL)


def test_known_covers_rules_and_inherent_rights_but_no_slips():
    assert policy.known("task", Op.CREATE)
    assert policy.known("result", Op.EDIT)
    assert not policy.known("task", Op.EDIT)
    assert not policy.known("tasks", Op.VIEW)

"""What is true of all operations; a change of these lists is to be seen in review."""

import pytest
from vantage6.server.api.declaration import Operation, Size
from vantage6.server.api.operation import ANYONE, SIGNED_IN, operation
from vantage6.server.permission.rules import Op
from vantage6.server.resource.routes import ROUTES, link_methods


def operations():
    for route in ROUTES:
        for verb in sorted(route.resource.methods):
            handler = getattr(route.resource, verb.lower())
            yield f"{verb} {route.path}", handler.operation


def test_every_handler_declares_an_operation():
    assert all(isinstance(declared, Operation) for _, declared in operations())


def test_the_operations_that_anyone_may_call_are_these():
    assert {name for name, declared in operations() if declared.rule is ANYONE} == {
        "GET /version",
        "GET /health",
        "POST /token/user",
        "POST /token/node",
        "POST /recover/lost",
        "POST /recover/reset",
        "POST /recover/2fa/lost",
        "POST /recover/2fa/reset",
    }


def test_the_operations_that_ask_only_for_a_log_in_are_these():
    assert {name for name, declared in operations() if declared.rule is SIGNED_IN} == {
        "POST /token/container",
        "POST /token/refresh",
        "POST /recover/2fa/codes",
        "PATCH /password/change",
        "GET /vpn",
        "POST /vpn/update",
    }


def test_the_operations_that_take_payloads_are_these():
    assert {name for name, declared in operations() if declared.size is Size.PAYLOAD} == {
        "POST /task",
        "PATCH /result/<id:result_id>",
    }


def test_every_operation_says_what_it_does():
    for route in ROUTES:
        for verb in route.resource.methods:
            assert getattr(route.resource, verb.lower()).__doc__


def test_the_verbs_in_links_are_those_of_the_addresses():
    assert link_methods() == {
        "organization": ["GET", "PATCH"],
        "collaboration": ["DELETE", "GET", "PATCH"],
        "node": ["DELETE", "GET", "PATCH"],
        "task": ["DELETE", "GET"],
        "result": ["GET", "PATCH"],
        "user": ["DELETE", "GET", "PATCH"],
        "role": ["DELETE", "GET", "PATCH"],
        "rule": ["GET"],
        "port": ["GET"],
    }


@pytest.mark.parametrize("rule", [("tsak", Op.CREATE), ("organization", Op.DELETE)])
def test_a_rule_that_is_not_in_the_table_is_an_error_at_import(rule):
    with pytest.raises(ValueError, match="no rule"):
        operation(rule, out=None)

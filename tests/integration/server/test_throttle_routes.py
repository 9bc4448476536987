"""Who comes too often to a door that is open to everybody waits, by address."""

import pytest
from tests.integration.server.world import PASSWORD, Caller

pytestmark = pytest.mark.repeats("postgres")

LIMITS = {"failed_log_ins": 2, "recoveries": 2}


def log_in(caller, password=None, **options):
    body = {"username": "researcher", "password": password or "wrong"}
    return caller.call("POST", "token/user", body, **options)


def asked_from(address, *proxies):
    """What a request carries that came through proxies, the last of which is next to us."""
    route = ", ".join((address, *proxies))
    return {"environ_base": {"REMOTE_ADDR": "10.0.0.1", "HTTP_X_FORWARDED_FOR": route}}


@pytest.fixture
def caller(make_server):
    def make(**changes):
        return Caller(make_server(rate_limit=LIMITS, **changes).app.test_client())

    return make


def test_after_some_refused_log_ins_an_address_waits(caller):
    asking = caller()

    refused = [log_in(asking).status_code for _ in range(2)]
    waiting = log_in(asking, PASSWORD)

    assert refused == [401, 401]
    assert (waiting.status_code, waiting.json["code"]) == (429, "too_many_requests")
    assert 0 < int(waiting.headers["Retry-After"]) <= 150


def test_log_ins_that_go_well_are_not_counted(caller, world):
    asking, key = caller(), {"api_key": world.keys["alpha"]}

    users = [log_in(asking, PASSWORD).status_code for _ in range(3)]
    nodes = [asking.post("token/node", key).status_code for _ in range(6)]

    assert {*users, *nodes} == {200}


def test_nodes_are_counted_apart_from_users_who_share_their_address(caller, world):
    asking = caller()
    for _ in range(3):
        log_in(asking)

    assert asking.post("token/node", {"api_key": world.keys["alpha"]}).status_code == 200
    wrong = [asking.post("token/node", {"api_key": "wrong"}).status_code for _ in range(3)]
    assert wrong == [401, 401, 429]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("recover/lost", {"username": "who"}),
        ("recover/2fa/lost", {"username": "who", "password": "wrong"}),
    ],
)
def test_recoveries_are_counted(caller, path, body):
    asking = caller()

    statuses = [asking.post(path, body).status_code for _ in range(3)]

    assert statuses[2] == 429
    assert 429 not in statuses[:2]


def test_without_trusted_proxies_nobody_chooses_their_address(caller):
    asking = caller()

    statuses = [log_in(asking, **asked_from(f"192.0.2.{n}")).status_code for n in range(3)]

    assert statuses == [401, 401, 429]


def test_behind_a_trusted_proxy_the_address_is_what_the_proxy_saw(caller):
    asking = caller(trusted_proxies=1)

    liar = [
        log_in(asking, **asked_from(f"198.51.100.{n}", "192.0.2.7")).status_code for n in range(3)
    ]
    other = log_in(asking, **asked_from("192.0.2.8"))

    assert (liar, other.status_code) == ([401, 401, 429], 401)


def test_behind_two_trusted_proxies_the_first_one_tells_the_address(caller):
    asking = caller(trusted_proxies=2)
    from_one = asked_from("192.0.2.7", "10.0.0.2")

    statuses = [log_in(asking, **from_one).status_code for _ in range(3)]

    assert statuses == [401, 401, 429]
    assert log_in(asking, **asked_from("192.0.2.8", "10.0.0.2")).status_code == 401


def test_the_limit_can_be_switched_off(make_server):
    settings = {"rate_limit": {**LIMITS, "enabled": False}}
    asking = Caller(make_server(**settings).app.test_client())

    assert {asking.post("token/node", {"api_key": "x"}).status_code for _ in range(9)} == {401}


def test_every_door_that_is_open_to_everybody_has_a_limit():
    from vantage6.server.api.declaration import Access
    from vantage6.server.resource.routes import ROUTES

    handlers = [getattr(route.resource, "post", None) for route in ROUTES]
    declared = [handler.operation for handler in handlers if handler is not None]
    is_open = [operation for operation in declared if operation.rule is Access.ANYONE]

    assert len(is_open) == 6
    assert all(operation.door is not None for operation in is_open)

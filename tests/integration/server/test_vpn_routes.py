"""Nodes get VPN configurations from a portal of eduVPN; the one here is ours, and strict."""

import logging

import pytest
from tests.fakes.eduvpn import ACCOUNT, CLIENT, CONFIG, PAIR, FakePortal
from tests.integration.server.world import Callers


@pytest.fixture(scope="session")
def template(sqlite_template):
    """Nothing here depends on the database."""
    return sqlite_template


@pytest.fixture(params=[2, 3], ids=["v2", "v3"])
def portal(request, tmp_path, monkeypatch):
    portal = FakePortal(tmp_path, request.param)
    portal.trust(monkeypatch)
    yield portal
    portal.close()


@pytest.fixture
def ask(make_server, world, portal):
    """Asks the server for a configuration, as a node."""

    def ask(verb="GET", path="vpn", body=None, **changes):
        node = Callers(make_server(vpn_server=portal.settings | changes), world).node("alpha")
        return node.call(verb, path, body)

    return ask


def test_a_node_gets_a_configuration_with_keys_of_its_own(ask, portal):
    first, second = ask(), ask()

    assert first.status_code == 200
    assert first.json == {"ovpn_config": CONFIG.format(pair=PAIR.format(1))}
    assert second.json == {"ovpn_config": CONFIG.format(pair=PAIR.format(2))}


def test_the_keys_of_a_configuration_are_renewed(ask, portal):
    old = CONFIG.format(pair=PAIR.format("old"))

    answer = ask("POST", "vpn/update", {"vpn_config": old})

    assert answer.status_code == 200
    assert answer.json == {"ovpn_config": CONFIG.format(pair=PAIR.format(1))}


def test_what_the_node_wrote_into_a_version_2_configuration_stays(ask, portal):
    portal.version = 2
    old = "verb 3\n" + CONFIG.format(pair=PAIR.format("old"))

    renewed = ask("POST", "vpn/update", {"vpn_config": old}).json["ovpn_config"]

    assert renewed == "verb 3\n" + CONFIG.format(pair=PAIR.format(1))


def test_a_renewal_needs_the_configuration(ask):
    answer = ask("POST", "vpn/update", {})

    assert (answer.status_code, set(answer.json["fields"])) == (400, {"vpn_config"})


def test_the_first_profile_that_has_openvpn_is_used(ask, portal):
    portal.version = 3
    portal.profiles.insert(0, {"profile_id": "wg", "vpn_proto_list": ["wireguard"]})

    assert ask().status_code == 200


@pytest.mark.parametrize(
    "change",
    [
        {"portal_userpass": "wrong"},
        {"portal_username": "nobody"},
        {"client_secret": "wrong"},
        {"client_id": "unknown"},
        {"redirect_url": "http://elsewhere.example.org"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_wrong_setting_is_an_error_that_only_the_log_explains(ask, caplog, change):
    with caplog.at_level(logging.DEBUG):
        answer = ask(**change)

    assert (answer.status_code, answer.json["code"]) == (500, "internal")
    assert "the log of the server says why" in answer.json["msg"]
    assert "status 40" in caplog.text or "refused" in caplog.text
    assert not any(secret in caplog.text for secret in (ACCOUNT[1], CLIENT[1]))


def test_a_portal_that_wants_a_person_to_approve_is_named_in_the_log(ask, portal, caplog):
    portal.asks_for_approval = True

    assert ask().status_code == 500
    assert "require_approval" in caplog.text


def test_a_portal_without_profiles_is_an_error(ask, portal):
    portal.profiles.clear()

    assert ask().status_code == 500


def test_a_portal_that_does_not_work_now_may_work_later(ask, portal):
    portal.is_broken = True

    assert (ask().status_code, ask().json["code"]) == (503, "unavailable")


def test_a_portal_that_is_not_there_may_be_there_later(ask, portal):
    portal.close()

    answer = ask()

    assert (answer.status_code, answer.json["code"]) == (503, "unavailable")


def test_a_portal_with_a_certificate_of_nobody_gets_no_password(ask, portal, monkeypatch):
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")

    assert ask().status_code == 500
    assert portal.sessions == set()


def test_secrets_go_to_the_host_of_the_configuration_only(ask, portal, caplog):
    portal.version = 3
    portal.endpoint_host = "https://elsewhere.example.org"

    assert ask().status_code == 500
    assert "not at the host" in caplog.text
    assert portal.sessions == set()


def test_a_node_that_is_gone_gets_nothing(make_server, world, portal):
    server = make_server()
    callers = Callers(server, world)
    node = callers.node("alpha")
    callers.user("root").delete(f"node/{world.nodes['alpha']}")

    assert node.get("vpn").status_code == 401
    assert callers.user("root").get("vpn").status_code == 401

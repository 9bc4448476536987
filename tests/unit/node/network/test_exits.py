"""Where algorithms find what its owner opened."""

import ipaddress
from pathlib import Path

from tests.unit.node.network.test_network_settings import tunnel
from vantage6.node.config import NodeConfig
from vantage6.node.network.exits import Exit, exits_of, proxy_variables
from vantage6.node.network.isolated import LoopbackGate
from vantage6.node.network.settings import SSHTunnelSettings, Whitelist

OPEN = Whitelist(domains=("example.org",), ports=(443,))
NAMES = ("squid", "records", "registry", "omop.hospital.nl")


def test_every_exit_has_a_loopback_address_of_its_own_that_follows_from_its_name() -> None:
    addresses = [Exit(name, 1, Path("socket")).address for name in NAMES]

    assert len(set(addresses)) == len(NAMES)
    assert all(ipaddress.ip_address(address).is_loopback for address in addresses)
    assert all(address.split(".")[1] not in {"0", "255"} for address in addresses)
    assert addresses[1] == Exit("RECORDS", 2, Path("other")).address


def test_the_allow_list_proxy_and_the_tunnels_are_exits_with_3x_names_and_ports() -> None:
    entry = SSHTunnelSettings(**tunnel())

    exits = exits_of(OPEN, [entry], Path("/data"))

    assert [(exit_.host, exit_.port) for exit_ in exits] == [("squid", 3128), ("records", 8000)]
    assert len({exit_.socket.parent for exit_ in exits}) == 2


def test_an_empty_allow_list_is_no_exit() -> None:
    assert exits_of(Whitelist(ports=(443,)), [], Path()) == ()


def test_programs_are_told_of_the_proxy_in_both_cases_and_not_for_what_is_near() -> None:
    exits = exits_of(OPEN, [SSHTunnelSettings(**tunnel())], Path())

    variables = proxy_variables(exits, ["10.76.0.0/16"])

    for name in ("HTTP_PROXY", "HTTPS_PROXY"):
        assert variables[name] == variables[name.lower()] == "http://squid:3128"
    near = "localhost,127.0.0.1,proxyserver,records,10.76.0.0/16"
    assert variables["NO_PROXY"] == variables["no_proxy"] == near


def test_without_an_allow_list_programs_are_told_of_no_proxy() -> None:
    assert proxy_variables(exits_of(Whitelist(), [SSHTunnelSettings(**tunnel())], Path())) == {}


def test_what_the_owner_sets_for_algorithms_wins() -> None:
    config = NodeConfig(
        api_key="k",
        server_url="https://server",
        whitelist=OPEN,
        algorithm_env={"NO_PROXY": "*"},
    )

    assert config.environment["NO_PROXY"] == "*"
    assert config.environment["HTTP_PROXY"] == "http://squid:3128"


def test_containers_know_the_names_of_the_exits() -> None:
    exits = exits_of(OPEN, [SSHTunnelSettings(**tunnel())], Path())
    gate = LoopbackGate(exits=exits)

    with gate.entrance() as entrance:
        hosts = entrance.host_options["extra_hosts"]

    assert {name: hosts[name] for name in ("squid", "records")} == {
        exit_.host: exit_.address for exit_ in exits
    }
    assert "squid:3128, records:8000 and nothing else" in gate.describe()

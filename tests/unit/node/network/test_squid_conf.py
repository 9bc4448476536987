"""The text that squid is configured with; tests/contract asks a real squid what it does."""

from typing import Any

from vantage6.common.outbound import Outbound
from vantage6.node.network.settings import Whitelist
from vantage6.node.network.squid_conf import squid_conf


def lines(outbound: Outbound | None = None, **lists: Any) -> list[str]:
    whitelist = Whitelist(**({"domains": ["a.nl"], "ports": [443]} | lists))
    return squid_conf(whitelist, outbound or Outbound()).splitlines()


def test_nothing_is_looked_up_before_it_is_found_on_the_list() -> None:
    text = lines(ips=["10.0.5.0/24"])

    assert "acl domains dstdomain -n a.nl" in text
    assert "acl addresses dst -n 10.0.5.0/24" in text
    refusal, lookup = (
        text.index("http_access deny !listed"),
        text.index("http_access deny this_host"),
    )
    assert refusal < lookup < text.index("http_access allow listed")


def test_the_last_word_is_no() -> None:
    access = [line for line in lines() if line.startswith("http_access ")]

    assert access[-1] == "http_access deny all"
    assert sum("allow" in line for line in access) == 1


def test_lists_that_are_empty_are_left_out() -> None:
    assert "acl listed any-of domains" in lines()
    assert "acl listed any-of addresses" in lines(domains=[], ips=["10.0.0.1"])


def test_a_domain_that_another_covers_is_named_once() -> None:
    text = lines(domains=["a.nl", ".a.nl", "b.a.nl", ".c.a.nl", "aa.nl", "b.nl"])

    assert "acl domains dstdomain -n .a.nl aa.nl b.nl" in text


def test_squid_itself_uses_the_proxies_of_the_node() -> None:
    proxies = Outbound(https_proxy="http://n:p%40@secure:8443", http_proxy="http://plain")

    text = lines(proxies)

    secure = next(line for line in text if line.startswith("cache_peer secure parent 8443 0 "))
    assert secure.endswith(" login=n:p%40")
    assert any(line.startswith("cache_peer plain parent 80 0 ") for line in text)
    assert {"never_direct allow CONNECT", "never_direct allow !CONNECT"} <= set(text)


def test_squid_goes_straight_where_the_node_needs_no_proxy() -> None:
    text = lines(Outbound(https_proxy="http://p", no_proxy=(".a.nl", "b.nl", "10.0.0.0/8")))

    assert "acl direct_names dstdomain -n .a.nl .b.nl" in text
    assert "acl direct_networks dst -n 10.0.0.0/8" in text
    assert {"always_direct allow direct_names", "always_direct allow direct_networks"} <= set(text)


def test_without_proxies_there_is_nothing_about_them() -> None:
    assert not any("direct" in line or "peer" in line for line in lines())

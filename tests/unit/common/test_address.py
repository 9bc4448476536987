"""One form for the many in which people write the address of a server."""

import pytest
from vantage6.common.address import normal


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (("https://v6.example", 443, "/api"), ("https://v6.example", 443, "/api")),
        (("https://v6.example/", 443, "api/"), ("https://v6.example", 443, "/api")),
        ((" https://v6.example ", "443", " /api "), ("https://v6.example", 443, "/api")),
        (("v6.example", 443, "/api"), ("https://v6.example", 443, "/api")),
        (("v6.example", 5000, "/api"), ("http://v6.example", 5000, "/api")),
        (("v6.example", None, ""), ("http://v6.example", None, "")),
        (("https://v6.example/api", 443, "/api"), ("https://v6.example", 443, "/api")),
        (("http://v6.example:5000/api/", 5000, "api"), ("http://v6.example", 5000, "/api")),
        (("http://v6.example:5000", 5000, "/api"), ("http://v6.example", 5000, "/api")),
        (("http://v6.example:5000", None, "/api"), ("http://v6.example:5000", None, "/api")),
        (("http://[::1]:5000", 5000, "/api"), ("http://[::1]", 5000, "/api")),
        (("http://[::1]", 5000, "/api"), ("http://[::1]", 5000, "/api")),
        (("https://v6.example/v6", None, "/v6/api"), ("https://v6.example/v6", None, "/v6/api")),
    ],
)
def test_one_address_has_one_form(written, meant):
    assert normal(*written) == meant


def test_what_could_mean_two_things_is_left_as_it_is():
    assert normal("http://v6.example:443", 5000, "/api").host == "http://v6.example:443"
    assert normal("https://v6.example/other", None, "/api").host == "https://v6.example/other"
    assert normal("http://[::1", None, "/api").host == "http://[::1"

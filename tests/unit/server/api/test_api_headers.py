import pytest
from flask import Flask, Response
from vantage6.server.api.headers import SafeHeaders

SITE = "https://ui.example.org"


def client_of(*origins: str):
    app = Flask(__name__)

    @app.get("/thing")
    def thing() -> Response:
        headers = {"Server": "Secret/1.0", "Link": "x"}
        return Response("{}", headers=headers, content_type="application/json")

    app.wsgi_app = SafeHeaders(app.wsgi_app, origins)

    @app.get("/page")
    def page() -> Response:
        return Response("<p>", content_type="text/html; charset=utf-8")

    return app.test_client()


def test_browser_protections_are_on_every_answer():
    for path in ("/thing", "/unknown"):
        headers = client_of().get(path).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Cache-Control"] == "no-store"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin"


def test_nothing_runs_from_an_answer_and_a_page_only_runs_what_is_from_here():
    answer = client_of().get("/thing").headers["Content-Security-Policy"]
    page = client_of().get("/page").headers["Content-Security-Policy"]

    assert answer == "default-src 'none'; frame-ancestors 'none'"
    assert "script-src 'self' 'sha256-" in page
    assert "unsafe-inline" not in page.partition("script-src")[2].partition(";")[0]
    assert "connect-src 'self'" in page


@pytest.mark.parametrize(
    ("options", "is_there"),
    [
        ({}, False),
        ({"base_url": "https://server.example.org"}, True),
        ({"headers": {"X-Forwarded-Proto": "https"}}, True),
        ({"headers": {"X-Forwarded-Proto": "http"}}, False),
    ],
)
def test_browsers_that_came_by_tls_are_told_to_stay_with_it(options, is_there):
    headers = client_of().get("/thing", **options).headers

    assert ("Strict-Transport-Security" in headers) is is_there


def test_no_version_of_the_server_is_told():
    assert "Server" not in client_of().get("/thing").headers


def test_without_configured_origins_there_is_no_cors_header():
    headers = client_of().get("/thing", headers={"Origin": SITE}).headers

    assert "Access-Control" not in str(headers)


def test_a_configured_origin_may_read_answers_and_paging_headers():
    headers = client_of(SITE + "/").get("/thing", headers={"Origin": SITE}).headers

    assert headers["Access-Control-Allow-Origin"] == SITE
    assert "total-count" in headers["Access-Control-Expose-Headers"]
    assert headers["Vary"] == "Origin"


def test_a_configured_origin_may_ask_first():
    headers = client_of(SITE).options("/thing", headers={"Origin": SITE}).headers

    assert "PATCH" in headers["Access-Control-Allow-Methods"]
    assert "Authorization" in headers["Access-Control-Allow-Headers"]


@pytest.mark.parametrize("origin", ["https://evil.example.org", "null", SITE + ".evil.org"])
def test_another_origin_gets_no_permission(origin):
    headers = client_of(SITE).get("/thing", headers={"Origin": origin}).headers

    assert "Access-Control-Allow-Origin" not in headers
    assert headers["Vary"] == "Origin"

import pytest
from flask import Flask, Response
from vantage6.server.api.headers import SafeHeaders

SITE = "https://ui.example.org"


def client_of(*origins: str):
    app = Flask(__name__)

    @app.get("/thing")
    def thing() -> Response:
        return Response("{}", headers={"Server": "Secret/1.0", "Link": "x"})

    app.wsgi_app = SafeHeaders(app.wsgi_app, origins)
    return app.test_client()


def test_browser_protections_are_on_every_answer():
    for path in ("/thing", "/unknown"):
        headers = client_of().get(path).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Cache-Control"] == "no-store"


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

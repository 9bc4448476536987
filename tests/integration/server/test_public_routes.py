import io
import re

import pytest
from vantage6 import __version__
from vantage6.server.resource.routes import ROUTES

pytestmark = pytest.mark.repeats("postgres")


def test_the_version_is_told_to_anyone(callers):
    answer = callers.anyone().get("version")

    assert (answer.status_code, answer.json) == (200, {"version": __version__})


def test_health_says_that_the_database_answers(callers):
    assert callers.anyone().get("health").json == {"database": True}


def test_health_says_that_the_database_does_not_answer(callers, server):
    server.database.engine.connect = _refuse

    answer = callers.anyone().get("health")

    assert (answer.status_code, answer.json) == (200, {"database": False})


def _refuse(*_):
    from sqlalchemy.exc import OperationalError

    raise OperationalError("SELECT 1", None, OSError("gone"))


@pytest.mark.parametrize(
    "path", ["/", "/nope", "/api", "/api/", "/api/nope", "/api/task/", "/api/task/x"]
)
def test_an_unknown_address_is_a_json_404(callers, path):
    answer = callers.anyone().client.get(path)

    assert answer.status_code == 404
    assert answer.content_type == "application/json"
    assert answer.json["code"] == "not_found"


@pytest.mark.parametrize(
    "id_", ["0", "2147483648", "99999999999999999999", "9" * 5000, "-1", "1.0", "٣"]
)
def test_an_id_that_cannot_be_is_a_404(callers, id_):
    answer = callers.user("root").get(f"task/{id_}")

    assert answer.status_code == 404
    assert isinstance(answer.json["msg"], str)


def test_leading_zeros_of_an_id_do_not_matter(callers):
    assert callers.user("root").get("organization/001").json["id"] == 1


def test_a_wrong_verb_is_answered_with_the_right_ones(callers):
    answer = callers.user("root").call("PUT", "task")

    assert (answer.status_code, answer.json["code"]) == (405, "method_not_allowed")
    assert {"GET", "POST"} <= set(answer.headers["Allow"].split(", "))


def test_deleting_an_organization_is_not_offered(callers, world):
    answer = callers.user("root").delete(f"organization/{world.organizations['alpha']}")

    assert answer.status_code == 405


def test_head_and_options_work(callers):
    anyone = callers.anyone()

    assert anyone.call("HEAD", "version").status_code == 200
    options = anyone.call("OPTIONS", "task")
    assert options.status_code == 200
    assert "POST" in options.headers["Allow"]


def test_search_engines_are_kept_out(callers):
    answer = callers.anyone().client.get("/robots.txt")

    assert (answer.status_code, answer.text) == (200, "User-agent: *\nDisallow: /\n")


def test_double_slashes_lead_to_the_address_that_was_meant(callers):
    answer = callers.anyone().client.get("/api//version", follow_redirects=True)

    assert answer.json == {"version": __version__}


def test_the_path_of_the_api_is_configurable(make_server):
    client = make_server(api_path="/sub/api").app.test_client()

    assert client.get("/sub/api/version").status_code == 200
    assert client.get("/api/version").status_code == 404


def test_an_empty_path_of_the_api_is_possible(make_server):
    assert make_server(api_path="").app.test_client().get("/version").status_code == 200


class EndlessBody(io.RawIOBase):
    """A body that counts how much of it was read."""

    taken = 0

    def readable(self):
        return True

    def readinto(self, buffer):
        self.taken += len(buffer)
        return len(buffer)


@pytest.mark.parametrize(
    ("verb", "path"),
    [
        (verb, re.sub("<[^>]*>", "1", route.path))
        for route in ROUTES
        for verb in sorted(route.resource.methods)
        if getattr(route.resource, verb.lower()).operation.body is None
    ],
)
def test_a_body_that_nobody_asked_for_is_not_read(callers, verb, path):
    body = EndlessBody()
    environ = {"wsgi.input": body, "wsgi.input_terminated": True, "CONTENT_LENGTH": str(10**9)}

    answer = callers.user("nobody").call(verb, path.lstrip("/"), environ_overrides=environ)

    assert answer.status_code < 500
    assert body.taken == 0


def test_answers_have_the_protections_that_browsers_know(callers):
    headers = callers.user("root").get("user").headers

    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert "Access-Control-Allow-Origin" not in headers
    assert "Server" not in headers


def test_a_configured_web_site_may_read_answers(make_server):
    site = "https://ui.example.org"
    client = make_server(cors_allowed_origins=[site]).app.test_client()

    headers = client.get("/api/version", headers={"Origin": site}).headers

    assert headers["Access-Control-Allow-Origin"] == site

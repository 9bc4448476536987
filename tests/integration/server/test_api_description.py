import base64
import hashlib
import json
import re
from html.parser import HTMLParser

import pytest
from openapi_spec_validator import validate
from tests.integration.server.world import settings_for
from vantage6 import __version__
from vantage6.server.api.openapi import handlers
from vantage6.server.app import create_app
from vantage6.server.permission.rules import RULES
from vantage6.server.resource.routes import ROUTES

JSON = "application/json"


def as_template(rule):
    return re.sub("<id:([a-z_]+)>", r"{\1}", rule)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A server that is only asked about itself; its database is never opened."""
    folder = tmp_path_factory.mktemp("described")
    made = create_app(settings_for(f"sqlite:///{folder}/server.sqlite"), folder)
    yield made
    made.database.dispose()


@pytest.fixture(scope="module")
def client(server):
    return server.app.test_client()


@pytest.fixture(scope="module")
def description(client):
    return client.get("/apispec_1.json").json


@pytest.fixture(scope="module")
def operations(description):
    """Every described operation by verb and path."""
    return {
        f"{verb} {path}": operation
        for path, verbs in description["paths"].items()
        for verb, operation in verbs.items()
    }


def test_the_description_is_valid_openapi_3(description):
    validate(description)

    assert description["openapi"] == "3.0.0"
    assert (description["info"]["title"], description["info"]["version"]) == (
        "vantage6",
        __version__,
    )


def test_every_address_and_verb_of_the_url_map_is_described_and_nothing_else(server, operations):
    served = {
        f"{verb.lower()} {as_template(rule.rule)}"
        for rule in server.app.url_map.iter_rules()
        for verb in rule.methods - {"HEAD", "OPTIONS"}
        if rule.rule.startswith("/api/")
    }

    assert set(operations) == served
    assert len({path.partition(" ")[2] for path in operations}) == len(ROUTES)


def test_every_operation_says_what_it_does_who_may_and_what_comes_back(operations):
    for name, operation in operations.items():
        assert operation["summary"].endswith("."), name
        assert "**Permissions**" in operation["description"], name
        assert any(status.startswith("2") for status in operation["responses"]), name
        assert {"500", "503"} <= set(operation["responses"]), name


def test_every_operation_has_a_name_of_its_own(operations):
    names = [operation["operationId"] for operation in operations.values()]

    assert len(names) == len(set(names))


def test_every_answer_has_a_schema_that_says_what_is_in_it(operations):
    for name, operation in operations.items():
        for status, answer in operation["responses"].items():
            if status == "204":  # "no content"
                continue
            schema = answer["content"][JSON]["schema"]
            assert schema.keys() & {"$ref", "anyOf", "items"}, (name, status)


def test_every_body_that_is_read_is_described(server, description):
    for rule, verb, handler in handlers(server.app):
        described = description["paths"][as_template(rule)][verb]
        assert ("requestBody" in described) == (handler.operation.body is not None), rule


def test_the_permissions_of_an_operation_are_those_of_the_table(operations):
    task = operations["post /api/task"]
    named = {key for operation in operations.values() for key in operation["x-permissions"]}

    assert "`task:global:create` Create a task in any collaboration." in task["description"]
    assert "Always, for what is its own: container." in task["description"]
    assert task["x-permissions"] == ["task:global:create", "task:organization:create"]
    on_sockets = {f"event:{scope}:view" for scope in ("global", "collaboration", "organization")}
    assert named == {f"{r.name}:{r.scope.value}:{r.op.value}" for r in RULES} - on_sockets


def test_who_must_log_in_is_described_as_such(operations):
    assert operations["get /api/task"]["security"] == [{"bearer": []}]
    assert "401" in operations["get /api/task"]["responses"]
    assert "security" not in operations["get /api/version"]
    assert "401" not in operations["get /api/version"]["responses"]


def test_bodies_say_what_is_needed_and_how_long_it_may_be(description, operations):
    body = operations["post /api/task"]["requestBody"]["content"][JSON]["schema"]
    task = description["components"]["schemas"]["TaskCreate"]

    assert body == {"$ref": "#/components/schemas/TaskCreate"}
    assert set(task["required"]) == {"image", "collaboration_id", "organizations"}
    assert task["properties"]["image"] == {"type": "string", "minLength": 1, "maxLength": 512}
    assert task["properties"]["organizations"]["minItems"] == 1
    assert task["properties"]["name"]["nullable"] is True


def test_answers_say_exactly_which_keys_they_have_and_which_may_be_null(description):
    schemas = description["components"]["schemas"]
    node = schemas["NodeView"]

    assert set(node["required"]) == set(node["properties"])
    assert node["additionalProperties"] is False
    assert node["properties"]["ip"] == {"type": "string", "nullable": True}
    assert "nullable" not in node["properties"]["name"]
    assert schemas["OptionalLink"]["nullable"] is True


def test_pages_are_described_with_their_headers_and_parameters(operations):
    listing = operations["get /api/task"]
    parameters = {parameter["name"]: parameter["schema"] for parameter in listing["parameters"]}

    assert {"page", "per_page", "sort", "include", "initiator_id"} <= set(parameters)
    assert {"id", "-id"} <= set(parameters["sort"]["enum"])
    assert parameters["include"]["items"]["enum"] == ["results", "metadata"]
    assert set(listing["responses"]["200"]["headers"]) == {"total-count", "Link"}
    forms = json.dumps(listing["responses"]["200"]["content"][JSON]["schema"])
    assert all(name in forms for name in ("TaskView", "TaskWithResultsView", "PageLinks"))


def test_statuses_follow_from_what_an_operation_takes(operations):
    common = {"401", "422", "500", "503"}

    assert set(operations["post /api/task"]["responses"]) == common | {
        *("201", "400", "404", "413", "415")
    }
    assert set(operations["get /api/node/{node_id}"]["responses"]) == common | {"200", "404"}
    assert set(operations["get /api/health"]["responses"]) == {"200", "500", "503"}
    assert "501" in operations["get /api/vpn"]["responses"]
    assert "Retry-After" in operations["post /api/token/user"]["responses"]["429"]["headers"]


def test_path_parameters_are_described(operations):
    (parameter,) = operations["get /api/node/{node_id}"]["parameters"]

    assert (parameter["name"], parameter["in"], parameter["required"]) == ("node_id", "path", True)


# --- for people -------------------------------------------------------------------------------


class _Sources(HTMLParser):
    """Collects what a page loads."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attributes):
        self.found += [value for name, value in attributes if name in ("src", "href")]


def test_the_description_is_shown_to_people_at_the_addresses_of_3x(client):
    assert client.get("/apidocs").status_code == 308
    assert client.get("/apidocs/index.html").status_code == 302
    page = client.get("/apidocs/").text
    assert 'data-description="/apispec_1.json"' in page
    assert "SwaggerUIBundle" in page


def test_the_page_works_without_the_internet(client):
    page = client.get("/apidocs/")
    sources = _Sources()
    sources.feed(page.text)

    assert len(sources.found) == 3
    for source in sources.found:
        assert source.startswith("/"), source
        assert not source.startswith("//"), source
        with client.get(source) as answer:
            assert answer.status_code == 200, source
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "http" not in policy


def test_the_browser_runs_the_script_of_the_page_and_no_other(client):
    page = client.get("/apidocs/")

    (script,) = re.findall(r"<script>(.*?)</script>", page.text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    (allowed,) = re.findall(r"script-src ([^;]*);", page.headers["Content-Security-Policy"])
    assert allowed == f"'self' 'sha256-{digest}'"


def test_no_version_of_a_library_is_told_on_the_page(client):
    assert not re.search(r"\d+\.\d+\.\d+", client.get("/apidocs/").text)

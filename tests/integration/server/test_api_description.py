import json
import re

import pytest
from vantage6 import __version__
from vantage6.server.resource.routes import ROUTES


@pytest.fixture
def description(callers):
    return callers.anyone().client.get("/apispec_1.json").json


def test_the_description_names_the_server_and_its_version(description):
    assert description["openapi"] == "3.0.0"
    assert description["info"]["title"] == "vantage6"
    assert description["info"]["version"] == __version__


def test_every_route_and_verb_is_described_and_nothing_else(description):
    served = {
        ("/api" + re.sub(r"<id:(\w+)>", r"{\1}", route.path), verb.lower())
        for route in ROUTES
        for verb in route.resource.methods
    }

    described = {(path, verb) for path, verbs in description["paths"].items() for verb in verbs}

    assert described == served


def operations(description):
    for path, verbs in description["paths"].items():
        for verb, operation in verbs.items():
            yield f"{verb} {path}", operation


def test_every_operation_says_what_it_does_who_may_and_what_comes_back(description):
    for name, operation in operations(description):
        assert operation["summary"].endswith("."), name
        assert "**Permissions**" in operation["description"], name
        assert any(status.startswith("2") for status in operation["responses"]), name
        assert "500" in operation["responses"], name


def test_every_reference_leads_somewhere(description):
    for reference in re.findall(r'"#/components/schemas/(\w+)"', json.dumps(description)):
        assert description["components"]["schemas"][reference]


def test_permissions_are_those_of_the_table(description):
    text = description["paths"]["/api/task"]["post"]["description"]

    assert "`task:global:create` Create a task in any collaboration." in text
    assert "Always, for what is its own: container." in text


def test_bodies_parameters_and_answers_are_those_of_the_schemas(description):
    post = description["paths"]["/api/task"]["post"]
    body = post["requestBody"]["content"]["application/json"]["schema"]
    schemas = description["components"]["schemas"]

    assert body == {"$ref": "#/components/schemas/TaskCreate"}
    assert set(schemas["TaskCreate"]["required"]) == {"image", "collaboration_id", "organizations"}
    assert schemas["TaskView"]["properties"]["parent"]["nullable"] is True
    assert {"201", "400", "401", "413", "415", "422", "500"} == set(post["responses"])
    listing = description["paths"]["/api/task"]["get"]
    names = [parameter["name"] for parameter in listing["parameters"]]
    assert {"page", "per_page", "sort", "include", "initiator_id"} <= set(names)


def test_path_parameters_are_described(description):
    (parameter,) = description["paths"]["/api/node/{node_id}"]["get"]["parameters"]

    assert (parameter["name"], parameter["in"], parameter["required"]) == ("node_id", "path", True)


def test_the_description_is_shown_to_people(callers):
    client = callers.anyone().client

    assert b"swagger" in client.get("/apidocs/").data.lower()
    assert client.get("/apidocs").status_code == 308
    assert client.get("/apidocs/index.html").status_code == 302
    with client.get("/flasgger_static/swagger-ui.css") as style:
        assert style.status_code == 200

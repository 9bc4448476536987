"""Random requests from the API description: no answer is a 5xx, or one that it does not allow.

schemathesis makes the requests: half of them as described, half of them not. Each is sent by root,
by somebody with few rights, by a node, by a container, and without a token. Every operation starts
with the same database, in which the small ids are taken, so that what root deletes is there again
for the next one. The requests are the same in every run.

Its check that wrong requests are refused is left out: the server takes digits for numbers and
ignores keys that it does not know, because published clients send both. test_bad_input has what
must be refused.
"""

import shutil

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.config import SchemathesisConfig
from schemathesis.generation import GenerationMode
from sqlalchemy import make_url
from tests.fakes.eduvpn import FakePortal
from tests.integration.server.world import IMAGE, INPUT, Callers, settings_for
from vantage6.server.app import create_app
from vantage6.server.resource.routes import ROUTES

EXAMPLES = 6
SLOW_EXAMPLES = 2
"""For operations that hash a password each time."""
SLOW = ("/token/user", "/recover/", "/password/")
NOUNS = sorted({route.resource.__module__.rpartition(".")[2] for route in ROUTES})
WITH_SECRETS = ("token", "recover")
TAKEN = 3
"""Ids up to this one are those of something, in most tables."""
load_all_checks()
ANSWERS = CHECKS.get_by_names(
    [
        "not_a_server_error",
        "status_code_conformance",
        "content_type_conformance",
        "response_headers_conformance",
        "response_schema_conformance",
    ]
)


@pytest.fixture(scope="module")
def file(sqlite_template, tmp_path_factory):
    """Database with a task of each kind: waiting, running, done."""
    folder = tmp_path_factory.mktemp("fuzzed")
    with sqlite_template.copy(folder) as uri:
        return make_url(uri).database


@pytest.fixture(scope="module")
def portal(tmp_path_factory):
    portal = FakePortal(tmp_path_factory.mktemp("portal"), 3)
    with pytest.MonkeyPatch.context() as patch:
        portal.trust(patch)
        yield portal
    portal.close()


@pytest.fixture(scope="module")
def server(file, portal, tmp_path_factory):
    configuration = settings_for(f"sqlite:///{file}", vpn_server=portal.settings)
    made = create_app(configuration, tmp_path_factory.mktemp("server"))
    yield made
    made.database.dispose()


@pytest.fixture(scope="module")
def headers(server, sqlite_template):
    """The header of each caller, after the world was filled."""
    callers = Callers(server, sqlite_template.world)
    running = fill(callers)
    signed = [
        callers.user("root"),
        callers.user("researcher"),
        callers.node("alpha"),
        callers.container("alpha", running),
    ]
    return [caller.headers for caller in signed] + [{}]


def fill(callers):
    """Store three tasks, one of which runs at alpha, and give that one."""
    world, node = callers.world, callers.node("alpha")
    organizations = [
        {"id": world.organizations[name], "input": INPUT} for name in ("alpha", "beta")
    ]
    body = {
        "name": "mean age",
        "image": IMAGE,
        "collaboration_id": world.collaborations["study"],
        "organizations": organizations,
    }
    tasks = [callers.user("researcher").post("task", body).json for _ in range(3)]
    runs = [task["results"][0]["id"] for task in tasks]
    node.patch(f"result/{runs[0]}", {"status": "active"})
    node.patch(f"result/{runs[1]}", {"status": "active"})
    node.patch(f"result/{runs[1]}", {"status": "completed", "result": INPUT, "log": "done"})
    node.post("port", {"port": 8888, "label": "http", "result_id": runs[0]})
    return tasks[0]


@pytest.fixture(scope="module")
def restore(server, file, headers, tmp_path_factory):
    """Brings the database back to where it was."""
    copy = tmp_path_factory.mktemp("copy") / "server.sqlite"
    server.database.dispose()
    shutil.copyfile(file, copy)

    def restore():
        server.database.dispose()
        shutil.copyfile(copy, file)

    return restore


@pytest.fixture(scope="module")
def described(server):
    config = SchemathesisConfig.from_dict(
        {
            "generation": {"with-security-parameters": False, "allow-extra-parameters": False},
            # Words from our code would make the requests others with every change of it.
            "analysis": {"constants": {"enabled": False}},
        }
    )
    schema = schemathesis.openapi.from_wsgi("/apispec_1.json", server.app, config=config)
    return [found.ok() for found in schema.get_all_operations()]


@pytest.mark.parametrize("noun", NOUNS)
def test_no_answer_is_an_error_of_the_server_or_one_that_is_not_described(
    described, headers, restore, noun
):
    operations = [operation for operation in described if operation.tags == [noun]]

    answered = {operation.label: fuzz(operation, headers, restore) for operation in operations}

    # It would say little if every request were refused; but no random password is a right one.
    succeeded = {label for label, statuses in answered.items() if min(statuses) < 300}
    assert succeeded or noun in WITH_SECRETS


def fuzz(operation, headers, restore):
    """Statuses of the answers to random requests of one operation."""
    restore()
    statuses = set()
    is_slow = any(part in operation.path for part in SLOW)

    @settings(
        max_examples=SLOW_EXAMPLES if is_slow else EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=st.one_of(*(operation.as_strategy(generation_mode=m) for m in GenerationMode)))
    def send(case):
        aim(case)
        for header in headers:
            answer = case.call(headers=header)
            case.validate_response(answer, checks=ANSWERS)
            statuses.add(answer.status_code)

    send()
    return statuses


def aim(case):
    """Let most ids be those of something; random ones are of nothing."""
    for part in (case.path_parameters, case.query, case.body):
        if isinstance(part, dict):
            part |= {name: aimed(name, value) for name, value in part.items()}


def aimed(name, value):
    if isinstance(value, dict):
        return {key: aimed(key, inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [aimed(name, inner) for inner in value]
    is_id = name.endswith(("id", "ids")) or name in ("roles", "rules")
    is_far = type(value) is int and value > TAKEN and value % 7
    return value % TAKEN + 1 if is_id and is_far else value

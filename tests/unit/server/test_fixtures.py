"""Import of a YAML file: all of it, or nothing and every reason."""

import uuid

import pytest
import yaml
from tests.factories import make_organization, make_study, make_user
from vantage6.common.errors import ConfigurationError
from vantage6.common.status import TaskStatus
from vantage6.server.fixtures import Fixtures, import_fixtures, load
from vantage6.server.model import Collaboration, Node, Organization, Result, Role, Task, User
from vantage6.server.permission.rules import RULES
from vantage6.server.service import authentication, principals
from vantage6.server.startup import prepare

KEYS = [str(uuid.uuid4()) for _ in range(3)]
FILE = {
    "organizations": [
        {
            "name": "one",
            "domain": "one.example",
            "address1": "",
            "address2": None,
            "zipcode": 1234,
            "country": "NL",
            "public_key": "a2V5",
            "users": [
                {
                    "username": "admin",
                    "firstname": "Ann",
                    "lastname": "Lee",
                    "password": "Pass-1234",
                    "email": "",
                },
                {"username": "viewer", "password": "Pass-1234", "roles": ["Viewer"]},
            ],
        },
        {"name": "two"},
    ],
    "collaborations": [
        {
            "name": "study",
            "encrypted": False,
            "participants": [
                {"name": "one", "api_key": KEYS[0]},
                {"name": "two", "api_key": KEYS[1].upper()},
            ],
            "tasks": ["image:1"],
        },
        {"name": "empty", "tasks": ["image:2"]},
    ],
}


@pytest.fixture
def importing(tmp_path):
    def run(content, **options):
        file = tmp_path / "entities.yaml"
        file.write_text(yaml.safe_dump(content))
        return import_fixtures(load(file), **options)

    return run


@pytest.fixture
def imported(unit, importing):
    return importing(FILE)


def test_everything_is_counted(imported):
    counts = (imported.organizations, imported.users, imported.collaborations, imported.nodes)
    assert counts == (2, 2, 2, 2)


def test_organizations_have_their_values_and_may_have_names_only(imported):
    one, two = Organization.get()
    assert (one.zipcode, one.country, one.public_key) == ("1234", "NL", "a2V5")
    assert (two.name, two.domain, two.public_key) == ("two", None, "")


def test_users_get_every_rule_although_no_server_ever_started(imported):
    admin = User.find("admin")
    assert principals.user(admin.id).rules == {rule.key for rule in RULES}
    assert [(role.name, role.organization.name) for role in admin.roles] == [("super", "one")]
    assert admin.check_password("Pass-1234")
    assert admin.email is None


def test_roles_that_are_named_replace_super(imported):
    assert [role.name for role in User.find("viewer").roles] == ["Viewer"]


def test_nodes_log_in_with_their_key_as_written_and_it_is_not_stored(imported):
    node = authentication.log_in_node(KEYS[0])
    assert node.name == "one - study Node"
    assert authentication.log_in_node(KEYS[1].upper()).organization.name == "two"
    assert {node.api_key for node in Node.get()}.isdisjoint(KEYS)


def test_collaborations_and_example_tasks(imported):
    study, empty = Collaboration.get()
    assert (study.encrypted, empty.encrypted) == (False, True)
    (task,) = Task.get()
    assert (task.name, task.image, task.run_id) == ("Example task", "image:1", task.id)
    assert {run.status for run in Result.get()} == {TaskStatus.PENDING}
    assert len(task.results) == 2


def test_import_next_to_what_is_stored(unit, importing):
    make_organization(name="there")
    content = {
        "collaborations": [
            {"name": "new", "participants": [{"name": "there", "api_key": KEYS[0]}]}
        ]
    }
    importing(content)
    assert Node.get()[0].organization.name == "there"


def test_every_conflict_is_told_with_its_path_and_nothing_is_stored(database, importing):
    with database.begin():
        importing(FILE)
    with pytest.raises(ConfigurationError) as error, database.begin():
        importing(FILE)
    lines = error.value.message.splitlines()
    assert (
        "organizations.0.name: the organization 'one' is there already, in the database" in lines
    )
    assert any(
        line.startswith("organizations.0.users.1.username: the user name") for line in lines
    )
    assert any(line.startswith("collaborations.0.participants.1.api_key") for line in lines)
    assert len(lines) == 1 + 2 + 2 + 2 + 2
    assert not any(key in error.value.message for key in KEYS)
    with database.begin():
        assert len(User.get()) == 2


def test_conflicts_within_the_file_are_told(unit, importing):
    user = {"username": "twice", "password": "x", "email": "a@b.example"}
    content = {
        "organizations": [{"name": "one", "users": [user, user]}],
        "collaborations": [
            {
                "name": "study",
                "participants": [
                    {"name": "one", "api_key": KEYS[0]},
                    {"name": "one", "api_key": KEYS[0]},
                    {"name": "unknown", "api_key": KEYS[1]},
                ],
            }
        ],
    }
    content["organizations"][0]["users"][1] = user | {"roles": ["Boss"]}
    with pytest.raises(ConfigurationError) as error:
        importing(content)
    message = error.value.message
    for text in (
        "users.1.username: the user name 'twice' is there already, at organizations.0.users.0",
        "users.1.email: the mail address",
        "users.1.roles: no role 'Boss'; there are: Collaboration Admin",
        "participants.1.name: 'one' takes part already",
        "participants.1.api_key: the API key is there already",
        "participants.2.name: there is no organization 'unknown'",
    ):
        assert text in message


def test_every_problem_of_the_file_is_told_with_its_line(importing):
    content = {
        "organizations": [
            {
                "name": "",
                "zipcode": True,
                "public_key": "not base64!",
                "users": [{"password": 471147}],
            }
        ],
        "collaborations": [{"name": "x", "participants": [{"name": "one", "api_key": "short"}]}],
        "organisations": [],
    }
    with pytest.raises(ConfigurationError) as error:
        importing(content)
    message = error.value.message
    for text in (
        "organizations.0.name",
        "organizations.0.zipcode",
        "organizations.0.public_key",
        "is missing; name to log in with",
        "organizations.0.users.0.password",
        "collaborations.0.participants.0.api_key",
        "is not a UUID",
        "did you mean 'organizations'?",
    ):
        assert text in message
    assert "471147" not in message


def test_drop_all_starts_from_nothing(database, importing, tmp_path):
    prepare(database, "test")
    with database.begin():
        make_study()
        make_user(username="admin")
    with database.begin():
        importing(FILE, drop_all=True)
    with database.begin():
        assert {user.username for user in User.get()} == {"admin", "viewer"}
        assert len(Organization.get()) == 2
        assert {role.name for role in Role.get()} >= {"Root", "Viewer", "super"}


def test_failed_import_drops_nothing(database, importing):
    with database.begin():
        make_user(username="kept")
    broken = {
        "collaborations": [{"name": "x", "participants": [{"name": "?", "api_key": KEYS[0]}]}]
    }
    with pytest.raises(ConfigurationError), database.begin():
        importing(broken, drop_all=True)
    with database.begin():
        assert [user.username for user in User.get()] == ["kept"]


def test_nothing_is_fine(unit):
    assert import_fixtures(Fixtures()).organizations == 0

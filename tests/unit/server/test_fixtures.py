"""Import of a YAML file: all of it, or nothing and every reason."""

import copy
import re
import uuid

import pytest
import yaml
from tests.factories import make_organization, make_study, make_user
from vantage6.common.errors import ConfigurationError, NotAuthenticated
from vantage6.common.status import TaskStatus
from vantage6.server.fixtures import Existing, Fixtures, import_fixtures, load
from vantage6.server.model import (
    Base,
    Collaboration,
    Node,
    Organization,
    Result,
    Role,
    Task,
    User,
)
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
    kinds = ("organization", "user", "collaboration", "node", "task")
    assert [imported.number(kind) for kind in kinds] == [2, 2, 2, 2, 1]
    assert (imported.changed, imported.kept) == ([], [])


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


def line_of(text):
    lines = yaml.safe_dump(FILE).splitlines()
    return max(number for number, line in enumerate(lines, start=1) if text in line)


def test_every_conflict_is_told_with_its_path_and_nothing_is_stored(database, importing):
    with database.begin():
        importing(FILE)
    with pytest.raises(ConfigurationError) as error, database.begin():
        importing(FILE)
    lines = error.value.message.splitlines()
    there = "the organization 'one' is there already, in the database"
    assert f"organizations.0.name (line {line_of('name: one')}): {there}" in lines
    for place in ("organizations.0.users.1.username", "collaborations.0.participants.1.api_key"):
        assert any(line.startswith(f"{place} (line ") for line in lines)
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
        assert text in re.sub(r" \(line \d+\)", "", message)


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
    assert import_fixtures(Fixtures()).made == []


# --- what is there already --------------------------------------------------------------------


def everything(database):
    """All rows as plain values."""
    with database.engine.connect() as connection:
        return {
            table.name: connection.execute(table.select().order_by(*table.primary_key)).all()
            for table in Base.metadata.sorted_tables
        }


@pytest.fixture
def twice(database, importing):
    """Import the file, then a changed one; gives what the second import did."""

    def run(existing, change=lambda content: None):
        with database.begin():
            importing(FILE)
        content = copy.deepcopy(FILE)
        change(content)
        with database.begin():
            return importing(content, existing=existing)

    return run


def test_the_same_again_changes_nothing(either, importing):
    with either.begin():
        importing(FILE)
    before = everything(either)
    for existing in (Existing.KEEP, Existing.UPDATE):
        with either.begin():
            done = importing(FILE, existing=existing)

        assert everything(either) == before
        assert (done.made, done.changed) == ([], [])
        assert len(done.kept) == 2 + 2 + 2 + 2


def changed(content):
    one = content["organizations"][0]
    one["country"] = "BE"
    one["users"][0] |= {"firstname": "Bo", "email": "bo@one.example", "password": "Other-1234"}
    one["users"][1]["roles"] = ["Researcher"]
    study = content["collaborations"][0]
    study["encrypted"] = True
    study["participants"][0]["api_key"] = KEYS[2]


def added(content):
    content["organizations"][1]["users"] = [{"username": "new", "password": "Pass-1234"}]
    content["collaborations"][1]["participants"] = [{"name": "two", "api_key": KEYS[2]}]


def test_keep_leaves_what_is_there_and_says_so(database, twice):
    done = twice(Existing.KEEP, changed)

    assert (done.made, done.changed) == ([], [])
    assert "node 'one - study Node', whose API key is not that of the file" in done.kept
    with database.begin():
        assert Organization.get_by_name("one").country == "NL"
        assert User.find("admin").check_password("Pass-1234")
        assert authentication.log_in_node(KEYS[0]).name == "one - study Node"


def test_keep_adds_what_is_missing(database, twice):
    done = twice(Existing.KEEP, added)

    assert done.made == ["user 'new'", "node 'two - empty Node'"]
    with database.begin():
        assert User.find("new").organization.name == "two"
        assert [row.name for row in Collaboration.get_by_name("empty").organizations] == ["two"]
        assert len(Task.get()) == 1


def test_update_gives_the_values_of_the_file_and_says_to_whom(database, twice):
    done = twice(Existing.UPDATE, changed)

    assert done.made == []
    assert done.changed == [
        *("organization 'one'", "user 'admin'", "user 'viewer'"),
        *("collaboration 'study'", "node 'one - study Node'"),
    ]
    with database.begin():
        admin = User.find("admin")
        assert (admin.firstname, admin.lastname, admin.email) == ("Bo", "Lee", "bo@one.example")
        assert [role.name for role in admin.roles] == ["super"]
        assert [role.name for role in User.find("viewer").roles] == ["Researcher"]
        assert Organization.get_by_name("one").country == "BE"
        assert Collaboration.get_by_name("study").encrypted


def test_update_of_a_password_or_key_ends_the_tokens_that_were_given(database, twice):
    twice(Existing.UPDATE, changed)

    with database.begin():
        assert User.find("admin").check_password("Other-1234")
        node = authentication.log_in_node(KEYS[2])
        assert [User.find("admin").token_epoch, node.token_epoch] == [1, 1]
        assert User.find("viewer").token_epoch == 0
        with pytest.raises(NotAuthenticated):
            authentication.log_in_node(KEYS[0])


@pytest.mark.parametrize("existing", [Existing.KEEP, Existing.UPDATE])
def test_what_belongs_to_somebody_else_is_never_taken(database, importing, existing):
    with database.begin():
        importing(FILE)
    user = {"username": "viewer", "password": "x", "email": "x@y.example"}
    content = {
        "organizations": [{"name": "two", "users": [user]}],
        "collaborations": [
            {"name": "study", "participants": [{"name": "two", "api_key": KEYS[0]}]}
        ],
    }
    before = everything(database)

    with pytest.raises(ConfigurationError) as error, database.begin():
        importing(content, existing=existing)

    assert "users.0.username (line 11): the user name 'viewer' is there already" in str(
        error.value
    )
    assert "and belongs to 'one'" in str(error.value)
    assert "and belongs to 'the node of one in study'" in str(error.value)
    assert everything(database) == before


# --- the manual -------------------------------------------------------------------------------

MANUAL = """
organizations:
  - name:      IKNL
    domain:    iknl.nl
    address1:  Godebaldkwartier 419
    address2:
    zipcode:   3511DT
    country:   Netherlands
    users:
      - username: admin
        firstname: admin
        lastname: robot
        password: password
      - username: frank@iknl.nl
        firstname: Frank
        lastname: Martin
        password: password
    public_key: LS0tLS1CRUdJTiBQVUJMSUMgS0VZLS0tLS0KTUlJQ0lqQU5CZ2txaGtpRzl3MEJB
      UUVGQUFPQ0FnOEFNSUlDQ2dLQ0FnRUF2eU4wWVZhWWVZcHVW
  - name:      Big Organization
    domain:    big-organization.example
    address1:  Offshore Accounting Drive 19
    address2:
    zipcode:   54331
    country:   Nowhereland
    users:
      - username: admin@big-organization.example
        firstname: admin
        lastname: robot
        password: password
    public_key:
collaborations:
  - name: PIPELINE
    participants:
      - name: IKNL
        api_key: 123e4567-e89b-12d3-a456-426614174004
      - name: Big Organization
        api_key: 123e4567-e89b-12d3-a456-426614174005
    tasks: ["hello-world"]
    encrypted: false
  - name: SLIPPERS
    participants:
      - name: Big Organization
        api_key: 123e4567-e89b-12d3-a456-426614174007
    tasks: ["hello-world", "hello-world"]
    encrypted: false
"""


def test_the_file_of_the_manual_is_imported(unit, tmp_path):
    file = tmp_path / "manual.yaml"
    file.write_text(MANUAL)

    import_fixtures(load(file))

    iknl, big = Organization.get()
    assert (iknl.address2, iknl.zipcode, big.zipcode) == (None, "3511DT", "54331")
    assert iknl.public_key_bytes.startswith(b"-----BEGIN PUBLIC KEY-----")
    assert [user.username for user in big.users] == ["admin@big-organization.example"]
    assert len(Node.get()) == 3
    assert [task.image for task in Task.get()] == ["hello-world"] * 3
    assert [len(task.results) for task in Task.get()] == [2, 1, 1]

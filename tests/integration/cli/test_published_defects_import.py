"""Bug B16 of the published 3.11.1 server: its import of entities. The others are in ../server."""

import pytest
import yaml
from vantage6.cli.vserver.local import cli as vserver_local
from vantage6.server.app import create_app
from vantage6.server.config import ServerConfig

PASSWORD = "Correct-horse-1"
HOSPITAL = {"name": "hospital", "users": [{"username": "doctor", "password": PASSWORD}]}


@pytest.fixture
def settings(tmp_path):
    return {
        "directories": {"data": str(tmp_path / "data"), "log": str(tmp_path / "log")},
        "uri": f"sqlite:///{tmp_path}/server.sqlite",
        "jwt_secret_key": "a secret that is long enough for this",
        "allow_drop_all": True,
    }


@pytest.fixture
def import_(run, settings, tmp_path):
    """Imports entities into a database that no server has ever opened."""
    file, entities = tmp_path / "server.yaml", tmp_path / "entities.yaml"
    file.write_text(yaml.safe_dump({"environments": {"dev": settings}}))

    def do(*options, **content):
        entities.write_text(yaml.safe_dump(content))
        return run(vserver_local, ["import", "-c", str(file), *options, str(entities)])

    return do


@pytest.fixture
def answers_to_doctor(settings, tmp_path):
    """How the API answers the imported user, by noun."""

    def look():
        server = create_app(ServerConfig(**settings), tmp_path / "data")
        client = server.app.test_client()
        body = {"username": "doctor", "password": PASSWORD}
        answer = client.post("/api/token/user", json=body)
        headers = {"Authorization": f"Bearer {answer.json.get('access_token')}"}
        statuses = {
            noun: client.get(f"/api/{noun}", headers=headers).status_code
            for noun in ("organization", "collaboration", "node", "task", "user")
        }
        server.database.dispose()
        return statuses

    return look


def test_b16_imported_users_may_do_everything_on_a_new_database(import_, answers_to_doctor):
    assert import_(organizations=[HOSPITAL]).exit_code == 0

    assert set(answers_to_doctor().values()) == {200}


def test_b16_everything_is_dropped_and_imported_in_one_run(import_, answers_to_doctor):
    import_(organizations=[{"name": "clinic"}])

    again = import_("--drop-all", "--yes", organizations=[HOSPITAL])

    assert again.exit_code == 0, again.output
    assert set(answers_to_doctor().values()) == {200}


def test_b16_of_a_file_with_a_mistake_nothing_is_stored(import_, answers_to_doctor):
    participants = [{"name": "nowhere", "api_key": "123e4567-e89b-12d3-a456-426614174001"}]
    study = {"name": "study", "participants": participants}

    refused = import_(organizations=[HOSPITAL], collaborations=[study])

    assert refused.exit_code != 0
    assert "nowhere" in refused.output
    assert import_(organizations=[HOSPITAL]).exit_code == 0, "the name is still free"
    assert set(answers_to_doctor().values()) == {200}

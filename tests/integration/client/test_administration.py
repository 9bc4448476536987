"""What administrators do with the client, at a real server."""

from pathlib import Path

import pyotp
import pytest
from tests.fakes.wsgi import WsgiAdapter
from tests.integration.client.conftest import MakeClient
from tests.integration.server.world import PASSWORD, Template, World, settings_for
from vantage6.client import Client
from vantage6.common.errors import (
    Forbidden,
    MethodNotAllowed,
    NoSuchAddress,
    NotAuthenticated,
    NotFound,
)
from vantage6.server.app import Server, create_app

pytestmark = pytest.mark.integration


def names(organizations: list[dict[str, str]]) -> set[str]:
    return {organization["name"] for organization in organizations}


def test_collaboration_is_changed_and_removed(make_client: MakeClient, world: World) -> None:
    client, delta = make_client("root"), world.organizations["delta"]
    client.setup_collaboration(world.collaborations["study"])

    assert client.collaboration.update(name="renamed", encrypted=True)["encrypted"]
    assert names(client.collaboration.add_organization(delta)) == {
        "alpha", "beta", "gamma", "delta"
    }  # fmt: skip
    assert names(client.collaboration.remove_organization(delta)) == {"alpha", "beta", "gamma"}
    assert client.collaboration.get(field="name") == {"name": "renamed"}
    client.collaboration.delete(world.collaborations["study"])

    with pytest.raises(NotFound):
        client.collaboration.get()


def test_user_is_created_changed_and_removed(make_client: MakeClient, world: World) -> None:
    client = make_client("root")
    made = client.user.create(
        "new", "New", "User", PASSWORD, "new@example.org", world.organizations["alpha"]
    )

    assert client.user.update(made["id"], lastname="Name")["lastname"] == "Name"
    assert client.user.delete(made["id"])["msg"].startswith(f"user {made['id']}")

    assert client.user.list(username="new", fields=["id"]) == []


def test_organization_stays_and_the_error_says_what_to_do(make_client: MakeClient) -> None:
    client = make_client("root")

    with pytest.raises(MethodNotAllowed, match="Take it out of its collaborations"):
        client.organization.delete(client.organization.list(field="id")[0]["id"])


def test_node_forgets_its_address(make_client: MakeClient, world: World) -> None:
    client = make_client("root")

    node = client.node.update(world.nodes["alpha"], name="renamed", clear_ip=True)

    assert (node["name"], node["ip"]) == ("renamed", None)


def test_lists_are_sorted_and_picked(make_client: MakeClient) -> None:
    client = make_client("root")

    sorted_ = client.organization.list(sort="-name", country="NL", fields=["name"])
    picked = client.organization.list(filter_=("name", "beta"), field="country")

    assert [row["name"] for row in sorted_] == ["gamma", "delta", "beta", "alpha"]
    assert picked == [{"country": "NL"}]


def test_user_who_may_see_nothing_can_log_in(make_client: MakeClient, world: World) -> None:
    client = make_client("nobody")

    assert client.whoami is not None
    assert client.whoami.organization_id == world.organizations["alpha"]
    assert client.user.get()["username"] == "nobody"
    with pytest.raises(Forbidden):
        client.organization.get()


def test_wrong_path_is_named(server: Server) -> None:
    client = Client("http://server", 5000, "/wrong")
    WsgiAdapter(server.app).attach(client.session)

    with pytest.raises(NoSuchAddress, match="no vantage6 at http://server:5000/wrong"):
        client.authenticate("researcher", PASSWORD)


def test_changed_password_is_the_one_that_counts(make_client: MakeClient) -> None:
    client = make_client()
    with pytest.raises(NotAuthenticated):
        client.util.change_my_password("Wrong-password-1", "New-password-22")

    client.util.change_my_password(PASSWORD, "New-password-22")

    client.authenticate("researcher", "New-password-22")
    assert client.user.get()["username"] == "researcher"


def test_second_factor_from_its_first_day_to_its_loss(
    template: Template, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with template.copy(tmp_path) as uri:
        server = create_app(settings_for(uri, two_factor_auth=True), tmp_path)
        client = Client("http://server", 5000, server.prefix)
        WsgiAdapter(server.app).attach(client.session)

        client.authenticate("researcher", PASSWORD)
        shown = capsys.readouterr().out
        secret = shown.split("type this secret into the app: ")[1].split()[0]
        client.authenticate("researcher", PASSWORD, mfa_code=int(pyotp.TOTP(secret).now()))
        codes = capsys.readouterr().out.split("lost app:")[1].split("] - ")[1:]
        with pytest.raises(NotAuthenticated):
            client.authenticate("researcher", PASSWORD)
        client.authenticate("researcher", PASSWORD, mfa_code=codes[0].split("[")[0].strip())

        assert f"{len(codes) - 1} recovery codes are left" in capsys.readouterr().out
        assert len(client.util.renew_recovery_codes(PASSWORD)["recovery_codes"]) == len(codes)
        server.database.dispose()

"""What a client says about a server of another version, or an address that is wrong."""

import pytest
from tests.fakes.rest import Asked, FakeRest, Refusal
from tests.unit.client.conftest import MakeClient
from vantage6 import __version__
from vantage6.client import Client
from vantage6.common.errors import MethodNotAllowed, NoSuchAddress, NotFound

PAGE = Refusal(404, b"<html>404 Not Found</html>")


@pytest.fixture
def old(rest: FakeRest) -> FakeRest:
    """A published server that lacks two routes."""
    rest.on("GET /version", {"version": "3.5.2"})
    rest.on("POST /kill/node/tasks", PAGE)
    rest.on("DELETE /user/6", Refusal(405, {"message": "The method is not allowed"}))
    return rest


def test_route_that_an_old_server_lacks_is_told_with_both_versions(
    client: Client, old: FakeRest
) -> None:
    told = f"is version 3.5.2 and does not know POST kill/node/tasks.*version {__version__}"

    with pytest.raises(NoSuchAddress, match=told):
        client.node.kill_tasks(3)
    with pytest.raises(MethodNotAllowed, match="does not know DELETE user/6"):
        client.user.delete(6)


def test_old_scripts_get_that_as_an_answer(make_client: MakeClient, old: FakeRest) -> None:
    answer = make_client(raise_errors=False).node.kill_tasks(3)

    assert "3.5.2" in answer["msg"]


def test_thing_that_is_not_there_is_not_the_version(client: Client, old: FakeRest) -> None:
    old.on("GET /task/7", Refusal(404, {"msg": "task 7 not found"}))

    with pytest.raises(NotFound, match=r"^task 7 not found$"):
        client.task.get(7)

    assert "GET /version" not in old.routes()


@pytest.mark.parametrize("answer", [PAGE, Refusal(404, {"msg": "nothing at this address"})])
def test_wrong_path_is_named_at_the_log_in(
    make_client: MakeClient, rest: FakeRest, answer: Refusal
) -> None:
    rest.on("POST /token/user", answer)

    with pytest.raises(NoSuchAddress, match="no vantage6 at http://server:5000/api; check host"):
        make_client().authenticate("ada", "secret")


def test_page_in_place_of_a_version_is_no_version(client: Client, rest: FakeRest) -> None:
    def odd(asked: Asked) -> list[str]:
        return [asked.route]

    rest.on("GET /version", odd)
    rest.on("DELETE /user/6", Refusal(405, {"message": "The method is not allowed"}))

    with pytest.raises(MethodNotAllowed, match="The method is not allowed"):
        client.user.delete(6)


@pytest.mark.parametrize(
    ("host", "port", "path", "base"),
    [
        ("https://v6.example.org/", 443, "/api", "https://v6.example.org:443/api"),
        ("v6.example.org", 5000, "api/", "http://v6.example.org:5000/api"),
        ("https://v6.example.org/", None, "", "https://v6.example.org"),
        ("mock_server", "1234", "/", "http://mock_server:1234"),
    ],
)
def test_address_is_put_right(host: str, port: int | None, path: str, base: str) -> None:
    with Client(host, port, path) as client:
        assert client.base_path == base
        assert client.generate_path_to("/task") == f"{base}/task"

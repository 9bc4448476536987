"""The HTTP session against a server of our own on this machine."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

import jwt
import pytest
from vantage6.common import errors
from vantage6.common.api_session import ApiSession, Timeout
from vantage6.common.errors import ServerUnreachable

Answer = tuple[int, Any]
FAR, NEAR, PAST = 3600, 10, -60


def token(lifetime_s: float = FAR, sub: Any = 1) -> str:
    """A JSON web token that expires in so many seconds."""
    claims = {"sub": sub, "exp": time.time() + lifetime_s, "id": time.perf_counter_ns()}
    return jwt.encode(claims, "x" * 32)


class Call(NamedTuple):
    """One request that the server got."""

    method: str
    path: str
    bearer: str | None
    body: Any


class QuietServer(ThreadingHTTPServer):
    """A server that takes clients which hang up as they are."""

    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Print nothing."""


class StubServer:
    """Answers each address with what the test put there, and remembers the calls."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.answers: dict[str, Callable[[Call], Answer]] = {}
        stub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self) -> None:
                raw = self.rfile.read(int(self.headers.get("content-length") or 0))
                bearer = (self.headers.get("authorization") or "").removeprefix("Bearer ")
                body = json.loads(raw) if raw else None
                call = Call(self.command, self.path, bearer or None, body)
                stub.calls.append(call)
                status, content = stub.answers[self.path.partition("?")[0]](call)
                self.reply(status, content)

            def reply(self, status: int, content: Any) -> None:
                text = content if isinstance(content, str) else json.dumps(content)
                data = b"" if status == 204 else text.encode()
                self.send_response(status)
                if status in (301, 302, 307):
                    self.send_header("location", str(content))
                self.send_header("content-length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            do_GET = do_POST = do_PATCH = do_DELETE = answer  # noqa: N815  # names of the base

            def log_message(self, format: str, *arguments: Any) -> None:
                """Keep quiet."""

        self.http = QuietServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(
            target=self.http.serve_forever, kwargs={"poll_interval": 0.01}
        )
        self.thread.start()

    @property
    def port(self) -> int:
        return int(self.http.server_address[1])

    def on(self, path: str, *answers: Answer) -> None:
        """Answer `path` with these in turn; the last one stays."""
        left = list(answers)
        self.answers[path] = lambda _: left.pop(0) if len(left) > 1 else left[0]

    def paths(self) -> list[str]:
        return [f"{call.method} {call.path}" for call in self.calls]

    def close(self) -> None:
        self.http.shutdown()
        self.thread.join()
        self.http.server_close()


@pytest.fixture
def server() -> Iterator[StubServer]:
    stub = StubServer()
    yield stub
    stub.close()


@pytest.fixture
def session(server: StubServer) -> Iterator[ApiSession]:
    session = ApiSession("http://127.0.0.1", server.port, timeout=Timeout(2, 2))
    yield session
    session.close()


def tokens(access_s: float = FAR, refresh_s: float = FAR) -> dict[str, str]:
    return {
        "access_token": token(access_s),
        "refresh_token": token(refresh_s),
        "refresh_url": "/api/token/refresh",
    }


def log_in(
    server: StubServer, session: ApiSession, answer: dict[str, str], *, remember: bool = False
) -> None:
    server.on("/api/token/user", (200, answer))
    session.log_in("token/user", {"username": "ada"}, remember=remember)
    server.calls.clear()


# --- requests ----------------------------------------------------------------------------------


def test_answer_comes_back_as_parsed_json(server: StubServer, session: ApiSession) -> None:
    server.on("/api/task", (200, [{"id": 1}]))

    assert session.get("/task", {"page": 2, "name": None, "id": [1, 2]}) == [{"id": 1}]
    assert server.paths() == ["GET /api/task?page=2&id=1&id=2"]


def test_body_travels_as_json_with_every_writing_verb(
    server: StubServer, session: ApiSession
) -> None:
    server.on("/api/task", (201, {"id": 1}))

    session.post("task", {"a": 1})
    session.patch("task", {"a": 2})
    session.delete("task", {"a": 3})

    assert [(call.method, call.body) for call in server.calls] == [
        ("POST", {"a": 1}),
        ("PATCH", {"a": 2}),
        ("DELETE", {"a": 3}),
    ]


@pytest.mark.parametrize("cls", list(errors.CATALOGUE.values()))
def test_error_of_the_server_is_raised_as_the_same_class(
    server: StubServer, session: ApiSession, cls: type[errors.WireError]
) -> None:
    server.on("/api/task", (cls.status, cls("no", fields={"name": "is missing"}).body()))

    with pytest.raises(errors.WireError) as caught:
        session.post("task", {})

    assert type(caught.value) is cls
    assert caught.value.fields == {"name": "is missing"}


@pytest.mark.parametrize(
    ("status", "cls", "told"),
    [
        (404, errors.NoSuchAddress, "has no vantage6 at http://127.0.0.1:.*/api/task; check the"),
        (403, errors.WireError, "instead of letting the request through"),
        (413, errors.PayloadTooLarge, "does not take a body as large as this"),
        (500, errors.InternalError, "with a page"),
        (502, errors.Unavailable, "no answer from the server behind it"),
        (503, errors.Unavailable, "no answer from the server behind it"),
    ],
)
def test_error_page_of_a_web_server_names_the_likely_mistake(
    server: StubServer, session: ApiSession, status: int, cls: type[errors.WireError], told: str
) -> None:
    server.on("/api/task", (status, "<html>gateway</html>"))

    with pytest.raises(cls, match=told) as caught:
        session.post("task", {}, params={"planted": "query"})

    assert f"(status {status})" in caught.value.message
    assert "planted" not in caught.value.message


def test_page_that_is_no_json_is_not_taken_for_an_answer(
    server: StubServer, session: ApiSession
) -> None:
    server.on("/api/task", (200, "<html>Welcome to the hospital portal</html>"))

    with pytest.raises(ServerUnreachable, match="not as a vantage6 server") as caught:
        session.get("task")

    assert "Welcome" not in str(caught.value)


def test_answer_without_content_is_none(server: StubServer, session: ApiSession) -> None:
    server.on("/api/task/1", (204, None))

    assert session.delete("task/1") is None


@pytest.mark.parametrize("status", [301, 302, 307])
def test_redirect_is_told_and_not_followed_with_the_password(
    server: StubServer, session: ApiSession, status: int
) -> None:
    server.on("/api/token/user", (status, "https://elsewhere.example/login"))

    with pytest.raises(ServerUnreachable, match=r"redirects to https://elsewhere\.example"):
        session.log_in("token/user", {"username": "ada", "password": "x"})

    assert server.paths() == ["POST /api/token/user"]


def test_missing_server_is_named() -> None:
    stub = StubServer()
    stub.close()
    session = ApiSession("http://127.0.0.1", stub.port)

    told = f"no answer from http://127.0.0.1:{stub.port}; check the address"
    with pytest.raises(ServerUnreachable, match=told):
        session.post("task", {})

    session.close()


# --- repetition --------------------------------------------------------------------------------


def test_get_is_repeated_while_the_server_restarts(
    server: StubServer, session: ApiSession
) -> None:
    server.on("/api/task", (503, {"msg": "starting"}), (200, []))

    assert session.get("task") == []
    assert len(server.calls) == 2


@pytest.mark.parametrize("verb", ["post", "patch", "delete"])
@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_writing_verb_is_never_repeated(
    server: StubServer, session: ApiSession, verb: str, status: int
) -> None:
    server.on("/api/task", (status, {"msg": "no"}))

    with pytest.raises(errors.WireError):
        getattr(session, verb)("task", {})

    assert len(server.calls) == 1


def test_post_whose_answer_never_came_is_not_repeated(
    server: StubServer, session: ApiSession
) -> None:
    release = threading.Event()
    server.answers["/api/task"] = lambda _: (release.wait(5), (200, {}))[1]  # type: ignore[func-returns-value]
    impatient = ApiSession("http://127.0.0.1", server.port, timeout=Timeout(1, 0.2))

    with pytest.raises(ServerUnreachable, match="may have been carried out"):
        impatient.post("task", {})

    release.set()
    impatient.close()
    assert len(server.calls) == 1


# --- tokens ------------------------------------------------------------------------------------


def test_token_is_sent_and_not_refreshed_while_it_is_good(
    server: StubServer, session: ApiSession
) -> None:
    answer = tokens()
    log_in(server, session, answer)
    server.on("/api/task", (200, []))

    session.get("task")
    session.get("task")

    assert server.paths() == ["GET /api/task"] * 2
    assert {call.bearer for call in server.calls} == {answer["access_token"]}


@pytest.mark.parametrize("lifetime_s", [NEAR, PAST])
def test_token_is_refreshed_when_it_expires(
    server: StubServer, session: ApiSession, lifetime_s: float
) -> None:
    old, new = tokens(lifetime_s), tokens()
    log_in(server, session, old)
    server.on("/api/token/refresh", (200, new))
    server.on("/api/task", (200, []))

    session.get("task")

    assert server.paths() == ["POST /api/token/refresh", "GET /api/task"]
    assert [call.bearer for call in server.calls] == [old["refresh_token"], new["access_token"]]


def test_many_threads_that_meet_an_expired_token_refresh_it_once(
    server: StubServer, session: ApiSession
) -> None:
    log_in(server, session, tokens(PAST))
    server.on("/api/token/refresh", (200, tokens()))
    server.on("/api/task", (200, []))
    threads = [threading.Thread(target=session.get, args=("task",)) for _ in range(8)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert server.paths().count("POST /api/token/refresh") == 1
    assert server.paths().count("GET /api/task") == 8


@pytest.mark.parametrize(
    "error", [errors.Forbidden, errors.InvalidInput, errors.NotFound, errors.InternalError]
)
def test_error_that_is_not_about_the_token_is_not_answered_with_a_refresh(
    server: StubServer, session: ApiSession, error: type[errors.WireError]
) -> None:
    log_in(server, session, tokens())
    server.on("/api/task", (error.status, error().body()))

    with pytest.raises(error):
        session.post("task", {})

    assert server.paths() == ["POST /api/task"]


@pytest.mark.parametrize("error", [errors.TokenExpired, errors.InvalidToken])
def test_token_that_the_server_refuses_is_renewed_once(
    server: StubServer, session: ApiSession, error: type[errors.WireError]
) -> None:
    log_in(server, session, tokens())
    server.on("/api/token/refresh", (200, tokens()))
    server.on("/api/task", (error.status, error().body()))

    with pytest.raises(error):
        session.get("task")

    assert server.paths() == ["GET /api/task", "POST /api/token/refresh", "GET /api/task"]


def test_refused_password_is_not_sent_again_with_a_new_token(
    server: StubServer, session: ApiSession
) -> None:
    log_in(server, session, tokens())
    server.on("/api/token/refresh", (200, tokens()))
    server.on("/api/password/change", (401, errors.NotAuthenticated("wrong").body()))

    with pytest.raises(errors.NotAuthenticated, match="wrong"):
        session.request("PATCH", "password/change", json={}, renew=False)

    assert server.paths() == ["PATCH /api/password/change"]


def test_dead_refresh_token_asks_to_log_in_again(server: StubServer, session: ApiSession) -> None:
    log_in(server, session, tokens(PAST, PAST))

    with pytest.raises(errors.NotAuthenticated, match="your login has expired"):
        session.get("task")

    assert server.calls == []


def test_refused_refresh_is_the_error_that_is_raised(
    server: StubServer, session: ApiSession
) -> None:
    log_in(server, session, tokens(PAST))
    server.on("/api/token/refresh", (401, {"msg": "this token was used before"}))

    with pytest.raises(errors.NotAuthenticated, match="used before"):
        session.refresh_token()


@pytest.mark.parametrize("refresh_s", [PAST, FAR])
def test_remembered_credentials_log_in_again_when_both_tokens_are_dead(
    server: StubServer, session: ApiSession, refresh_s: float
) -> None:
    log_in(server, session, tokens(PAST, refresh_s), remember=True)
    new = tokens()
    server.on("/api/token/user", (200, new))
    server.on("/api/token/refresh", (422, {"msg": "signed with another secret"}))
    server.on("/api/task", (200, []))

    session.get("task")

    assert server.calls[-2].body == {"username": "ada"}
    assert server.calls[-1].bearer == new["access_token"]


def test_answer_without_a_token_does_not_log_in(server: StubServer, session: ApiSession) -> None:
    server.on("/api/token/user", (200, {"msg": "a second factor is needed"}))

    answer = session.log_in("token/user", {"username": "ada"})

    assert answer["msg"] == "a second factor is needed"
    assert not session.is_logged_in


def test_renewal_that_gives_no_token_is_an_error_of_ours(
    server: StubServer, session: ApiSession
) -> None:
    log_in(server, session, tokens(PAST))
    server.on("/api/token/refresh", (200, {"msg": "a second factor is needed"}))

    with pytest.raises(errors.NotAuthenticated, match="gave no new token"):
        session.get("task")


def test_token_of_a_container_is_used_and_never_renewed(
    server: StubServer, session: ApiSession
) -> None:
    given = token(PAST, sub={"task_id": 3})
    session.use_token(given)
    server.on("/api/task", (401, errors.TokenExpired().body()))

    with pytest.raises(errors.TokenExpired):
        session.get("task")

    assert server.paths() == ["GET /api/task"]
    assert session.identity() == {"task_id": 3}


def test_fresh_token_for_the_socket_is_renewed_before_it_expires(
    server: StubServer, session: ApiSession
) -> None:
    log_in(server, session, tokens(NEAR))
    new = tokens()
    server.on("/api/token/refresh", (200, new))

    assert session.fresh_token() == new["access_token"]


def test_entry_in_netrc_does_not_replace_the_token(
    server: StubServer, session: ApiSession, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    answer = tokens()
    log_in(server, session, answer)
    server.on("/api/task", (200, []))

    session.get("task")

    assert server.calls[0].bearer == answer["access_token"]


# --- what is large ------------------------------------------------------------------------------


class Parts:
    """A body in parts."""

    def __init__(self, *parts: bytes) -> None:
        self._parts = parts

    def __len__(self) -> int:
        return sum(map(len, self._parts))

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._parts)


@pytest.mark.parametrize("length", [10, 3_000_000])
def test_a_large_answer_is_read_like_a_small_one(
    server: StubServer, session: ApiSession, length: int
) -> None:
    server.on("/api/result/1", (200, {"input": "ä" * length}))

    assert session.get_large("result/1") == {"input": "ä" * length}


def test_a_large_answer_that_is_no_json_is_an_error(
    server: StubServer, session: ApiSession
) -> None:
    server.on("/api/result/1", (200, "x" * 3_000_000))

    with pytest.raises(ServerUnreachable, match="not as a vantage6 server"):
        session.get_large("result/1")


def test_a_body_in_parts_arrives_whole_and_again_after_a_new_token(
    server: StubServer, session: ApiSession
) -> None:
    log_in(server, session, tokens())
    server.on("/api/token/refresh", (200, tokens()))
    server.on("/api/result/1", (401, {"msg": "expired"}), (200, {}))

    session.patch_only("result/1", body=Parts(b'{"result": "', b"x" * 100_000, b'"}'))

    sent = [call.body for call in server.calls if call.method == "PATCH"]
    assert sent == [{"result": "x" * 100_000}] * 2


def test_a_new_thing_in_parts_is_sent_and_answered(
    server: StubServer, session: ApiSession
) -> None:
    server.on("/api/task", (201, {"id": 7}))

    assert session.post_sized("task", Parts(b'{"name": "', b"x" * 100_000, b'"}')) == {"id": 7}

    assert [call.body for call in server.calls] == [{"name": "x" * 100_000}]


@pytest.mark.parametrize("answer", [(204, ""), (200, {}), (200, {"input": "x" * 200_000})])
def test_an_answer_that_nobody_wants_is_not_parsed(
    server: StubServer, session: ApiSession, answer: Answer
) -> None:
    server.on("/api/result/1", answer)

    session.patch_only("result/1", {"status": "active"})
    session.patch_only("result/1", {"status": "active"})

    assert [call.body for call in server.calls] == [{"status": "active"}] * 2


def test_an_error_is_raised_whether_an_answer_is_wanted_or_not(
    server: StubServer, session: ApiSession
) -> None:
    server.on("/api/result/1", (400, {"msg": "finished already"}))

    with pytest.raises(errors.InvalidInput, match="finished already"):
        session.patch_only("result/1", body=Parts(b"{}"))

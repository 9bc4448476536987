"""The call that wrappers of others use."""

import pandas as pd
import pytest
from tests.unit.tools.conftest import NAME, RunFolder, token
from vantage6.tools.dispatch_rpc import dispatch_rpc

pytestmark = pytest.mark.usefixtures("algorithm")
FRAME = pd.DataFrame({"n": [1, 2]})


def test_partial_function_gets_the_data() -> None:
    assert dispatch_rpc(FRAME, {"method": "sum", "args": ["n"]}, NAME, token()) == 3


@pytest.mark.parametrize(("new", "name"), [(False, "ContainerClient"), (True, "AlgorithmClient")])
def test_central_function_gets_a_client_with_the_token(
    run: RunFolder, monkeypatch: pytest.MonkeyPatch, new: bool, name: str
) -> None:
    (run.folder / "token").unlink()
    for key, value in run.environ.items():
        monkeypatch.setenv(key, value)

    asked = {"method": "who", "master": True}

    assert dispatch_rpc(None, asked, NAME, token(), use_new_client=new) == name


@pytest.mark.parametrize(
    ("module", "method", "code"), [(NAME, "fail", 70), (NAME, "planted", 72), ("v6-no", "sum", 72)]
)
def test_failure_ends_the_process_and_is_said_without_data(
    capsys: pytest.CaptureFixture[str], module: str, method: str, code: int
) -> None:
    with pytest.raises(SystemExit) as stop:
        dispatch_rpc(FRAME, {"method": method}, module, token())

    out, err = capsys.readouterr()
    assert stop.value.code == code
    assert out.startswith("error > ")
    assert "planted" not in out
    assert err == ""


def test_traceback_is_shown_on_request(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        dispatch_rpc(FRAME, {"method": "fail"}, NAME, token(), log_traceback=True)

    assert "ValueError: secret 1" in capsys.readouterr().err

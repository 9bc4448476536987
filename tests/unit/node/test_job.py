"""What a run needs and what it leaves."""

from dataclasses import replace
from pathlib import Path

import pytest
from tests.fakes.server import FakeServer
from vantage6.common.encoding import bytes_to_base64s
from vantage6.common.encryption import Cryptor, DummyCryptor, RSACryptor
from vantage6.common.errors import Forbidden, ServerUnreachable
from vantage6.common.status import TaskStatus
from vantage6.node.job import Jobs, JobSettings, token_digest
from vantage6.node.journal import Outcome
from vantage6.node.policy import FunctionRule, Policy
from vantage6.node.run_files import RunFiles
from vantage6.node.runs import KILLED, OpenRun, RunFacts
from vantage6.node.runtime.base import Database, Phase, RunReport, StartError

RUN = OpenRun(
    RunFacts(1, task_id=2, run_id=3),
    "image",
    initiator_id=5,
    user_id=6,
    input=bytes_to_base64s(b"json.{}"),
)
GOOD = RunReport(Phase.FINISHED, 0)
PICKLE = b"cos\nsystem\n(S'touch /tmp/owned'\ntR."


@pytest.fixture(scope="module")
def rsa(tmp_path_factory: pytest.TempPathFactory) -> RSACryptor:
    path = tmp_path_factory.mktemp("key") / "key.pem"
    RSACryptor.create_new_rsa_key(path)
    return RSACryptor(path)


@pytest.fixture
def files(tmp_path: Path) -> RunFiles:
    return RunFiles(tmp_path / "runs", 1000)


def jobs(
    files: RunFiles,
    settings: JobSettings | None = None,
    cryptor: Cryptor | None = None,
    server: FakeServer | None = None,
) -> Jobs:
    return Jobs(
        server or FakeServer(), cryptor or DummyCryptor(), files, settings or JobSettings()
    )


def test_a_run_gets_its_own_folder_input_and_token(files: RunFiles) -> None:
    spec, beginning = jobs(files).prepare(RUN)

    assert (spec.result_id, spec.run_id, spec.image) == (1, 3, "image")
    assert (spec.folder / "input").read_bytes() == b"json.{}"
    assert (spec.folder / "token").read_text() == "token-of-2"
    assert beginning.token_digest == token_digest("token-of-2")
    assert spec.temporary == files.temporary(3)


def test_an_input_is_passed_on_unread(files: RunFiles) -> None:
    spec, _ = jobs(files).prepare(replace(RUN, input=bytes_to_base64s(PICKLE)))

    assert (spec.folder / "input").read_bytes() == PICKLE


@pytest.mark.parametrize("payload", [b"", b"x" * 10_000_000])
def test_an_input_that_was_left_out_of_the_list_is_fetched(
    files: RunFiles, payload: bytes
) -> None:
    server = FakeServer()
    server.add_run(1, payload)

    spec, _ = jobs(files, server=server).prepare(replace(RUN, input=None))

    assert (spec.folder / "input").read_bytes() == payload


PARTIAL_ONLY = Policy(functions=(FunctionRule("image", frozenset({"RPC_average"})),))


def test_a_function_that_is_allowed_is_run(files: RunFiles) -> None:
    text = b'json.{"method": "average"}'
    made = jobs(files, JobSettings(policy=PARTIAL_ONLY))

    spec, _ = made.prepare(replace(RUN, input=bytes_to_base64s(text)))

    assert (spec.folder / "input").read_bytes() == text


@pytest.mark.parametrize(
    ("payload", "status", "reason"),
    [
        (bytes_to_base64s(b'json.{"method": "rows"}'), TaskStatus.NOT_ALLOWED, "another one"),
        (bytes_to_base64s(PICKLE), TaskStatus.NOT_ALLOWED, "cannot be known"),
        ("no base64!", TaskStatus.START_FAILED, "cannot be read"),
    ],
)
def test_a_function_that_is_not_allowed_or_not_known_is_not_run(
    files: RunFiles, payload: str, status: TaskStatus, reason: str
) -> None:
    made = jobs(files, JobSettings(policy=PARTIAL_ONLY))

    with pytest.raises(StartError, match=reason) as caught:
        made.prepare(replace(RUN, input=payload))

    assert caught.value.status is status
    assert files.runs() == frozenset()


@pytest.mark.parametrize(
    ("asked", "label"),
    [(None, "default"), ("", "default"), ("other", "other"), ("missing", None)],
)
def test_the_database_is_the_one_that_was_asked_for(
    files: RunFiles, asked: str | None, label: str | None
) -> None:
    databases = (Database("default", "/a.csv"), Database("other", "/b.csv"))

    spec, _ = jobs(files, JobSettings(databases=databases)).prepare(replace(RUN, database=asked))

    assert spec.requested_label == label
    assert spec.databases == databases


def test_what_the_policy_refuses_is_not_prepared(files: RunFiles) -> None:
    settings = JobSettings(policy=Policy(images=(("other",),)))

    with pytest.raises(StartError, match="does not allow the image") as caught:
        jobs(files, settings).prepare(RUN)

    assert caught.value.status is TaskStatus.NOT_ALLOWED
    assert files.runs() == frozenset()


def test_an_organization_is_looked_up_when_the_policy_has_names(files: RunFiles) -> None:
    allowed = JobSettings(policy=Policy(organizations=frozenset({"organization 5"})))
    refused = JobSettings(policy=Policy(organizations=frozenset({"organization 9"})))

    assert jobs(files, allowed).prepare(RUN)
    with pytest.raises(StartError):
        jobs(files, refused).prepare(RUN)


def test_an_input_that_is_not_for_this_organization_is_refused(
    files: RunFiles, rsa: RSACryptor
) -> None:
    server = FakeServer()
    server.keys[5] = rsa.public_key_str

    with pytest.raises(StartError, match="the input cannot be read"):
        jobs(files, JobSettings(is_encrypted=True), rsa, server).prepare(RUN)


def test_a_run_whose_result_could_not_be_encrypted_is_not_started(
    files: RunFiles, rsa: RSACryptor
) -> None:
    run = replace(RUN, input=rsa.encrypt_bytes_to_str(b"x", rsa.public_key_str))

    with pytest.raises(StartError, match="no public key"):
        jobs(files, JobSettings(is_encrypted=True), rsa).prepare(run)


def test_a_result_is_encrypted_for_whom_it_is_for(files: RunFiles, rsa: RSACryptor) -> None:
    server = FakeServer()
    server.keys[5] = rsa.public_key_str
    run = replace(RUN, input=rsa.encrypt_bytes_to_str(b"planted", rsa.public_key_str))
    made = jobs(files, JobSettings(is_encrypted=True), rsa, server)
    spec, beginning = made.prepare(run)
    (spec.folder / "output").write_bytes(b"secret result")

    outcome = made.outcome(1, GOOD, "", beginning.public_key)

    assert (spec.folder / "input").read_bytes() == b"planted"
    assert rsa.decrypt_str_to_bytes(text_of(outcome)) == b"secret result"


@pytest.mark.parametrize("method", ["container_token", "public_key"])
def test_a_refusal_of_the_server_ends_the_run(
    files: RunFiles, rsa: RSACryptor, method: str
) -> None:
    server = FakeServer()
    server.keys[5] = rsa.public_key_str
    setattr(server, method, _refuse)
    run = replace(RUN, input=rsa.encrypt_bytes_to_str(b"x", rsa.public_key_str))

    with pytest.raises(StartError, match="no, because"):
        jobs(files, JobSettings(is_encrypted=True), rsa, server).prepare(run)


def _refuse(*_: object) -> str:
    raise Forbidden("no, because")


def test_a_server_that_is_away_is_no_refusal(files: RunFiles) -> None:
    server = FakeServer()

    with server.away(), pytest.raises(ServerUnreachable):
        jobs(files, server=server).prepare(RUN)


# --- outcomes ---------------------------------------------------------------------------------


def text_of(outcome: Outcome) -> str:
    assert outcome.result is not None
    return outcome.result.read_text()


def test_what_exactly_ran_is_told(files: RunFiles) -> None:
    made = jobs(files)
    made.prepare(RUN)

    log = made.outcome(1, replace(GOOD, image="x:1 is x@sha256:0"), "hello", "").log

    assert log == "vantage6: image x:1 is x@sha256:0\nhello"


def test_an_output_that_turns_out_too_large_leaves_no_result(tmp_path: Path) -> None:
    small = RunFiles(tmp_path / "small", output_limit_bytes=10)
    made = jobs(small)
    spec, _ = made.prepare(RUN)
    (spec.folder / "output").write_bytes(b"x" * 11)

    outcome = made.outcome(1, GOOD, "", "")

    assert (outcome.status, outcome.result) == (TaskStatus.CRASHED, None)
    assert small.results() == frozenset()


def test_an_empty_output_of_a_run_that_ended_well_is_a_result(files: RunFiles) -> None:
    made = jobs(files)
    made.prepare(RUN)

    outcome = made.outcome(1, GOOD, "hello", "")

    assert (outcome.status, outcome.log) == (TaskStatus.COMPLETED, "hello")
    assert text_of(outcome) == ""


def test_what_a_crashed_run_wrote_is_kept(files: RunFiles) -> None:
    made = jobs(files)
    spec, _ = made.prepare(RUN)
    (spec.folder / "output").write_bytes(b"part")

    outcome = made.outcome(1, RunReport(Phase.FINISHED, 3), "", "")

    assert outcome.status is TaskStatus.CRASHED
    assert text_of(outcome) == bytes_to_base64s(b"part")
    assert outcome.log == "vantage6: the algorithm ended with exit code 3\n"


def test_a_crash_without_output_has_no_result_and_one_reason(files: RunFiles) -> None:
    outcome = jobs(files).outcome(1, RunReport(Phase.FINISHED, 3), "", "")

    assert outcome.result is None
    assert outcome.log == "vantage6: the algorithm ended with exit code 3\n"


def test_a_fate_is_the_first_line_of_the_log(files: RunFiles) -> None:
    outcome = jobs(files).outcome_of(KILLED, "so far")

    assert outcome.status is TaskStatus.KILLED
    assert outcome.log == "vantage6: the run was stopped on request\nso far"


def test_a_long_log_keeps_its_end_and_says_so(files: RunFiles) -> None:
    made = jobs(files, JobSettings(log_limit_bytes=2000))

    log = made.outcome_of(KILLED, "ü" * 5000 + "END").log

    assert log.splitlines()[1] == "vantage6: the log is longer; its last 2 kB follow"
    assert log.endswith("üEND")
    assert len(log.encode()) < 2200


def test_what_an_algorithm_prints_stays_here_when_logs_are_not_shared(files: RunFiles) -> None:
    made = jobs(files, JobSettings(shares_logs=False))

    log = made.outcome(1, RunReport(Phase.FINISHED, 3), "patient 7 has", "").log

    assert "patient" not in log
    assert "exit code 3" in log
    assert "share_algorithm_logs" in log


def test_a_log_has_nothing_that_a_database_refuses(files: RunFiles) -> None:
    log = jobs(files).outcome_of(KILLED, "a\x00b\udc80").log

    assert "\x00" not in log
    assert log.encode("utf-8")


def test_times_have_six_digits_and_no_zone(files: RunFiles) -> None:
    finished_at = jobs(files).outcome_of(KILLED).finished_at

    date, _, fraction = finished_at.partition(".")
    assert len(fraction) == 6
    assert len(date) == len("2024-01-01T00:00:00")

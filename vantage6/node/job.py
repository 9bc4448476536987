"""What one run needs before it starts, and what it leaves; nothing here starts or sends anything.

The input is passed on unread: only the algorithm, inside its container, opens it. Where the policy
allows only some functions of an image, JSON is read to see which one is asked for, and what is no
JSON is refused.
"""

import hashlib
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Protocol

from vantage6.common import contract
from vantage6.common.encryption import Cryptor
from vantage6.common.errors import (
    DecryptionError,
    EncryptionMismatch,
    Forbidden,
    InvalidInput,
    NotAuthenticated,
    NotFound,
)
from vantage6.common.status import TaskStatus
from vantage6.node.journal import Beginning, Outcome
from vantage6.node.policy import Policy
from vantage6.node.run_files import OutputError, RunFiles
from vantage6.node.runs import Fate, OpenRun
from vantage6.node.runtime.base import Database, RunReport, RunSpec, StartError

_WITHHELD = "vantage6: what the algorithm printed stays at its node (share_algorithm_logs)"
_REFUSED = (Forbidden, NotAuthenticated, InvalidInput, NotFound)


class TaskServer(Protocol):
    """What a job asks of the server."""

    def input(self, result_id: int) -> str:
        """Input of a run, as it travels; empty when it has none."""
        ...

    def public_key(self, organization_id: int) -> str:
        """Public key of an organization; empty when it has none."""
        ...

    def organization_name(self, organization_id: int) -> str:
        """Name of an organization."""
        ...

    def container_token(self, task_id: int, image: str) -> str:
        """Token with which a container may speak to the server."""
        ...


@dataclass(frozen=True, slots=True)
class JobSettings:
    """What the configuration says about runs."""

    policy: Policy = field(default_factory=Policy)
    databases: tuple[Database, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)
    log_limit_bytes: int = 10**6
    is_encrypted: bool = False
    shares_logs: bool = True


class Jobs:
    """Prepares runs and reads what they leave.

    Parameters
    ----------
    server
        Where keys and tokens come from.
    cryptor
        Reads inputs and seals results.
    files
        Folders of runs.
    settings
        See `JobSettings`.
    """

    def __init__(
        self, server: TaskServer, cryptor: Cryptor, files: RunFiles, settings: JobSettings
    ) -> None:
        self._server = server
        self._cryptor = cryptor
        self._files = files
        self._settings = settings

    def prepare(self, run: OpenRun) -> tuple[RunSpec, Beginning]:
        """Check a run and write its files.

        Raises
        ------
        StartError
            When the run must not or cannot be started, ever.
        V6Error
            Any other: it cannot be prepared now.
        """
        self._check_policy(run)
        payload = self._open_input(run)
        public_key = self._key_for_result(run)
        try:
            token = self._server.container_token(run.facts.task_id, run.image)
        except _REFUSED as error:
            raise StartError(f"the server refuses a token for the container: {error}") from error
        try:
            folder = self._files.create(run.facts.result_id, payload, token)
        except DecryptionError as error:
            self._files.remove(run.facts.result_id)
            raise StartError(f"the input cannot be read: {error}") from error
        return self._spec(run, folder), Beginning(public_key, token_digest(token), wire_time())

    def outcome(self, result_id: int, report: RunReport, output_log: str, key: str) -> Outcome:
        """How a run ended that ran to its end; `key` belongs to whom the result is for."""
        status = TaskStatus.COMPLETED if report.exit_code == 0 else TaskStatus.CRASHED
        reason = None if report.exit_code == 0 else _exit_reason(report)
        result = None
        output = self._files.output_parts(result_id)
        try:
            first = next(output, None)
            if first is not None or status is TaskStatus.COMPLETED:
                parts = itertools.chain([first or b""], output)
                text = self._cryptor.encrypt_parts(parts, key)
                result = self._files.store_result(result_id, text)
        except OutputError as error:
            status, reason = TaskStatus.CRASHED, reason or error.message
            self._files.remove_result(result_id)
        image = report.image and f"image {report.image}"
        return Outcome(status, wire_time(), self._log(output_log, reason, image), result)

    def outcome_of(self, fate: Fate, output_log: str = "") -> Outcome:
        """How a run ended that has no result."""
        return Outcome(fate.status, wire_time(), self._log(output_log, fate.reason))

    def _check_policy(self, run: OpenRun) -> None:
        policy = self._settings.policy
        name = self._server.organization_name(run.initiator_id) if policy.needs_names else ""
        refusal = policy.refusal(run.image, run.user_id, run.initiator_id, name)
        if refusal is not None:
            raise StartError(refusal, TaskStatus.NOT_ALLOWED)

    def _open_input(self, run: OpenRun) -> Iterator[bytes]:
        """The input in parts, after the check of the function that it asks for."""
        text = run.input
        if text is None:  # left out of the list of runs, because it is large
            text = self._server.input(run.facts.result_id)
        parts = self._cryptor.decrypt_to_parts(text)
        if not self._settings.policy.restricts_functions(run.image):
            return parts
        try:
            payload = b"".join(parts)
        except DecryptionError as error:
            raise StartError(f"the input cannot be read: {error}") from error
        refusal = self._settings.policy.function_refusal(run.image, payload)
        if refusal is not None:
            raise StartError(refusal, TaskStatus.NOT_ALLOWED)
        return iter([payload])

    def _key_for_result(self, run: OpenRun) -> str:
        # Asked for before the run, so that an outcome never has to wait for the server.
        if not self._settings.is_encrypted:
            return ""
        try:
            key = self._server.public_key(run.initiator_id)
            self._cryptor.encrypt_bytes_to_str(b"", key)
        except EncryptionMismatch as error:
            raise StartError(f"the result could not be encrypted: {error}") from error
        except _REFUSED as error:
            raise StartError(f"the key for the result is not to be had: {error}") from error
        return key

    def _spec(self, run: OpenRun, folder: Path) -> RunSpec:
        wanted = run.database or contract.DEFAULT_LABEL
        labels = {database.label for database in self._settings.databases}
        return RunSpec(
            result_id=run.facts.result_id,
            run_id=run.facts.run_id,
            image=run.image,
            folder=folder,
            temporary=self._files.temporary(run.facts.run_id),
            databases=self._settings.databases,
            requested_label=wanted if wanted in labels else None,
            environment=self._settings.environment,
        )

    def _log(self, output_log: str, *said: str | None) -> str:
        if output_log and not self._settings.shares_logs:
            output_log = _WITHHELD
        limit = self._settings.log_limit_bytes
        # No database can store a null character in a text.
        text = output_log.replace("\x00", "\N{REPLACEMENT CHARACTER}")
        data = text.encode("utf-8", "replace")
        head = [f"vantage6: {line}" for line in said if line]
        if len(data) > limit:
            head.append(f"vantage6: the log is longer; its last {limit // 1000} kB follow")
            data = data[-limit:]
        return "\n".join([*head, data.decode("utf-8", "ignore")])


def wire_time() -> str:
    """Now, as it travels: UTC without a zone and always with six digits of a second.

    Notes
    -----
    Published servers answer 500 to any other form.
    """
    return datetime.now(timezone.utc).replace(tzinfo=None).isoformat(timespec="microseconds")


def token_digest(token: str) -> str:
    """What is kept of a container's token to recognize it."""
    return hashlib.sha256(token.encode("utf-8")).hexdigest()


def _exit_reason(report: RunReport) -> str:
    said = f" ({report.reason})" if report.reason else ""
    return f"the algorithm ended with exit code {report.exit_code}{said}"

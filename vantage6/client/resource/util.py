"""The server itself, and one's own password, second factor and key."""

from pathlib import Path
from typing import Protocol

from vantage6.client.connection import Connection, Json
from vantage6.client.logs import log
from vantage6.client.resource.base import SubClient, given, is_error
from vantage6.client.second_factor import show_codes, show_setup
from vantage6.common.encryption import RSACryptor
from vantage6.common.errors import EncryptionMismatch, InvalidInput


class SetUp(Protocol):
    """How a client uses a private key from now on."""

    def __call__(self, private_key_file: Path, *, overwrite: bool) -> None:
        """See `Client.setup_encryption`."""


_KEY_FILE = "private_key.pem"


class Util(SubClient):
    """What belongs to no other noun.

    Parameters
    ----------
    connection
        The server.
    setup_encryption
        Uses a private key from now on; that of the client.
    """

    def __init__(self, connection: Connection, setup_encryption: SetUp) -> None:
        super().__init__(connection)
        self._setup_encryption = setup_encryption

    def get_server_version(self) -> Json:
        """``{"version": …}``; no log-in needed."""
        return self._get("version")

    def get_server_health(self) -> Json:
        """State of the parts of the server; no log-in needed."""
        return self._get("health")

    # --- password ---------------------------------------------------------------------------

    def change_my_password(self, current_password: str, new_password: str) -> Json:
        """Replace your password; all log-ins end, also this one."""
        body = {"current_password": current_password, "new_password": new_password}
        return self._connection.request("PATCH", "password/change", json=body, renew=False)

    def reset_my_password(self, email: str | None = None, username: str | None = None) -> Json:
        """Ask for a mail with a token for `set_my_password`."""
        return self._recover("lost", _account(email, username))

    def set_my_password(self, token: str, password: str) -> Json:
        """Set a new password with the token from the mail."""
        return self._recover("reset", {"reset_token": token, "password": password})

    # --- second factor ----------------------------------------------------------------------

    def reset_two_factor_auth(
        self, password: str, email: str | None = None, username: str | None = None
    ) -> Json:
        """Ask for a mail with a token for `set_two_factor_auth`, when the app is lost.

        Who has recovery codes needs no mail: each of them can be given once as `mfa_code`.
        """
        return self._recover("2fa/lost", {**_account(email, username), "password": password})

    def set_two_factor_auth(self, token: str) -> Json:
        """Get a new secret for the authenticator app with the token from the mail, and show it.

        The old one is good until the first log-in with the new one.
        """
        answer = self._recover("2fa/reset", {"reset_token": token})
        if not is_error(answer) or "qr_uri" in answer:
            show_setup(answer)
        return answer

    def renew_recovery_codes(self, password: str) -> Json:
        """Get new recovery codes for a lost app, and show them; those from before end."""
        answer = self._recover("2fa/codes", {"password": password})
        show_codes(answer)
        return answer

    # --- key --------------------------------------------------------------------------------

    def generate_private_key(
        self, file_: str | Path | None = None, *, overwrite: bool = False
    ) -> None:
        """Make a private key for your organization, and use it from now on.

        The server gets the public key, at once or at log-in. Colleagues and the node of your
        organization need the file.

        Parameters
        ----------
        file_
            Where to write it; ``private_key.pem`` in the current folder by default. Only you can
            read it.
        overwrite
            Replace another public key that the server has already; see `Client.setup_encryption`.

        Raises
        ------
        FileExistsError
            When there is a file already: what was encrypted for that key needs it.
        EncryptionMismatch
            When the server has a public key of your organization already. No key is made then.
        """
        file = Path(file_ or _KEY_FILE)
        if file.exists():
            raise FileExistsError(f"{file} is there already; give another name, or use that key")
        self._refuse_second_key(overwrite=overwrite)
        RSACryptor.create_new_rsa_key(file)
        log.info("the private key is in %s", file.resolve())
        self._setup_encryption(file, overwrite=overwrite)

    def _refuse_second_key(self, *, overwrite: bool) -> None:
        whoami = self._connection.whoami
        if whoami is None or overwrite:
            return
        if self._connection.keys.public_key(whoami.organization_id, fresh=True):
            raise EncryptionMismatch(
                "the server has a public key of your organization already; use its private key "
                "with setup_encryption(path). If that is lost, generate_private_key("
                "overwrite=True) replaces it: what was encrypted for it stays unreadable"
            )

    def _recover(self, endpoint: str, body: dict[str, str]) -> Json:
        # Passwords and tokens from mails are checked here, and wrong ones are counted.
        return self._connection.request("POST", f"recover/{endpoint}", json=body, renew=False)


def _account(email: str | None, username: str | None) -> dict[str, str]:
    if not (email or username):
        raise InvalidInput("give your e-mail address or your username")
    return given(username=username, email=email)

"""The server itself, and one's own password."""

from vantage6.client.connection import Json
from vantage6.client.resource.base import SubClient, given
from vantage6.common.errors import InvalidInput


class Util(SubClient):
    """What belongs to no other noun."""

    def get_server_version(self) -> Json:
        """``{"version": …}``; no log-in needed."""
        return self._get("version")

    def get_server_health(self) -> Json:
        """State of the parts of the server; no log-in needed."""
        return self._get("health")

    def change_my_password(self, current_password: str, new_password: str) -> Json:
        """Replace your password."""
        body = {"current_password": current_password, "new_password": new_password}
        return self._patch("password/change", body)

    def reset_my_password(self, email: str | None = None, username: str | None = None) -> Json:
        """Ask for a mail with a token for `set_my_password`."""
        if not (email or username):
            raise InvalidInput("give your e-mail address or your username")
        return self._post("recover/lost", given(username=username, email=email))

    def set_my_password(self, token: str, password: str) -> Json:
        """Set a new password with the token from the mail."""
        return self._post("recover/reset", {"reset_token": token, "password": password})

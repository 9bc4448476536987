"""The user who speaks for an organization: log-in at a terminal, if need be with two factors."""

import os
from typing import NamedTuple

import click

from vantage6.cli.exits import Refused
from vantage6.common.api_session import ApiSession


class Owner(NamedTuple):
    """Organization of the user who logged in, as the server knows it."""

    id: int
    name: str
    public_key: str


def log_in(session: ApiSession, username: str | None, mfa_code: str | None) -> Owner:
    """Log in as a user, and say whose organization it is.

    Parameters
    ----------
    session
        Connection to the server; it is the user's afterwards.
    username, mfa_code
        Asked for when they are needed and None, as is the password that is not in the environment.

    Raises
    ------
    V6Error
        When the server refuses, or the user has not set up the second factor yet.
    """
    credentials = {
        "username": username or click.prompt("Username"),
        "password": os.environ.get("V6_PASSWORD") or click.prompt("Password", hide_input=True),
    }
    if mfa_code:
        credentials["mfa_code"] = mfa_code
    answer = session.log_in("token/user", credentials)
    if "otp_secret" in answer:
        raise Refused(
            "this server asks for a second factor, which you have not set up yet: log in once with"
            " the client, which shows how"
        )
    if not session.is_logged_in:
        credentials["mfa_code"] = click.prompt("Code of the second factor")
        session.log_in("token/user", credentials)
    user = session.get(f"user/{session.identity()}")
    organization = session.get(f"organization/{user['organization']['id']}")
    return Owner(organization["id"], organization["name"], organization["public_key"] or "")

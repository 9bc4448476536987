"""Configuration of the server, and the two values that are made from it and the data folder."""

import os
import re
import secrets
from pathlib import Path

from pydantic import Field, SecretStr, field_validator, model_validator
from typing_extensions import Self

from vantage6.common.config.blocks import Block, Directories, Logging
from vantage6.common.errors import ConfigurationError

_SECRET_FILE = "jwt_secret"  # noqa: S105  # the name of a file
_SECRET_BYTES = 64


class PasswordPolicy(Block):
    """What happens after wrong passwords."""

    max_failed_attempts: int = Field(
        5, ge=1, description="Wrong passwords in a row before an account is blocked"
    )
    inactivation_minutes: int = Field(
        15, ge=1, description="Minutes for which an account is blocked"
    )


class RateLimit(Block):
    """How often one address may fail to log in, or ask for recovery.

    Log-ins that go well are not counted. Each process of a server counts for itself.
    """

    enabled: bool = Field(True, description="Refuse addresses that come too often")
    window_minutes: float = Field(5, gt=0, description="Minutes in which is counted")
    failed_log_ins: int = Field(
        60, ge=1, description="Refused log-ins per address, of users and of nodes"
    )
    recoveries: int = Field(
        60, ge=1, description="Requests per address to replace a lost password or second factor"
    )


class Smtp(Block):
    """Mail server for messages to users."""

    server: str = Field("localhost", description="Host name of the mail server")
    port: int = Field(1025, ge=1, le=65535, description="Port of the mail server")
    username: str = Field("support@vantage6.ai", description="Account, and sender of the mails")
    password: SecretStr = Field(SecretStr(""), description="Password of the account")
    use_tls: bool = Field(True, alias="MAIL_USE_TLS", description="Upgrade with STARTTLS")
    use_ssl: bool = Field(False, alias="MAIL_USE_SSL", description="TLS from the first byte")
    email_token_validity_minutes: int = Field(
        60, ge=1, description="Minutes for which a recovery mail is valid"
    )
    minutes_between_mails: int = Field(
        5, ge=1, description="Minutes until the same user gets another recovery mail"
    )


class VpnServer(Block):
    """EduVPN portal that hands out configurations to nodes."""

    url: str = Field(description="Address of the portal, such as https://host/vpn-user-portal")
    portal_username: str = Field(description="Account at the portal")
    portal_userpass: SecretStr = Field(description="Password of that account")
    client_id: str = Field(description="OAuth client id")
    client_secret: SecretStr = Field(description="OAuth client secret")
    redirect_url: str = Field(description="OAuth redirect address")

    @field_validator("url")
    @classmethod
    def _encrypted(cls, url: str) -> str:
        # The password of the portal and the keys of nodes travel there.
        if not re.fullmatch(r"https://[^\s/]+(/[^\s?#]*)?", url):
            raise ValueError("must be an address that starts with https://")
        return url


class Debug(Block):
    """Extra messages for developers."""

    socketio: bool = Field(False, description="Log every socket packet")
    flask: bool = Field(False, description="Flask's debug mode; never in production")


class Images(Block):
    """Container images that the command line starts."""

    server: str | None = Field(None, description="Image of the server")
    ui: str | None = Field(None, description="Image of the user interface")


class Ui(Block):
    """User interface that the command line starts next to the server."""

    enabled: bool = Field(False, description="Start the user interface")
    port: int = Field(5001, ge=1, le=65535, description="Port that it listens to")


class ServerConfig(Block):
    """All settings of a server."""

    description: str = Field("", description="What this server is for")
    type: str | None = Field(
        None, description="Kind of environment; 'test' makes access tokens valid for a day"
    )
    ip: str = Field("127.0.0.1", description="Address that the server listens to")
    port: int = Field(5000, ge=1, le=65535, description="Port that the server listens to")
    api_path: str = Field("/api", description="Path below which all REST addresses are")
    uri: str = Field(
        "sqlite:///default.sqlite",
        description="Database as SQLAlchemy URI: SQLite or PostgreSQL; "
        "a relative SQLite path is placed in the data folder",
    )
    allow_drop_all: bool = Field(
        False, description="Let an import remove everything that is stored before"
    )
    jwt_secret_key: SecretStr | None = Field(
        None,
        min_length=16,
        description="Key that signs tokens; left out, one is made at the first start and kept",
    )
    token_expires_hours: float = Field(
        6, ge=0.5, description="Hours for which an access token is valid"
    )
    refresh_token_expires_hours: float = Field(
        48, description="Hours for which a refresh token is valid; more than an access token"
    )
    refresh_token_grace_seconds: float = Field(
        10,
        ge=0,
        description="Seconds for which a refresh token that was replaced is still accepted, for "
        "programs that ask with several threads",
    )
    two_factor_auth: bool = Field(False, description="Ask users for a second factor")
    password_policy: PasswordPolicy = Field(
        PasswordPolicy(), description="What happens after wrong passwords"
    )
    rate_limit: RateLimit = Field(
        RateLimit(), description="How often one address may fail to log in, or ask for recovery"
    )
    trusted_proxies: int = Field(
        0,
        ge=0,
        description="Number of proxies in front of the server that add to X-Forwarded-For; "
        "with too few, all clients share the address of the proxy, with too many, they choose "
        "their own",
    )
    smtp: Smtp = Field(Smtp(), description="Mail server for messages to users")
    support_email: str | None = Field(
        None, description="Address in mails where users find help; default is the sender"
    )
    rabbitmq_uri: SecretStr | None = Field(
        None, description="Message queue; needed only when several servers share the work"
    )
    vpn_server: VpnServer | None = Field(
        None, description="EduVPN portal; leave out when algorithms do not need direct connections"
    )
    cors_allowed_origins: tuple[str, ...] = Field(
        (), description="Web sites that may call this server from a browser"
    )
    container_token_days: float = Field(
        30,
        gt=0,
        description="Days after which a container's token ends, if its run has not before",
    )
    max_body_kb: int = Field(
        1024, ge=1, description="Largest request body that is not a payload, in kB"
    )
    max_payload_mb: int = Field(
        1024, ge=1, description="Largest task input or result that is accepted, in MB"
    )
    max_page_size: int = Field(100, ge=1, description="Most rows on one page of a list")
    debug: Debug = Field(Debug(), description="Extra messages for developers")
    logging: Logging = Field(Logging(), description="How much is logged, and where")
    directories: Directories = Field(
        Directories(), description="Folders to use instead of those of the system"
    )
    image: str | None = Field(None, description="Image of the server; for the command line")
    images: Images = Field(Images(), description="Images; for the command line")
    ui: Ui = Field(Ui(), description="User interface; for the command line")

    @field_validator("cors_allowed_origins")
    @classmethod
    def _origins(cls, origins: tuple[str, ...]) -> tuple[str, ...]:
        for origin in origins:
            if not re.fullmatch(r"https?://[^\s/*]+/?", origin):
                raise ValueError(
                    f"{origin!r} is no web site such as https://ui.example.org; "
                    "there is no sign for all of them"
                )
        return origins

    @field_validator("api_path")
    @classmethod
    def _absolute(cls, path: str) -> str:
        return "/" + path.strip("/") if path.strip("/") else ""

    @model_validator(mode="after")
    def _refresh_lives_longer(self) -> Self:
        if self.refresh_token_expires_hours <= self.token_expires_hours:
            raise ValueError("refresh_token_expires_hours must be more than token_expires_hours")
        return self

    @property
    def access_token_hours(self) -> float:
        """Hours for which an access token is really valid."""
        return 24.0 if self.type == "test" else self.token_expires_hours

    @property
    def support_address(self) -> str:
        """Where users find help."""
        return self.support_email or self.smtp.username


def database_uri(uri: str, data_folder: Path) -> str:
    """The URI with a relative SQLite path placed in the data folder, which is made if need be.

    Raises
    ------
    ConfigurationError
        When it is not the URI of a database that the server can use.
    """
    # The command line derives its questions from the models above, and must stay fast.
    from sqlalchemy import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        url = make_url(uri)
    except (ArgumentError, ValueError) as error:
        raise ConfigurationError("uri: is not an SQLAlchemy URI") from error
    if url.get_backend_name() not in {"sqlite", "postgresql", "postgres"}:
        raise ConfigurationError("uri: the database must be SQLite or PostgreSQL")
    if url.get_backend_name() != "sqlite":
        return uri
    if not url.database or url.database == ":memory:":
        raise ConfigurationError("uri: SQLite needs a file, such as sqlite:///server.sqlite")
    file = data_folder / url.database  # an absolute path stays itself
    file.parent.mkdir(parents=True, exist_ok=True)
    return url.set(database=str(file)).render_as_string(hide_password=False)


def secret_file(data_folder: Path) -> Path:
    """Where the key that signs tokens is kept, when the configuration has none."""
    return data_folder / _SECRET_FILE


def jwt_secret(config: ServerConfig, data_folder: Path) -> str:
    """Key that signs tokens: the configured one, or one that is made once and kept.

    Notes
    -----
    The file is readable by its owner only, and appears with its content in one step: processes
    that start together all read the same key.
    """
    if config.jwt_secret_key is not None:
        return config.jwt_secret_key.get_secret_value()
    file = secret_file(data_folder)
    if not file.exists():
        data_folder.mkdir(parents=True, exist_ok=True)
        draft = data_folder / f"{_SECRET_FILE}.{os.getpid()}.{secrets.token_hex(4)}"
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as stream:
            stream.write(secrets.token_urlsafe(_SECRET_BYTES))
        try:
            os.link(draft, file)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return file.read_text("ascii")

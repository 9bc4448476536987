"""Configuration of the server."""

import os
import stat
from concurrent.futures import ThreadPoolExecutor

import pytest
from pydantic import ValidationError
from vantage6.common.errors import ConfigurationError
from vantage6.server.config import ServerConfig, database_uri, jwt_secret

KEY = "k" * 32

FULL_3X = {
    "description": "Test",
    "type": "test",
    "ip": "0.0.0.0",  # noqa: S104
    "port": "5000",
    "api_path": "/api",
    "uri": "sqlite:///test.sqlite",
    "allow_drop_all": "True",
    "jwt_secret_key": KEY,
    "token_expires_hours": "6",
    "refresh_token_expires_hours": 48.5,
    "two_factor_auth": False,
    "password_policy": {"max_failed_attempts": 5, "inactivation_minutes": 15},
    "smtp": {
        "server": "smtp.example.org",
        "port": 587,
        "username": "support@example.org",
        "password": "secret",
        "MAIL_USE_TLS": True,
        "MAIL_USE_SSL": False,
    },
    "support_email": "help@example.org",
    "rabbitmq_uri": "amqp://user:pass@host:5672/vhost",
    "debug": {"socketio": False, "flask": False},
    "logging": {"level": "DEBUG", "file": "test.log", "use_console": True, "max_size": 1024},
    "images": {"server": "registry.example/server:3"},
    "ui": {"enabled": True, "port": 8080},
}


def test_configuration_of_3x_is_understood():
    config = ServerConfig.model_validate(FULL_3X)
    assert (config.port, config.allow_drop_all) == (5000, True)
    assert config.access_token_hours == 24
    assert config.support_address == "help@example.org"


def test_defaults_are_enough_to_start():
    config = ServerConfig()
    assert (config.ip, config.port, config.api_path) == ("127.0.0.1", 5000, "/api")
    assert config.access_token_hours == 6
    assert config.support_address == config.smtp.username
    assert config.cors_allowed_origins == ()


@pytest.mark.parametrize(
    ("given", "path"), [("api/", "/api"), ("/sub/api", "/sub/api"), ("", ""), ("/", "")]
)
def test_api_path_has_one_form(given, path):
    assert ServerConfig(api_path=given).api_path == path


@pytest.mark.parametrize(
    "wrong",
    [
        {"token_expires_hours": 0.1},
        {"token_expires_hours": 10, "refresh_token_expires_hours": 10},
        {"jwt_secret_key": "short"},
        {"port": 70000},
        {"apikey": "x"},
    ],
)
def test_wrong_values_are_refused(wrong):
    with pytest.raises(ValidationError):
        ServerConfig(**wrong)


def test_secrets_are_not_shown():
    shown = repr(ServerConfig.model_validate(FULL_3X))
    assert KEY not in shown
    assert "user:pass" not in shown


def test_relative_sqlite_file_is_in_the_data_folder(tmp_path):
    uri = database_uri("sqlite:///sub/server.sqlite", tmp_path / "data")
    assert uri == f"sqlite:///{tmp_path}/data/sub/server.sqlite"
    assert (tmp_path / "data" / "sub").is_dir()


def test_absolute_sqlite_file_and_other_databases_stay_as_they_are(tmp_path):
    absolute = f"sqlite:///{tmp_path}/server.sqlite"
    assert database_uri(absolute, tmp_path / "data") == absolute
    postgres = "postgresql://user:secret@host/name"
    assert database_uri(postgres, tmp_path) == postgres


@pytest.mark.parametrize("uri", ["", "nonsense", "mysql://host/name", "sqlite://"])
def test_unusable_databases_are_refused(uri, tmp_path):
    with pytest.raises(ConfigurationError, match="uri"):
        database_uri(uri, tmp_path)


def test_configured_key_is_used_and_not_written(tmp_path):
    assert jwt_secret(ServerConfig(jwt_secret_key=KEY), tmp_path) == KEY
    assert list(tmp_path.iterdir()) == []


def test_generated_key_survives_a_restart_and_is_readable_by_its_owner_only(tmp_path):
    first = jwt_secret(ServerConfig(), tmp_path / "data")
    assert jwt_secret(ServerConfig(), tmp_path / "data") == first
    (file,) = (tmp_path / "data").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert len(first) >= 64


def test_processes_that_start_together_read_the_same_key(tmp_path):
    with ThreadPoolExecutor(8) as processes:
        keys = set(processes.map(lambda _: jwt_secret(ServerConfig(), tmp_path), range(16)))
    assert len(keys) == 1
    assert os.listdir(tmp_path) == ["jwt_secret"]  # noqa: PTH208


def test_key_of_a_process_that_was_faster_is_used(tmp_path, monkeypatch):
    (tmp_path / "jwt_secret").write_text("from the other process")
    exists = type(tmp_path).exists
    monkeypatch.setattr(type(tmp_path), "exists", lambda path: path.parent != tmp_path)
    key = jwt_secret(ServerConfig(), tmp_path)
    monkeypatch.setattr(type(tmp_path), "exists", exists)
    assert key == "from the other process"


@pytest.mark.parametrize(
    "origin",
    ["*", "https://*.example.org", "ui.example.org", "null", "https://a.example/path", ""],
)
def test_what_is_no_web_site_is_refused_as_origin(origin):
    with pytest.raises(ValidationError, match="cors_allowed_origins"):
        ServerConfig(cors_allowed_origins=[origin])


def test_web_sites_are_accepted_as_origins():
    origins = ("https://ui.example.org", "http://localhost:8080", "https://ui.example.org/")

    assert ServerConfig(cors_allowed_origins=origins).cors_allowed_origins == origins
    assert ServerConfig().cors_allowed_origins == ()


@pytest.mark.parametrize(
    "url", ["http://vpn.example.org", "vpn.example.org", "https://", "https://a b"]
)
def test_the_portal_of_the_vpn_is_asked_over_tls_only(url):
    names = ("portal_username", "portal_userpass", "client_id", "client_secret", "redirect_url")
    block = dict.fromkeys(names, "x")

    assert ServerConfig(vpn_server=block | {"url": "https://vpn.example.org/portal"})
    with pytest.raises(ValidationError, match="https"):
        ServerConfig(vpn_server=block | {"url": url})

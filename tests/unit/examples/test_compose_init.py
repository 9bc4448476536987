"""What docker-compose.yml makes before the first start, without containers."""

import importlib.util
import stat
from pathlib import Path
from types import SimpleNamespace

import bcrypt
import pytest
from cryptography import x509
from cryptography.x509.verification import PolicyBuilder, Store
from tests.fakes.authority import Authority
from vantage6.common.config.loader import load
from vantage6.common.errors import ConfigurationError
from vantage6.server.config import ServerConfig

COMPOSE = Path(__file__).resolve().parents[3] / "examples" / "compose"
VOLUMES = ("secrets", "settings", "server", "postgres", "rabbitmq", "registry", "certificates")


@pytest.fixture(scope="module")
def init():
    spec = importlib.util.spec_from_file_location("compose_init", COMPOSE / "init.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def host(init, tmp_path):
    """The volumes, and the program that fills them."""
    for name in VOLUMES:
        (tmp_path / name).mkdir()
    settings = tmp_path / "settings" / "server.yaml"
    settings.write_bytes((COMPOSE / "server.yaml").read_bytes())
    owned = []

    def up(name="v6.example.org"):
        init.prepare(init.Folders(tmp_path), name, owned.append)

    def certificate(file="server.pem"):
        return x509.load_pem_x509_certificate((tmp_path / "certificates" / file).read_bytes())

    return SimpleNamespace(
        folder=tmp_path, settings=settings, owned=owned, up=up, certificate=certificate
    )


def contents(folder):
    return {file: file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def test_the_server_gets_its_settings_with_everything_that_it_must_know(host):
    host.up()

    file = host.folder / "server" / "server.yaml"
    settings = load(file, ServerConfig).settings
    database = (host.folder / "postgres" / "password").read_text()
    assert settings.uri == f"postgresql+psycopg://vantage6:{database}@postgres/vantage6"
    assert settings.rabbitmq_uri.get_secret_value().endswith("@rabbitmq:5672//")
    assert len(settings.jwt_secret_key.get_secret_value()) > 64
    assert settings.trusted_proxies == 1
    assert settings.description == "vantage6 server"
    assert host.owned == [file]


def test_only_its_owner_reads_a_secret_that_its_service_reads_as_root(host):
    host.up()

    closed = [*(host.folder / "secrets").glob("*-password"), host.folder / "secrets" / "token-key"]
    closed += [host.folder / "server" / "server.yaml", host.folder / "certificates" / "server.key"]
    closed += [host.folder / "registry" / "htpasswd", host.folder / "secrets" / "authority.key"]
    assert len(closed) == 8
    assert {stat.S_IMODE(file.stat().st_mode) for file in closed} == {0o400}


def test_the_next_start_changes_nothing(host):
    host.up()
    before = contents(host.folder)

    host.up()

    assert contents(host.folder) == before


def test_two_deployments_share_no_secret(init, host, tmp_path_factory):
    other = tmp_path_factory.mktemp("other")
    for name in VOLUMES:
        (other / name).mkdir()
    (other / "settings" / "server.yaml").write_bytes(host.settings.read_bytes())
    host.up()
    init.prepare(init.Folders(other), "v6.example.org", host.owned.append)

    ours, theirs = (set(contents(folder / "secrets").values()) for folder in (host.folder, other))
    assert len(ours) == 6
    assert not ours & theirs


def test_the_registry_knows_the_password(host):
    host.up()

    name, _, hashed = (host.folder / "registry" / "htpasswd").read_bytes().partition(b":")
    password = (host.folder / "secrets" / "registry-password").read_bytes()
    assert name == b"vantage6"
    assert bcrypt.checkpw(password, hashed.strip())


def test_a_change_of_the_settings_reaches_the_server_and_keeps_the_secrets(host):
    host.up()
    before = load(host.folder / "server" / "server.yaml", ServerConfig).settings

    host.settings.write_text("environments:\n  acc:\n    two_factor_auth: true\n")
    host.up()

    loaded = load(host.folder / "server" / "server.yaml", ServerConfig)
    assert loaded.environment == "acc"
    assert loaded.settings.two_factor_auth
    assert loaded.settings.jwt_secret_key == before.jwt_secret_key


def test_a_wrong_setting_is_told_with_its_line_before_anything_starts(host):
    host.settings.write_text("environments:\n  prod:\n    two_factor_aut: true\n")

    with pytest.raises(ConfigurationError, match=r"line 3.*did you mean 'two_factor_auth'"):
        host.up()

    assert not (host.folder / "server" / "server.yaml").exists()


def test_the_certificate_is_for_the_host_and_of_the_authority(host):
    host.up()

    trusted = PolicyBuilder().store(Store([host.certificate("authority.pem")]))
    verifier = trusted.build_server_verifier(x509.DNSName("v6.example.org"))
    assert verifier.verify(host.certificate(), [])


def test_another_name_gets_another_certificate_of_the_same_authority(host):
    host.up()
    before = host.certificate(), host.certificate("authority.pem")

    host.up("other.example.org")

    assert host.certificate() != before[0]
    assert host.certificate("authority.pem") == before[1]


def test_a_certificate_of_this_host_that_soon_ends_is_renewed(host, init):
    ending = Authority(host.folder, init.AUTHORITY).certificate("v6.example.org")
    ending.file.rename(host.folder / "certificates" / "server.pem")
    before = host.certificate()

    host.up()

    assert host.certificate().not_valid_after_utc > before.not_valid_after_utc


def test_a_certificate_of_somebody_else_is_left_alone(host):
    own = Authority(host.folder).certificate("v6.example.org")
    folder = host.folder / "certificates"
    own.file.rename(folder / "server.pem")
    own.key_file.rename(folder / "server.key")
    before = contents(folder)

    host.up("another.example.org")

    assert contents(folder) == before

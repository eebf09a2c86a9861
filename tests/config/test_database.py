"""Where all state lies: an address in digest.toml, without its password."""

from __future__ import annotations

import pytest

from digest import config
from digest.config import parse
from digest.domain.errors import ConfigurationError
from digest.domain.model import Finding
from tests.jobs.conftest import CONFIGURATION


def _found(address: str) -> Finding:
    with pytest.raises(ConfigurationError) as caught:
        parse(f'database = "{address}"\n{CONFIGURATION}')
    [finding] = caught.value.findings
    return finding


@pytest.mark.parametrize(
    "address",
    [
        "",
        "postgresql+psycopg://digest@db.example.org/digest",
        "postgresql+psycopg://db.example.org:5433/digest?sslmode=verify-full",
        "postgresql+psycopg://digest@/digest?host=/run/postgresql",
    ],
)
def test_an_address_without_a_password_is_taken_as_it_stands(address: str) -> None:
    assert parse(f'database = "{address}"\n{CONFIGURATION}').database == address


def test_without_a_word_about_it_all_lies_in_a_file() -> None:
    assert parse(CONFIGURATION).database == ""


@pytest.mark.parametrize(
    "address",
    [
        "postgresql+psycopg://digest:open-sesame@db.example.org/digest",
        "postgresql+psycopg://digest:@db.example.org/digest",
        "postgresql+psycopg://digest@db.example.org/digest?password=open-sesame",
        "mysql://digest:open-sesame@db.example.org/digest",
    ],
)
def test_a_password_in_the_file_is_refused_with_its_line_and_not_repeated(address: str) -> None:
    finding = _found(address)
    assert finding.where == "digest.toml:1"
    assert finding.what == "A password stands in the file."
    assert finding.mend == "Put it into DIGEST_DATABASE_PASSWORD and remove it here."


@pytest.mark.parametrize(
    "address",
    [
        "mysql://digest@db.example.org/digest",
        "postgresql://digest@db.example.org/digest",
        "postgres://digest@db.example.org/digest",
        "sqlite:///digest.db",
        "digest.db",
        "postgresql+psycopg://digest@db.example.org",
        "postgresql+psycopg://digest@db.example.org/",
        "postgresql+psycopg://digest@db.example.org:0/digest",
    ],
)
def test_what_names_no_database_of_postgresql_is_refused_with_what_to_write(address: str) -> None:
    finding = _found(address)
    assert finding.where == "digest.toml:1"
    assert address in finding.what
    assert "postgresql+psycopg://digest@db.example.org/digest" in finding.mend


def test_a_database_on_no_machine_is_refused() -> None:
    assert "on which machine" in _found("postgresql+psycopg:///digest").what


def test_what_is_no_address_at_all_is_refused() -> None:
    assert "no address" in _found("postgresql+psycopg://[::1/digest").what
    assert "no address" in _found("postgresql+psycopg://db:many/digest").what


def test_the_password_comes_from_the_environment_or_a_file_named_there(
    monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    assert config.database_password() == ""
    monkeypatch.setenv("DIGEST_DATABASE_PASSWORD", "open sesame")
    assert config.database_password() == "open sesame"
    file = f"{tmp_path}/password"
    with open(file, "w") as out:
        out.write("from a file\n")
    monkeypatch.setenv("DIGEST_DATABASE_PASSWORD_FILE", file)
    assert config.database_password() == "from a file"
    monkeypatch.setenv("DIGEST_DATABASE_PASSWORD_FILE", f"{tmp_path}/nowhere")
    with pytest.raises(ConfigurationError, match="cannot be read"):
        config.database_password()

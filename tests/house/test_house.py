from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT

MODULES = sorted((ROOT / "digest").rglob("*.py"))
TEXTS = [
    file
    for pattern in ("*.md", "*.toml", "*.lock", "Makefile", ".ci/run", "docs/**/*.md", "digest/**/*", "templates/**/*")
    for file in ROOT.glob(pattern)
    if file.is_file() and file.suffix not in (".pyc", ".png", ".npy")
]

#: third-party package -> the rooms that may import it
DOORS = {
    "aiosmtpd": ["transports/sink.py"],
    "Stemmer": ["stages/group/words.py"],
    "alembic": ["store/"],
    "argon2": ["app/phrases.py"],
    "apscheduler": ["app/clock.py"],
    "brotli": ["net/"],
    "cryptography": ["app/factors.py", "feedback/hooks/keys.py", "transports/dkim/keys.py"],
    "cssselect": ["sources/page/", "config/sourcing.py", "stages/review/"],
    "dateparser": ["sources/"],
    "dns": ["net/exchangers.py", "net/records.py"],
    "email_validator": ["config/", "stages/roster/addresses.py", "web/"],
    "fastapi": ["web/"],
    "fastcluster": ["stages/group/"],
    "feedparser": ["sources/feed"],
    "flufl": ["feedback/report.py"],
    "frontmatter": ["sources/file.py"],
    "httpcore2": ["net/"],
    "imapclient": ["feedback/imap.py"],
    "jinja2": ["stages/render/", "web/"],
    "limits": ["web/"],
    "lxml": ["sources/page/", "sources/discover.py", "sources/sitemap.py", "stages/render/", "stages/review/"],
    "markdown_it": ["sources/file.py"],
    "markupsafe": ["stages/render/"],
    "mjml": ["stages/render/"],
    "multipart": ["web/uploading.py"],
    "nh3": ["stages/collect/"],
    "numpy": ["encoders/", "jobs/vectors.py", "stages/group/"],
    "oauthlib": ["app/grant.py"],
    "onnxruntime": ["encoders/minilm.py"],
    "pebble": ["children/"],
    "PIL": ["pictures/"],
    "premailer": ["stages/render/"],
    "procrastinate": ["queue/"],
    "protego": ["net/"],
    "psycopg": ["store/postgresql.py"],
    "pydantic": ["config/", "web/api/"],
    "pydantic_core": ["config/"],
    "py3langid": ["encoders/language.py"],
    "pyotp": ["app/factors.py"],
    "rapidfuzz": ["stages/dedupe.py"],
    "rich": ["cli/"],
    "safetensors": ["encoders/wordllama.py"],
    "segno": ["web/desk/"],
    "sentencex": ["sources/feed/", "stages/layout/", "stages/collect/"],
    "smtplib": [],
    "sqlalchemy": ["store/"],
    "starlette": ["web/"],
    "subprocess": ["app/crew.py", "app/sink.py"],
    "tinycss2": ["stages/review/lint/"],
    "tokenizers": ["encoders/"],
    "tomlkit": ["config/"],
    "trafilatura": ["sources/article.py"],
    "tree_sitter": ["config/"],
    "tree_sitter_toml": ["config/"],
    "typer": ["cli/"],
    "uvicorn": ["web/"],
    "w3lib": ["stages/collect/", "sources/page/", "net/"],
    "yaml": ["sources/file.py"],
}


def tree(module: Path) -> ast.Module:
    return ast.parse(module.read_text(encoding="utf8"))


def imports(module: Path) -> Iterator[str]:
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.Import):
            yield from (name.name.split(".")[0] for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.split(".")[0]


def test_each_package_from_outside_has_its_one_door() -> None:
    import sys

    own = set(sys.stdlib_module_names) - DOORS.keys() | {"digest"}
    for module in MODULES:
        place = module.relative_to(ROOT / "digest").as_posix()
        for name in set(imports(module)) - own:
            assert name in DOORS, f"{place} imports {name}, which has no door in this test and in DESIGN.md"
            assert any(place.startswith(door) for door in DOORS[name]), f"{place} imports {name}"


def test_every_dependency_is_declared_used_and_has_its_reason_in_the_design() -> None:
    import re
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    names = [re.split(r"[<>=]", line)[0] for line in project["dependencies"]]
    design = (ROOT / "DESIGN.md").read_text()
    missing = [name for name in names if f"`{name}`" not in design]
    assert not missing


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.relative_to(ROOT).as_posix())
def test_a_module_has_at_most_400_lines_and_its_functions_50(module: Path) -> None:
    assert len(module.read_text(encoding="utf8").splitlines()) <= 400
    if "migrations" in module.parts:
        return
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno is not None
            assert node.end_lineno - node.lineno < 50, node.name


def test_code_has_one_colour() -> None:
    coloured = {
        module.relative_to(ROOT / "digest").as_posix()
        for module in MODULES
        if any(isinstance(node, ast.AsyncFunctionDef) for node in ast.walk(tree(module)))
    }
    assert coloured <= {"transports/sink.py", "web/bounds.py", "web/desk/editions/live.py", "queue/waiting.py"}


def test_no_room_is_a_box_of_odds_and_ends() -> None:
    assert not {module.stem for module in MODULES} & {"utils", "util", "helpers", "common", "core", "misc"}


def test_nothing_is_put_off() -> None:
    words = ("TO" + "DO", "FIX" + "ME", "XX" + "X")
    for file in TEXTS:
        text = file.read_text(encoding="utf8")
        assert not [word for word in words if word in text], file


def test_no_file_names_a_registry_or_a_path_of_this_machine() -> None:
    for file in TEXTS:
        text = file.read_text(encoding="utf8")
        # spelled in two parts, or this file would name them itself
        for word in ("pypi" + ".org", "pythonhosted" + ".org", "registry.npm" + "js", "/wo" + "rk/", "/opt/" + "pypi"):
            assert word not in text, file


def test_lock_files_pin_every_package_with_hashes() -> None:
    for name in ("requirements.lock", "requirements-postgres.lock", "requirements-dev.lock"):
        text = (ROOT / name).read_text()
        assert "://" not in text
        blocks = [
            block for block in text.replace("\\\n", " ").splitlines() if block and not block.startswith((" ", "#"))
        ]
        assert len(blocks) > 50
        assert all("==" in block and "--hash=sha256:" in block for block in blocks)


def test_the_development_lock_holds_the_same_versions() -> None:
    def pins(name: str) -> set[str]:
        lines = (ROOT / name).read_text().splitlines()
        return {line.split(" ")[0] for line in lines if "==" in line and not line.startswith((" ", "#"))}

    assert pins("requirements.lock") <= pins("requirements-postgres.lock") <= pins("requirements-dev.lock")

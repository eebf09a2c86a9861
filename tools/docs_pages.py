"""What `make docs` does besides mkdocs: texts at the top of the repository are pages, and the theme asks nobody.

DESIGN.md, CHANGELOG.md, CONTRIBUTING.md and the commands of README.md stand where developers look for them, and are not
copied: each is a page made of that file. mkdocs calls the functions by their names (mkdocs.yml, hooks).
"""

from __future__ import annotations

import posixpath
import re
import shutil
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

ROOT = Path(__file__).parent.parent
#: page -> the file that it is made of
PAGES = {
    "design.md": "DESIGN.md",
    "changes.md": "CHANGELOG.md",
    "contributing.md": "CONTRIBUTING.md",
    "commands.md": "README.md",
}
#: pages whose file serves other readers as well: the first and the last heading of what is shown
_PARTS = {"commands.md": ("## Commands", "## What it does not do yet")}
#: the sign of the desk stands on the documentation as well
_SIGN = ("mark.svg", "digest/web/desk/pages/mark.svg")
#: what the theme would ask another machine for, if a page had a diagram or a repository's numbers; ours have neither
_ELSEWHERE = re.compile(r"https://(?:unpkg\.com|api\.github\.com|fonts\.g[a-z]+\.com|bit\.ly)[^\s\"'`)]*")
_LINK = re.compile(r"\[((?:`[^`]*`|[^\]`])*)\]\(((?!https?:|mailto:|#)[^)\s#]+)(#[^)\s]*)?\)")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that are made of files elsewhere."""
    for page, name in PAGES.items():
        files.append(File.generated(config, page, content=_text(page, name)))
    files.append(File.generated(config, _SIGN[0], abs_src_path=str(ROOT / _SIGN[1])))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Let links lead to the pages of this site; what is no page of it is named without a link."""
    home = "" if page.file.src_uri in PAGES else "docs"

    def led(found: re.Match[str]) -> str:
        words, target, part = found[1], found[2], found[3] or ""
        where = posixpath.normpath(posixpath.join(home, target))
        if where.startswith("docs/"):
            return f"[{words}]({where.removeprefix('docs/')}{part})"
        made = next((one for one, name in PAGES.items() if name == where), "")
        return f"[{words}]({made}{part})" if made else words

    return _LINK.sub(led, markdown)


def on_post_page(output: str, **_: Any) -> str:
    """Say to who hears the page what its dialog is for: the theme leaves it without a name."""
    search = 'data-md-component="search" role="dialog"'
    return output.replace(search, f'{search} aria-label="Search"')


def on_post_build(config: MkDocsConfig) -> None:
    """Take out of the theme's scripts the addresses of other machines, and what no page of ours needs."""
    site = Path(config.site_dir)
    # endings of words in other languages than the one that we write
    shutil.rmtree(site / "assets" / "javascripts" / "lunr", ignore_errors=True)
    for source in site.rglob("*.map"):
        source.unlink()
    for script in site.rglob("*.js"):
        text = script.read_text(encoding="utf8")
        script.write_text(_ELSEWHERE.sub("#", text), encoding="utf8")


def _text(page: str, name: str) -> str:
    text = (ROOT / name).read_text(encoding="utf8")
    if page not in _PARTS:
        return text
    first, last = _PARTS[page]
    part = text[text.index(first) : text.index(last)]
    # the part is a page of its own: its headings stand a step higher
    return re.sub(r"^#(#+ )", r"\1", part, flags=re.MULTILINE)

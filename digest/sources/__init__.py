"""In: one module a kind. A new kind is one module with `read(document)` and one line in KINDS."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from importlib import import_module
from pathlib import Path

from digest.domain.errors import DigestError, DocumentError, FetchError
from digest.domain.model import Document, Finding, Gathered, Reading, Severity, Source, Validators
from digest.net.fetch import Web
from digest.stages.collect import cleaned

Read = Callable[[Document], Reading]

#: kind -> module; imported when first used, since each brings its own parsers
KINDS: Mapping[str, str] = {
    "feed": "digest.sources.feed",
    "page": "digest.sources.page",
    "file": "digest.sources.file",
}
#: files of a folder that are read, by their endings
ENDINGS = (".md", ".markdown", ".txt", ".csv")
#: a file larger than this is no text of insights
MOST_BYTES = 10 * 1024 * 1024


def read(kind: str, document: Document) -> Reading:
    """Read a document as a source of this kind; everything in the result is cleaned.

    Raises DocumentError where it cannot be read as that.
    """
    reader: Read = import_module(KINDS[kind]).read
    return cleaned(reader(document), document)


def gather(source: Source, validators: Validators, folder: Path) -> Gathered:
    """Ask a source once.

    folder: the workspace, for sources of files. Raises DigestError where it cannot be had or read.
    """
    if source.kind == "file":
        return Gathered(reading=_files(source, folder))
    with Web() as web:
        fetched = web.fetch(source.address, validators, allow_private=source.allow_private)
    if fetched.content is None:
        return Gathered(reading=None, validators=fetched.validators)
    document = Document(
        content=fetched.content,
        base=fetched.address,
        name=source.address,
        content_type=fetched.content_type,
        language=source.language,
    )
    return Gathered(reading=read(source.kind, document), validators=fetched.validators)


def from_disk(path: Path, base: str = "", language: str = "en") -> Document:
    """Return a file as a document.

    Raises FetchError where it cannot be read.
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            raise FetchError(f"{path} is larger than {MOST_BYTES // 1024 // 1024} MB.", "Give a smaller file.")
        return Document(content=path.read_bytes(), base=base, name=str(path), language=language)
    except OSError as fault:
        raise FetchError(f"{path} cannot be read: {fault.strerror}.", "Check the path and its permissions.") from fault


def _files(source: Source, folder: Path) -> Reading:
    path = folder / source.address
    if not path.is_dir():
        return read("file", from_disk(path, source.website, source.language))
    files = [one for one in sorted(path.iterdir()) if one.suffix.lower() in ENDINGS and one.is_file()]
    if not files:
        raise DocumentError(f"The folder {path} holds no file that ends with {', '.join(ENDINGS)}.")
    readings = [_file(file, source) for file in files]
    return replace(
        readings[0],
        items=tuple(item for reading in readings for item in reading.items),
        findings=tuple(finding for reading in readings for finding in reading.findings),
    )


def _file(file: Path, source: Source) -> Reading:
    """Read one file of a folder; what is wrong with it is a finding, and the others go on."""
    try:
        return read("file", from_disk(file, source.website, source.language))
    except DigestError as fault:
        finding = Finding(
            code="collect.file",
            severity=Severity.LOOK_AT,
            where=source.id,
            what=fault.what,
            why="Nothing came from this file; all others of the folder were read.",
            mend=fault.mend,
        )
        return Reading(findings=(finding,), is_markup=False)

"""Asking: a source is fetched, read and cleaned; so is the page of one of its articles."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from digest.domain.errors import DigestError, DocumentError
from digest.domain.model import (
    NO_VALIDATORS,
    Article,
    Document,
    Finding,
    Gathered,
    Reading,
    Severity,
    Source,
    Validators,
)
from digest.net.fetch import Fetched, Web
from digest.sources import ENDINGS, from_disk
from digest.sources.reader import Reader

#: kinds that were made for programs; whoever offers one wants it asked, so that robots.txt is not
_FOR_PROGRAMS = ("feed",)


class Asking:
    """Asks sources: fetches what they give, politely, and reads it within limits. Threads may share it."""

    def __init__(self, folder: Path, web: Web, reader: Reader) -> None:
        """folder: the workspace, for sources of files."""
        self._folder = folder
        self._web = web
        self._reader = reader

    def gather(self, source: Source, known: Validators) -> Gathered:
        """Ask a source once; `known` is what is known of its last answer.

        Raises DigestError where it cannot be had or read.
        """
        if source.kind == "file":
            return self._files(source, known)
        fetched = self.fetch(source, source.address, known)
        if fetched.content is None:
            return Gathered(reading=None, validators=known, moved_to=fetched.moved_to)
        validators = replace(fetched.validators, body=hashlib.sha256(fetched.content).hexdigest())
        if validators.body == known.body:
            return Gathered(reading=None, validators=validators, moved_to=fetched.moved_to)
        reading = self._reader.read(source.kind, document_of(source, fetched))
        if reading.further:
            # its parts may change while it stays the same: it is read anew each time
            return Gathered(reading=self._with_parts(source, reading), moved_to=fetched.moved_to)
        return Gathered(reading=reading, validators=validators, moved_to=fetched.moved_to)

    def article(self, source: Source, link: str) -> Article:
        """Ask the page of one of a source's articles.

        Raises DigestError where it cannot be had or read.
        """
        fetched = self.fetch(replace(source, kind="page"), link, NO_VALIDATORS)
        return self._reader.read_article(document_of(source, fetched))

    def fetch(self, source: Source, address: str, known: Validators) -> Fetched:
        """Get an address as this source allows it."""
        return self._web.fetch(
            address, known, allow_private=source.allow_private, as_robot=source.kind not in _FOR_PROGRAMS
        )

    def read(self, source: Source, document: Document) -> Reading:
        """Read a document as this source."""
        return self._reader.read(source.kind, document)

    def _with_parts(self, source: Source, index: Reading) -> Reading:
        return _joined([replace(index, further=()), *(self._part(source, address) for address in index.further)])

    def _part(self, source: Source, address: str) -> Reading:
        try:
            return self._reader.read(source.kind, document_of(source, self.fetch(source, address, NO_VALIDATORS)))
        except DigestError as fault:
            return _without(source, fault, "Nothing came from this part; all others were read.")

    def _files(self, source: Source, known: Validators) -> Gathered:
        path = self._folder / source.address
        if not path.is_dir():
            document = from_disk(path, source.website, source.language)
            validators = Validators(body=_seen([document]))
            same = validators == known
            return Gathered(reading=None if same else self._reader.read("file", document), validators=validators)
        files = [one for one in sorted(path.iterdir()) if one.suffix.lower() in ENDINGS and one.is_file()]
        if not files:
            raise DocumentError(f"The folder {path} holds no file that ends with {', '.join(ENDINGS)}.")
        return self._folder_of(source, files, known)

    def _folder_of(self, source: Source, files: Sequence[Path], known: Validators) -> Gathered:
        """Read the files of a folder; what is wrong with one of them is a finding, and the others go on."""
        documents, readings = [], []
        why = "Nothing came from this file; all others of the folder were read."
        for file in files:
            try:
                documents.append(from_disk(file, source.website, source.language))
            except DigestError as fault:
                readings.append(_without(source, fault, why))
        validators = Validators(body=_seen(documents))
        if validators == known and not readings:
            return Gathered(reading=None, validators=validators)
        for document in documents:
            try:
                readings.append(self._reader.read("file", document))
            except DigestError as fault:
                readings.append(_without(source, fault, why))
        faults = any(reading.findings for reading in readings)
        # a file that could not be read is named until it is mended
        return Gathered(reading=_joined(readings), validators=NO_VALIDATORS if faults else validators)


def document_of(source: Source, fetched: Fetched) -> Document:
    """Return what was fetched as a document of this source."""
    return Document(
        content=fetched.content or b"",
        base=fetched.address,
        name=source.address if fetched.address == source.address else fetched.address,
        content_type=fetched.content_type,
        language=source.language,
        selectors=source.selectors,
        under=source.under,
    )


def _joined(readings: Sequence[Reading]) -> Reading:
    """Return several readings as one: the first's head, everybody's items and findings."""
    return replace(
        readings[0],
        items=tuple(item for reading in readings for item in reading.items),
        findings=tuple(finding for reading in readings for finding in reading.findings),
    )


def _seen(documents: Sequence[Document]) -> str:
    digest = hashlib.sha256()
    for document in documents:
        for data in (document.name.encode(), document.content):
            digest.update(len(data).to_bytes(8, "big") + data)
    return digest.hexdigest()


def _without(source: Source, fault: DigestError, why: str) -> Reading:
    finding = Finding(
        code="collect.part", severity=Severity.LOOK_AT, where=source.id, what=fault.what, why=why, mend=fault.mend
    )
    return Reading(findings=(finding,), is_markup=False)

"""Render: blocks to the HTML and the text of a variant.

The way of the data::

    Layout -> email.mjml.j2 + blocks/{kind}.mjml.j2 -> MJML (well-formed XML, known tags only)
           -> mjml-python (Rust: mrml) -> HTML with style sheets
           -> premailer                -> HTML with inlined styles, media queries kept
    Layout -> email.txt.j2  + blocks/{kind}.txt.j2  -> text of 72 columns

Each step of `inlined` answers a measured fault of the packages (DESIGN.md, "From template to bytes").
The stage opens nothing: it is handed a function that gives a template's text.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping

import jinja2
from lxml import etree
from markupsafe import Markup

from digest.domain.errors import RenderError
from digest.domain.model import Layout
from digest.stages.render.inlining import inlined
from digest.stages.render.sandbox import Sandbox

#: gives a template's text by its name, or None where there is no such template
Loader = Callable[[str], str | None]

EMAIL = "email.mjml.j2"
TEXT = "email.txt.j2"
#: gives the program's own words by their key, in the language of the email (stages/words)
Say = Callable[..., str]
#: columns of the text alternative
COLUMNS = 72

# C0 and C1 controls that are no white space: XML forbids the first, mrml mangles the second
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]")
_MJML_LEFT = re.compile(r"</?mj-[a-z-]+")
_COMPONENT = re.compile(r"<(mj[\w-]*)")
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)

# the components that mrml knows and that the house allows: mj-include loses the width of the body,
# mj-hero and the interactive ones are not supported by enough clients
_COMPONENTS = frozenset(
    [
        "mjml",
        "mj-head",
        "mj-attributes",
        "mj-all",
        "mj-class",
        "mj-breakpoint",
        "mj-font",
        "mj-preview",
        "mj-style",
        "mj-title",
        "mj-body",
        "mj-button",
        "mj-column",
        "mj-divider",
        "mj-group",
        "mj-image",
        "mj-raw",
        "mj-section",
        "mj-social",
        "mj-social-element",
        "mj-spacer",
        "mj-table",
        "mj-text",
        "mj-wrapper",
    ]
)


# combining grapheme joiner, zero-width non-joiner, no-break space
_PADDING = Markup("&#847;&zwnj;&nbsp;") * 60


class Templates:
    """Compiled templates, in Jinja2's sandbox, autoescaped where they make MJML."""

    def __init__(self, load: Loader) -> None:
        def source(name: str) -> tuple[str, str, Callable[[], bool]] | None:
            text = load(name)
            return None if text is None else (text, name, lambda: True)

        self._environment = Sandbox(
            loader=jinja2.FunctionLoader(source),
            undefined=jinja2.StrictUndefined,
            autoescape=lambda name: name is not None and name.endswith(".mjml.j2"),
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=False,
        )
        self._environment.filters["wrap"] = _wrap

    def render(self, name: str, values: Mapping[str, object]) -> str:
        """Render the template `name`.

        Raises RenderError with the template's name and line for a missing template, a syntax error
        an undefined name, and what goes on for too long or makes too much.
        """
        self._environment.fresh()
        try:
            return self._environment.get_template(name).render(**values)
        except jinja2.TemplateNotFound as fault:
            raise RenderError(
                f"templates/{fault.name}", "This template is missing.", "Put it back, or take out what includes it."
            ) from fault
        except jinja2.TemplateSyntaxError as fault:
            where = f"templates/{fault.name or name}:{fault.lineno}"
            raise RenderError(where, f"Syntax error: {fault.message}.", "Mend that line.") from fault
        except (
            jinja2.TemplateError,
            ArithmeticError,
            LookupError,
            AttributeError,
            MemoryError,
            OverflowError,
            RecursionError,
            TypeError,
            ValueError,
        ) as fault:
            raise RenderError(_place(fault, name), f"{fault or type(fault).__name__}.", "Mend that line.") from fault


def html(layout: Layout, brand: Mapping[str, object], say: Say, templates: Templates) -> str:
    """Render the HTML of a variant: one file, styles inlined, ready for MIME."""
    return inlined(compiled(_mjml(layout, brand, say, templates)))


def text(layout: Layout, brand: Mapping[str, object], say: Say, templates: Templates) -> str:
    """Render the text alternative: 72 columns, at most one empty line in a row."""
    raw = templates.render(TEXT, _values(layout, brand, say))
    lines = [line.rstrip() for line in _CONTROLS.sub("", raw).splitlines()]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip() + "\n"


def fingerprint(*parts: str) -> str:
    """SHA-256 (hex) over the parts of a variant, each with its length before it."""
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode()
        digest.update(len(data).to_bytes(8, "big") + data)
    return digest.hexdigest()


def compiled(source: str) -> str:
    """Turn MJML into HTML with style sheets.

    Raises RenderError where it is not well-formed, holds a tag that is no MJML component, or leaves
    MJML in the result.
    """
    _check(source)
    # mrml writes attributes with Rust's debug format: a backslash is doubled, what is not ASCII
    # comes out as \u{..}; as character references both pass
    ascii_source = source.replace("\\", "&#92;").encode("ascii", "xmlcharrefreplace").decode("ascii")
    # imported late, like premailer: together they cost a command that renders nothing a third of a second
    import mjml

    # its own list of fonts would make premailer ask the network for style sheets
    made = mjml.mjml2html(ascii_source, fonts={})
    left = _MJML_LEFT.search(made) and _MJML_LEFT.search(_COMMENT.sub("", made))
    if left:
        raise RenderError(f"templates/{EMAIL}", f"{left.group()} was not understood.", "Use it where MJML allows it.")
    return made


def _mjml(layout: Layout, brand: Mapping[str, object], say: Say, templates: Templates) -> str:
    made = templates.render(EMAIL, _values(layout, brand, say))
    return _CONTROLS.sub("", made)


def _values(layout: Layout, brand: Mapping[str, object], say: Say) -> dict[str, object]:
    return {
        "brand": brand,
        "say": say,
        "subject": layout.subject,
        "preheader": layout.preheader,
        "open_graph": layout.open_graph,
        # keys of a block's fields are read as attributes in templates
        "blocks": [{"kind": block.kind, **block.fields} for block in layout.blocks],
        # mail clients show the first words of the body after the preheader: these fill the line
        "preheader_padding": _PADDING,
    }


def _check(source: str) -> None:
    try:
        tree = etree.fromstring(_without_entities(source).encode(), etree.XMLParser(resolve_entities=False))
    except etree.XMLSyntaxError as fault:
        line, column = fault.position
        raise RenderError(
            f"templates/{EMAIL}",
            f"The MJML is not well-formed: {fault.msg} (line {line}, column {column} of what was rendered).",
            "Close every tag, in the order in which they were opened.",
        ) from fault
    if _COMPONENTS.issuperset(_COMPONENT.findall(source)):
        return
    # what looked like another component may stand in a comment
    for element in tree.iter(etree.Element):
        tag = str(element.tag)
        if tag.startswith("mj") and tag not in _COMPONENTS:
            raise RenderError(
                f"templates/{EMAIL}", f"<{tag}> is not an MJML component this program uses.", "Use another one."
            )


def _without_entities(source: str) -> str:
    # XML knows five entities, HTML two thousand; for the check alone any other counts as a space
    return re.sub(r"&(?!amp;|lt;|gt;|quot;|apos;|#)[A-Za-z][A-Za-z0-9]*;", " ", source)


def _wrap(value: str, columns: int = COLUMNS, indent: str = "") -> str:
    """Break a text into lines of so many columns, a longer word alone in its own: half an address is no address.

    textwrap does the same in five times the time, which was half of that of a text of sixty stories.
    """
    lines: list[str] = []
    line = ""
    for word in str(value).split():
        if not line:
            line = f"{indent}{word}"
        elif len(line) + 1 + len(word) <= columns:
            line = f"{line} {word}"
        else:
            lines.append(line)
            line = f"{indent}{word}"
    return "\n".join([*lines, line])


def _place(fault: BaseException, name: str) -> str:
    # Jinja2 rewrites the traceback so that its frames name the template's own lines
    place = name, 0
    trace = fault.__traceback__
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename
        if file.endswith(".j2"):
            place = file, trace.tb_lineno
        trace = trace.tb_next
    return f"templates/{place[0]}:{place[1]}"

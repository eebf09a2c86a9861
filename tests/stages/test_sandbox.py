"""A template of a person's own comes to an end, and says where it went wrong."""

from __future__ import annotations

import time

import pytest

from digest.domain.errors import RenderError
from digest.stages.render import Templates
from digest.stages.render.sandbox import MOST_STEPS


def _render(text: str, **more: str) -> str:
    texts = {"own.mjml.j2": text, **{f"{name}.mjml.j2": words for name, words in more.items()}}
    return Templates(texts.get).render("own.mjml.j2", {"stories": ["a", "b", "c"], "title": "A title"})


ENDLESS = {
    "loops within loops": "x\n{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
    "a loop that is recursive": (
        "x\n{% for a in stories recursive %}{{ loop(stories) }}{{ loop(stories) }}{% endfor %}"
    ),
    "a macro that calls itself twice": (
        "x\n{% macro again(n) %}{% if n %}{{ again(n - 1) }}{{ again(n - 1) }}{% endif %}{% endmacro %}{{ again(60) }}"
    ),
    "a product of texts": 'x\n{{ "x" * 9999999999 }}',
    "a product of lists": "x\n{{ [1] * 9999999999 }}",
    "a power": "x\n{{ 9 ** 99999999 }}",
    "a wide number": 'x\n{{ "%9999999999d" % 1 }}',
    "a wide number by a filter": 'x\n{{ "%9999999999d"|format(1) }}',
    "a wide number by a method": 'x\n{{ "{:9999999999}".format(1) }}',
    "a wide text": 'x\n{{ "x".zfill(9999999999) }}',
    "a long range": "x\n{{ range(9999999999)|list|length }}",
}


@pytest.mark.parametrize("kind", ENDLESS)
def test_what_would_not_end_ends_soon_with_its_line(kind: str) -> None:
    began = time.process_time()
    with pytest.raises(RenderError) as told:
        _render(ENDLESS[kind])
    assert time.process_time() - began < 10
    assert str(told.value).startswith("templates/own.mjml.j2:2"), str(told.value)
    assert told.value.mend


def test_includes_that_include_themselves_twice_end() -> None:
    with pytest.raises(RenderError):
        _render("{% include 'other.mjml.j2' %}", other="{% include 'other.mjml.j2' %}{% include 'other.mjml.j2' %}")
    with pytest.raises(RenderError, match="goes on for more than"):
        # a little deep, and wide: no recursion error comes to help
        _render(
            "{% include 'a.mjml.j2' %}",
            a="{% for one in range(900) %}{% include 'b.mjml.j2' %}{% endfor %}",
            b="{% for one in range(900) %}{% include 'c.mjml.j2' %}{% endfor %}",
            c="x",
        )


@pytest.mark.parametrize(
    "words",
    [
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ title.__init__.__globals__ }}",
        "{{ cycler.__init__.__globals__.os }}",
        "{{ stories.append('d') }}",
        "{{ self._TemplateReference__context }}",
        "{{ [1, 2, 3]|random }}",
        "{{ lipsum() }}",
    ],
)
def test_what_reaches_inside_or_draws_lots_is_an_error_with_its_line(words: str) -> None:
    with pytest.raises(RenderError) as told:
        _render(f"x\n{words}")
    assert str(told.value).startswith("templates/own.mjml.j2:")


def test_what_people_write_works() -> None:
    text = """{% for one in stories %}
{{ loop.index }}/{{ loop.length }} {{ one|upper }}{{ "," if not loop.last }}{% endfor %};
{% for one in stories if one != "b" %}{{ loop.revindex }}{{ one }}{% else %}none{% endfor %};
{% for one in [] %}{% else %}nothing{% endfor %};
{{ "%s of %d"|format("b", 3) }}; {{ "-" * 3 }}; {{ 2 ** 10 }}; {{ 7 % 4 }}
{% macro bold(x) %}<b>{{ x }}</b>{% endmacro %}{{ bold("<i>") }} {{ "{}-{}".format(1, 2) }}"""
    assert " ".join(_render(text).split()) == (
        "1/3 A,2/3 B,3/3 C; 2a1c; nothing; b of 3; ---; 1024; 3 <b>&lt;i&gt;</b> 1-2"
    )


def test_each_rendering_has_all_its_steps() -> None:
    texts = {"own.mjml.j2": "{% for one in range(90000) %}{% endfor %}done"}
    templates = Templates(texts.get)
    for _ in range(MOST_STEPS // 90_000 + 2):
        assert templates.render("own.mjml.j2", {}) == "done"

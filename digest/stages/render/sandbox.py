"""Sandbox: templates reach nothing but what they are handed, and come to an end.

Jinja2's sandbox keeps a template from the program's inside and from long ranges. It does not keep loops within loops,
or macros and includes that call themselves twice, from running for years, nor a product from filling the memory. Here
each turn of a loop, each call and each include is a step, and a template has so many of them. What is drawn by lot is
not there at all: the same stories give the same bytes.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable, Iterator
from types import CodeType
from typing import Any

import jinja2
import jinja2.sandbox
from jinja2 import nodes
from jinja2.bccache import Bucket
from jinja2.compiler import CodeGenerator, Frame
from jinja2.environment import TemplateModule
from jinja2.runtime import LoopContext, Macro
from jinja2.utils import Namespace

#: turns of loops, calls and includes of one rendering; an email of sixty stories takes some two thousand
MOST_STEPS = 500_000
#: characters of a text, or elements of a list, that a product may make
LONGEST = 1_000_000
#: a power with a larger exponent is refused
MOST_POWER = 64
#: compiled templates that are kept; a workspace has some forty
MOST_KEPT = 500

#: filters that nothing here needs: some draw lots, some make as much as they are told to
_NOT_THERE = ("batch", "center", "indent", "random", "slice", "xmlattr")

#: what is known of a turn of a loop without reading ahead
_OF_A_LOOP = frozenset(("first", "index", "index0"))

#: what holds only what templates put into it, under names without a “_” before them
_OF_TEMPLATES = (Namespace, TemplateModule)

# a width of five digits in “%99999d” or “{:99999}”
_WIDE = re.compile(r"\d{5}")


class TooMuch(jinja2.TemplateRuntimeError):
    """A template goes on for too long, or makes too much."""


class _Kept(jinja2.BytecodeCache):
    """What templates were compiled to, for all environments of this process.

    Compiling those of one email takes a quarter of a second, and a program that runs for weeks makes an environment
    anew with every change of the configuration. Only texts that are the same to the character share it.
    """

    def __init__(self) -> None:
        self._codes: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Hand over what the same text under the same name was compiled to."""
        bucket.code = self._codes.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was compiled; with very many, begin anew."""
        if len(self._codes) >= MOST_KEPT:
            self._codes.clear()
        assert bucket.code is not None
        self._codes[bucket.key, bucket.checksum] = bucket.code


_KEPT = _Kept()


class _Stepping(CodeGenerator):
    """Compiles a loop so that each of its turns is a step."""

    def visit_For(self, node: nodes.For, frame: Frame) -> None:  # noqa: N802 (its name is Jinja2's)
        """Compile a loop over what is counted."""
        counted = nodes.EnvironmentAttribute("stepped", lineno=node.lineno)
        node.iter = nodes.Call(counted, [node.iter], [], None, None, lineno=node.lineno)
        super().visit_For(node, frame)


class Sandbox(jinja2.sandbox.ImmutableSandboxedEnvironment):
    """An environment whose templates come to an end; `fresh` begins a rendering."""

    code_generator_class = _Stepping
    intercepted_binops = frozenset(("*", "**", "%"))

    def __init__(self, **settings: Any) -> None:
        super().__init__(bytecode_cache=_KEPT, **settings)
        self._left = threading.local()
        formatted = self.filters["format"]
        self.filters["format"] = lambda text, *values, **named: formatted(_narrow(text), *values, **named)
        for name in _NOT_THERE:
            del self.filters[name]
        del self.globals["lipsum"]

    def fresh(self) -> None:
        """Give this thread's next rendering all its steps."""
        self._left.steps = MOST_STEPS

    def call(self, context: Any, called: Any, /, *values: Any, **named: Any) -> Any:
        """Call something from a template: a step."""
        self._step()
        if type(called) is Macro:
            # a template's own: Jinja2 would ask six times what it is, which took a sixth of a rendering
            named.pop("_block_vars", None)
            named.pop("_loop_vars", None)
            return called(context.eval_ctx, *values, **named)
        if isinstance(getattr(called, "__self__", None), str):
            _bounded(values)
        return super().call(context, called, *values, **named)

    def getattr(self, obj: Any, attribute: str) -> Any:
        """Look up `block.title`: the data that a template is handed are mappings, whose keys go before their methods.

        Jinja2 tries the methods first and asks of each whether it is safe; that took half the time of a rendering.
        """
        kind = type(obj)
        if kind is dict and attribute in obj:
            return obj[attribute]
        if kind is LoopContext and attribute in _OF_A_LOOP:
            return getattr(obj, attribute)
        # what a template itself put there: a namespace answers each question about its type at great length
        if kind in _OF_TEMPLATES and not attribute.startswith("_") and hasattr(obj, attribute):
            return getattr(obj, attribute)
        return super().getattr(obj, attribute)

    def get_template(self, name: Any, parent: str | None = None, globals: Any = None) -> jinja2.Template:
        """Return a template, for an include among others: a step."""
        self._step()
        return super().get_template(name, parent, globals)

    def wrap_str_format(self, value: Any) -> Callable[..., str] | None:
        """Wrap “…”.format, whose text asks for no great width."""
        wrapped = super().wrap_str_format(value)
        if wrapped is not None:
            _narrow(value.__self__)
        return wrapped

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        """Multiply, raise to a power or fill in what stays within bounds."""
        if operator == "%" and isinstance(left, str):
            _narrow(left)
        if operator == "**" and isinstance(right, int | float) and abs(right) > MOST_POWER:
            raise TooMuch(f"a power of {right} is more than a template needs")
        for one, times in ((left, right), (right, left)):
            if operator == "*" and hasattr(one, "__len__") and isinstance(times, int) and len(one) * times > LONGEST:
                raise TooMuch(f"{times} times a text or a list is more than a template needs")
        return super().call_binop(context, operator, left, right)

    def stepped(self, values: Iterable[Any]) -> Iterator[Any]:
        """Yield what a loop turns over; each is a step."""
        for value in values:
            self._step()
            yield value

    def _step(self) -> None:
        self._left.steps = getattr(self._left, "steps", MOST_STEPS) - 1
        if self._left.steps < 0:
            raise TooMuch(f"it goes on for more than {MOST_STEPS:,} steps: a loop, a macro or an include without end")


def _narrow(text: Any) -> Any:
    """Return a text that is to be filled in; refuse one that asks for a width nobody needs."""
    if _WIDE.search(str(text)):
        raise TooMuch("a width of five digits is more than a template needs")
    return text


def _bounded(values: Iterable[Any]) -> None:
    """Refuse a number that makes a text long: “x”.center(…), “x”.zfill(…)."""
    if any(isinstance(value, int) and value > LONGEST for value in values):
        raise TooMuch("a width of seven digits is more than a template needs")

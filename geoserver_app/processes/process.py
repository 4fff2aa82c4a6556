"""What a process is: its inputs and outputs as JSON schemas, and the function that runs it (OGC 18-062r2 §7)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from jsonschema import Draft202012Validator

from layers import access
from layers.access import LayerView, Principal
from layers.errors import InvalidValue
from layers.spec import Operation, Title

type Json = Any
type Mode = Literal["sync-execute", "async-execute"]
_MOST_VALUES = 10_000


class InvalidInput(InvalidValue):
    """An input of the process is wrong."""


@dataclass(frozen=True, slots=True)
class Input:
    """An input: `most` > 1 takes a list of values (None = any number); optional ones have `least` 0."""

    title: Title
    schema: Mapping[str, Any]
    least: int = 1
    most: int | None = 1


@dataclass(frozen=True, slots=True)
class Output:
    """An output."""

    title: Title
    schema: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class File:
    """A file as outcome: kept in the job's folder, given by reference."""

    path: Path
    media: str


@dataclass(frozen=True, slots=True)
class Raw:
    """A value with a media type of its own (GeoJSON, CSV text)."""

    value: Json
    media: str


@dataclass(slots=True)
class Run:
    """One run: who asks, in which language, where files go, and whom to tell how far it is (per cent, words)."""

    principal: Principal
    language: str
    folder: Path
    report: Callable[[int, str], None] = field(default=lambda _progress, _words: None)

    def view(self, slug: str, operation: Operation) -> LayerView:
        """Return the caller's view of a layer; raises NotFound or NotAllowed."""
        return access.require(self.principal, slug, operation)

    def say(self, zh: str, en: str) -> str:
        """Choose the words of the run's language."""
        return en if self.language.startswith("en") else zh


@dataclass(frozen=True, slots=True)
class Process:
    """A process: `run(Run, inputs)` returns a value, File or Raw for each output."""

    id: str
    title: Title
    description: Title
    inputs: Mapping[str, Input]
    outputs: Mapping[str, Output]
    run: Callable[[Run, Mapping[str, Any]], Mapping[str, Any]]
    modes: tuple[Mode, ...] = ("sync-execute", "async-execute")
    version: str = "1.0.0"
    keywords: tuple[str, ...] = ()

    def check(self, given: Json) -> dict[str, Any]:
        """Return the inputs checked and taken out of their wrappings; raises InvalidInput naming the first wrong one."""
        if not isinstance(given, dict):
            raise InvalidInput("inputs 须为对象 / inputs is an object", parameter="inputs")
        if unknown := [name for name in given if name not in self.inputs]:
            raise InvalidInput("没有这个输入 / there is no such input", parameter=f"inputs.{unknown[0][:60]}")
        return {name: value for name, place in self.inputs.items() if (value := _checked(name, place, given.get(name))) is not None}


def _checked(name: str, place: Input, given: Json) -> Json:
    if given is None:
        if place.least:
            raise InvalidInput("缺少输入 / the input is missing", parameter=f"inputs.{name}")
        return place.schema.get("default")
    many = place.most != 1
    values = given if many and isinstance(given, list) else [given]
    if not place.least <= len(values) <= (place.most or _MOST_VALUES):
        raise InvalidInput(f"须有 {place.least}–{place.most or '…'} 个值 / it takes {place.least}–{place.most or '…'} values",
                           parameter=f"inputs.{name}")  # fmt: skip
    taken = [_inline(name, each) for each in values]
    for each in taken:
        fault = next(iter(Draft202012Validator(place.schema).iter_errors(each)), None)
        if fault is not None:
            where = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in fault.absolute_path)
            raise InvalidInput(f"不符合定义 / {fault.message[:160]}", parameter=f"inputs.{name}{where}"[:120])
    return taken if many else taken[0]


def _inline(name: str, value: Json) -> Json:
    """Take a qualified value out of its wrapping (§7.11.2.3); values by reference are never fetched."""
    if isinstance(value, dict) and "href" in value:
        raise InvalidInput("不接受引用，请直接给出值 / references are not fetched; give the value itself", parameter=f"inputs.{name}")
    if isinstance(value, dict) and "value" in value and set(value) <= {"value", "mediaType", "encoding", "schema"}:
        return value["value"]
    return value

"""Who may see what: the one decision, and the only maker of a `LayerView`.

Rules are allow-only (design §5): grants that apply are joined by OR, none takes away what another
gives, and each gives its fields on its own rows only. A layer outside the answer is absent.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Literal

from layers import registry
from layers.errors import NotAllowed, NotFound
from layers.filters import Node, parse_text
from layers.registry import GrantSpec, Snapshot
from layers.spec import OPERATIONS, FieldSpec, LayerSpec, MemberSpec, Operation, ThemeSpec

type Zone = Literal[0, 1, 2]
ZONES: Mapping[str, Zone] = {"internet": 0, "extranet": 1, "intranet": 2}


@dataclass(frozen=True, slots=True)
class Principal:
    """The caller: nobody, a user or a key; `zone` is the listening socket's, never a header's."""

    zone: int
    user: int | None = None
    key: int | None = None
    department: int | None = None
    role: str = ""


@dataclass(frozen=True, slots=True)
class Piece:
    """Rows one grant gives: inside `area` (WKB, EPSG:4490) and matching `filter`; None = no bound."""

    area: bytes | None
    filter: Node | None
    columns: frozenset[str] | None

    @property
    def is_whole(self) -> bool:
        """Whether the piece leaves nothing out."""
        return self.area is None and self.filter is None and self.columns is None


_SEAL = object()


@dataclass(frozen=True, slots=True)
class LayerView:
    """One layer at one version, narrowed to what one caller may have for one operation.

    `pieces` is empty when nothing is narrowed; `policy` names the narrowing ("" = none) in cache
    keys and ETags. Only this module makes one: the doors accept nothing else.
    """

    spec: LayerSpec
    version: int
    operation: Operation
    operations: frozenset[Operation]
    pieces: tuple[Piece, ...] = ()
    policy: str = ""
    members: tuple[tuple["LayerView", MemberSpec], ...] = ()
    seal: object = field(default=None, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.seal is not _SEAL:
            raise TypeError("a LayerView comes from layers.access only")

    @property
    def fields(self) -> tuple[FieldSpec, ...]:
        """The fields some of whose values the caller may read, in the layer's order."""
        if any(piece.columns is None for piece in self.pieces) or not self.pieces:
            return self.spec.fields
        given = frozenset().union(*(piece.columns or frozenset() for piece in self.pieces))
        return tuple(each for each in self.spec.fields if each.name in given)

    @property
    def has_filter(self) -> bool:
        """Whether rows or columns are narrowed by more than an area (so pictures differ inside it)."""
        return any(piece.filter is not None or piece.columns is not None for piece in self.pieces)

    def at(self, version: int) -> "LayerView":
        """Return the same view of another version."""
        return replace(self, version=version)


def decide(principal: Principal, slug: str, operation: Operation) -> LayerView | None:
    """Return the caller's view of a layer for one operation, or None: hidden and absent alike."""
    return _table(principal, operation).get(slug)


def require(principal: Principal, slug: str, operation: Operation) -> LayerView:
    """Return the view, or raise: NotFound when not even discoverable, NotAllowed when it is."""
    if view := decide(principal, slug, operation):
        return view
    if decide(principal, slug, "discover"):
        raise NotAllowed
    raise NotFound


def views(principal: Principal, operation: Operation) -> tuple[LayerView, ...]:
    """Return every layer the caller may use so, in registry order."""
    return tuple(_table(principal, operation).values())


def unnarrowed(view: LayerView) -> LayerView:
    """Return a view without its narrowing, to draw what the shared tile cache keeps.

    For `tiles.serve` alone, which masks such a tile before it answers; never an answer by itself.
    """
    members = tuple((unnarrowed(member), spec) for member, spec in view.members)
    return replace(view, pieces=(), policy="", members=members)


def whole(slug: str) -> LayerView:
    """Return the view of a whole layer for the server's own work (seeding); raises NotFound."""
    layers = registry.current().layers
    if slug not in layers:
        raise NotFound
    spec = layers[slug]
    members = tuple((whole(each.slug), each) for each in spec.members if each.slug in layers)
    return LayerView(spec, spec.version, "view", frozenset(), members=members, seal=_SEAL)


def showing(slug: str) -> tuple[LayerView, ...]:
    """Return the whole views of a layer and of every composed map that shows it, for the server's own work."""
    layers = registry.current().layers
    found = {slug} & layers.keys()
    while wider := {each.slug for each in layers.values() if {part.slug for part in each.members} & found} - found:
        found |= wider
    return tuple(whole(each) for each in sorted(found))


def themes() -> tuple[ThemeSpec, ...]:
    """Return the theme tree, in order; faces show only themes that hold a visible layer."""
    return tuple(sorted(registry.current().themes.values(), key=lambda each: (each.order, each.slug)))


def revision() -> tuple[int, int]:
    """Return the registry's (rules, pointers) counters."""
    return registry.current().revision


def _table(principal: Principal, operation: Operation) -> Mapping[str, LayerView]:
    snapshot = registry.current()
    now = datetime.now(UTC)
    # Validity has minutes for its grain, so a grant that ends takes effect within one.
    return _decided(snapshot, principal, operation, now.replace(second=0, microsecond=0))


@lru_cache(maxsize=2048)
def _decided(
    snapshot: Snapshot, principal: Principal, operation: Operation, now: datetime
) -> Mapping[str, LayerView]:
    grants = tuple(each for each in snapshot.grants if _applies(each, principal, snapshot, now))
    views: dict[str, LayerView] = {}
    for spec in snapshot.layers.values():
        if _is_within_label(spec, principal.zone) and spec.kind != "map":
            _admit(views, spec, operation, _of_layer(grants, spec, snapshot))
    for spec in snapshot.layers.values():
        if _is_within_label(spec, principal.zone) and spec.kind == "map":
            given = _of_layer(grants, spec, snapshot)
            members = tuple((views[each.slug], each) for each in spec.members if each.slug in views)
            if members or operation == "discover":
                _admit(views, spec, operation, given, members)
    order = {slug: place for place, slug in enumerate(snapshot.layers)}
    return dict(sorted(views.items(), key=lambda item: order[item[0]]))


def _admit(
    views: dict[str, LayerView],
    spec: LayerSpec,
    operation: Operation,
    grants: tuple[GrantSpec, ...],
    members: tuple[tuple[LayerView, MemberSpec], ...] = (),
) -> None:
    # Whoever may do anything with a layer may know that it exists.
    matching = [each for each in grants if operation in each.operations or operation == "discover"]
    if not matching:
        return
    operations: frozenset[Operation] = frozenset(
        each for each in OPERATIONS if any(each in grant.operations for grant in grants)
    )
    pieces = _pieces(matching)
    parts = [repr(_policy(pieces))] if pieces else []
    parts += [view.policy for view, _ in members if view.policy]
    policy = hashlib.sha256("|".join(parts).encode()).hexdigest()[:16] if parts else ""
    views[spec.slug] = LayerView(
        spec, spec.version, operation, operations, pieces, policy, members, seal=_SEAL
    )


def _pieces(grants: list[GrantSpec]) -> tuple[Piece, ...]:
    pieces = {
        Piece(each.area, parse_text(each.filter) if each.filter else None, each.columns): None for each in grants
    }
    return () if any(piece.is_whole for piece in pieces) else tuple(pieces)


def _policy(pieces: tuple[Piece, ...]) -> list[str]:
    # Sorted text: the same narrowing has the same name whatever order its grants were written in.
    return sorted(
        f"{(each.area or b'').hex()}/{each.filter!r}/{sorted(each.columns) if each.columns is not None else '*'}"
        for each in pieces
    )


def _is_within_label(spec: LayerSpec, zone: int) -> bool:
    return spec.level <= zone and (not spec.zones or zone in spec.zones)


def _applies(grant: GrantSpec, principal: Principal, snapshot: Snapshot, now: datetime) -> bool:
    if (grant.valid_from and now < grant.valid_from) or (grant.valid_until and now >= grant.valid_until):
        return False
    subjects = {
        "everyone": True,
        "department": grant.department in snapshot.ancestors.get(principal.department or 0, ()),
        "role": bool(principal.role) and grant.role == principal.role,
        "user": principal.user is not None and grant.user == principal.user,
        "key": principal.key is not None and grant.key == principal.key,
    }
    return subjects.get(grant.subject, False)


def _of_layer(grants: tuple[GrantSpec, ...], spec: LayerSpec, snapshot: Snapshot) -> tuple[GrantSpec, ...]:
    themes = set(_theme_chain(snapshot, spec.theme))
    return tuple(each for each in grants if each.layer == spec.slug or (each.theme and each.theme in themes))


def _theme_chain(snapshot: Snapshot, slug: str) -> Iterator[str]:
    seen: set[str] = set()
    while slug and slug not in seen:
        seen.add(slug)
        yield slug
        theme = snapshot.themes.get(slug)
        slug = theme.parent if theme else ""

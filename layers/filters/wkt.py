"""What geometry a piece of well-known text within CQL2 text says (CQL2 §6.5)."""

from layers.filters.ast import Coordinates, Geometry
from layers.filters.faults import MAX_VERTICES, Budget, fault
from layers.filters.geometry import DEPTHS, Frame, box, make
from layers.filters.tokens import Tokens

KINDS = {kind.lower(): kind for kind in DEPTHS}
NAMES = frozenset((*KINDS, "geometrycollection", "bbox"))


class WktReader:
    """Reads one geometry from the tokens; positions come out x (east) first."""

    def __init__(self, tokens: Tokens, frame: Frame, budget: Budget) -> None:
        self._tokens = tokens
        self._frame = frame
        self._budget = budget
        self._vertices = 0

    def read(self) -> Geometry:
        """Read a geometry, a collection or BBOX(…)."""
        start = self._tokens.take()
        self._budget.node(start.position)
        if start.word == "bbox":
            return self._box(start.position)
        self._tokens.skip("z", "m", "zm")
        if start.word == "geometrycollection":
            return self._collection(start.position)
        kind = KINDS[start.word]
        depth = DEPTHS[kind]
        coordinates = self._positions(depth, bare=kind == "MultiPoint")
        if depth == 0:
            self._tokens.expect(")")
        return make(kind, coordinates, self._frame, start.position)

    def _box(self, position: int) -> Geometry:
        self._tokens.expect("(")
        numbers = [self._number()]
        while self._tokens.skip(","):
            numbers.append(self._number())
        self._tokens.expect(")")
        return box(numbers, self._frame, position)

    def _collection(self, position: int) -> Geometry:
        self._budget.enter(position)
        self._tokens.expect("(")
        members = [self._member()]
        while self._tokens.skip(","):
            members.append(self._member())
        self._tokens.expect(")")
        self._budget.leave()
        return Geometry("GeometryCollection", (), self._frame.srid, tuple(members))

    def _member(self) -> Geometry:
        token = self._tokens.current
        if token.word not in NAMES or token.word == "bbox":
            raise fault("此处应为几何", "a geometry is expected", token.position)
        return self.read()

    def _positions(self, depth: int, *, bare: bool = False) -> Coordinates:
        """Read bracketed positions nested `depth` deep; MULTIPOINT's may stand bare or bracketed."""
        self._tokens.expect("(")
        if depth == 0:
            return self._point()
        parts: list[Coordinates] = []
        while True:
            parts.append(self._part(depth - 1, bare=bare))
            if not self._tokens.skip(","):
                break
        self._tokens.expect(")")
        return tuple(parts)

    def _part(self, depth: int, *, bare: bool) -> Coordinates:
        if depth > 0:
            return self._positions(depth)
        bracketed = bare and self._tokens.skip("(")
        point = self._point()
        if bracketed:
            self._tokens.expect(")")
        return point

    def _point(self) -> tuple[float, float]:
        position = self._tokens.current.position
        self._vertices += 1
        if self._vertices > MAX_VERTICES:
            raise fault("几何的点太多", "the geometry has too many vertices", position)
        numbers = [self._number()]
        while self._tokens.current.word not in (",", ")") and len(numbers) < 5:
            numbers.append(self._number())
        return self._frame.point(numbers, position)

    def _number(self) -> float:
        sign = -1.0 if self._tokens.skip("-") else 1.0
        self._tokens.skip("+")
        token = self._tokens.take()
        if token.kind != "number":
            raise fault("此处应为数", "a number is expected", token.position)
        return sign * float(token.value)

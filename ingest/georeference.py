"""In which CRS are a delivery's numbers? The declared one, if they agree with it; else inferred."""

from dataclasses import dataclass

import numpy as np
from pyproj import CRS

from ingest.findings import Finding, refuse
from layers import crs, datums
from layers.errors import DatumRefused, UnknownCrs
from layers.spec import Bounds

_MARGIN_DEG, _ZONE_DEG = 0.5, 3.0
_CONSTANTS = ((0, 4_000_000), (0, 3_000_000), (400_000, 4_000_000), (500_000, 4_000_000), (400_000, 4_200_000), (-39_000_000, 4_000_000))
"""What offices take off eastings and northings to write fewer digits."""


@dataclass(frozen=True, slots=True)
class Georeference:
    """How numbers become storage coordinates: swap x and y first if `is_swapped`, then `path`."""

    path: crs.Path
    is_swapped: bool
    name: str


def georeference(
    declared: str, box: Bounds | None, city: Bounds, file: str, local: datums.Local | None = None
) -> tuple[Georeference, list[Finding]]:
    """Settle the CRS of numbers within `box` (their own units); raises Refused when nobody can.

    `local` is the local transformation that was chosen for numbers of its datum.
    """
    if box is None:
        return Georeference(_path(CRS.from_epsg(crs.STORAGE), None, file), False, "EPSG:4490"), []
    if declared:
        return _declared(_read(declared, file), box, city, file, local)
    inferred = _inferred(box, city)
    if inferred:
        code, swapped, why, is_wide = inferred
        found = Finding(
            "crs-inferred", "warning" if swapped or is_wide else "info",
            f"未声明坐标系，按数值与市域范围判定为 EPSG:{code}{'，且纵横坐标互换' if swapped else ''}（{why}{'，范围超出市域' if is_wide else ''}）",
            f"no CRS declared; the numbers fit EPSG:{code}{', axes swapped' if swapped else ''} "
            f"{'round the city, reaching beyond it' if is_wide else 'within the city'}",
            file,
        )  # fmt: skip
        return Georeference(_path(CRS.from_epsg(code), box, file), swapped, f"EPSG:{code}"), [found]
    if _are_degrees(box):
        found = Finding("crs-assumed-degrees", "warning", "未声明坐标系，数值像经纬度，按 EPSG:4490 处理；不在市域内",
                        "no CRS declared; the numbers look like degrees and are taken for EPSG:4490", file)  # fmt: skip
        return Georeference(_path(CRS.from_epsg(crs.STORAGE), box, file), False, "EPSG:4490"), [found]
    _refuse_cut_numbers(box, city, file)
    raise refuse("crs-unknown", f"未声明坐标系，数值 {_numbers(box)} 也判定不出；请附 .prj 或说明坐标系",
                 f"no CRS declared and the numbers {_numbers(box)} fit none; add a .prj", file)  # fmt: skip


def placed(where: Georeference, box: Bounds | None) -> Bounds | None:
    """Return where a box of delivered numbers lies, in degrees (EPSG:4490); None when part of it cannot be placed."""
    if box is None:
        return None
    west, south, east, north = _swap(box) if where.is_swapped else box
    ring = where.path.transform(np.array([(west, south), (east, south), (east, north), (west, north)], dtype=float))
    if not np.isfinite(ring).all():
        return None
    return float(ring[:, 0].min()), float(ring[:, 1].min()), float(ring[:, 0].max()), float(ring[:, 1].max())


def _refuse_cut_numbers(box: Bounds, city: Bounds, file: str) -> None:
    """Refuse, with the reason, numbers that would lie in the city in metres or with the constant that was taken off them."""
    code = crs.gauss_kruger((city[0] + city[2]) / 2) or crs.STORAGE
    for swapped in (False, True):
        given = _swap(box) if swapped else box
        if _lands_in(city, code, (given[0] * 1000, given[1] * 1000, given[2] * 1000, given[3] * 1000)):
            raise refuse("crs-kilometres", f"未声明坐标系，数值像以公里为单位的 EPSG:{code}{'（纵横互换）' if swapped else ''}；请换算为米",
                         f"no CRS declared; the numbers look like kilometres of EPSG:{code}; give metres", file)  # fmt: skip
        for east, north in _CONSTANTS:
            if _lands_in(city, code, (given[0] + east, given[1] + north, given[2] + east, given[3] + north)):
                raise refuse("crs-truncated", f"未声明坐标系，数值像减去了常数（东 {east:,}、北 {north:,}）的 EPSG:{code}"
                             f"{'（纵横互换）' if swapped else ''}；请加回常数",
                             f"no CRS declared; the numbers look like EPSG:{code} less the constants E {east:,}, N {north:,}; add them again", file)  # fmt: skip


def _read(text: str, file: str) -> CRS:
    try:
        return crs.read(text)
    except UnknownCrs:
        raise refuse("crs-unreadable", "声明的坐标系无法识别", "the declared CRS cannot be read", file) from None


def _declared(
    source: CRS, box: Bounds, city: Bounds, file: str, local: datums.Local | None
) -> tuple[Georeference, list[Finding]]:
    if local and datums.is_for(source, local):
        return _by_local(source, box, city, file, local)
    path = _path(source, box, file)
    findings: list[Finding] = []
    contradiction = _contradiction(source, path, box, city)
    if contradiction:
        raise refuse("crs-contradiction", f"声明的坐标系 {source.name} 与数值 {_numbers(box)} 矛盾：{contradiction}",
                     f"the declared CRS {source.name} contradicts the numbers {_numbers(box)}", file)  # fmt: skip
    if path.assumed:
        findings.append(Finding("datum-assumed", "warning", f"坐标系 {source.name} 没有命名基准，按 WGS 84/CGCS2000 处理",
                                f"{source.name} names no datum; taken for WGS 84/CGCS2000", file))  # fmt: skip
    if not _meets(city, _centre(path, box)):
        findings.append(Finding("outside-city", "warning", "数据不在市域范围内", "the data lie outside the city", file))
    return Georeference(path, False, source.name), findings


def _by_local(source: CRS, box: Bounds, city: Bounds, file: str, local: datums.Local) -> tuple[Georeference, list[Finding]]:
    """Use the chosen local transformation: its name and residuals are said, never its parameters."""
    path = datums.to_storage(source, local)
    said = Finding("datum-local", "info", f"{source.name} 按已登记的“{local.title}”（{local.name}）转换到 CGCS2000："
                   f"{local.points} 个公共点，中误差 {local.rms_m:g} m",
                   f"{source.name} is transformed by the registered {local.name}: {local.points} common points, RMS {local.rms_m:g} m", file)  # fmt: skip
    centre = _centre(path, box)
    if not _meets(city, centre):
        raise refuse("datum-local-outside", f"按“{local.title}”转换后不在市域内，数值与参数不相配",
                     f"by {local.name} the data fall outside the city: the numbers do not go with it", file)  # fmt: skip
    return Georeference(path, False, f"{source.name} → {local.name}"), [said]


def _path(source: CRS, box: Bounds | None, file: str) -> crs.Path:
    try:
        return crs.to_storage(source, box)
    except DatumRefused:
        raise refuse("datum-refused", f"坐标系 {source.name} 到 CGCS2000 没有公开的精确转换参数；请先转换，或指定已登记的本地转换参数",
                     f"no published exact transformation from {source.name} to CGCS2000; convert it, or name a registered one", file) from None  # fmt: skip


def _contradiction(source: CRS, path: crs.Path, box: Bounds, city: Bounds) -> str:
    """Say why numbers cannot be in the declared CRS, or "" when they can."""
    if source.is_geographic and path.transformer is None and not _are_degrees(box):
        return "经纬度坐标系的数值超出 ±180/±90"
    if source.is_projected and _are_degrees(box) and _meets(city, ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)):
        return "投影坐标系的数值却是市域内的经纬度"
    centre = _centre(path, box)
    if not np.all(np.isfinite(centre)):
        return "数值超出该坐标系的投影范围"
    if not source.is_projected or _meets(city, centre) or _is_at_home(source, centre):
        return ""
    for code, swapped, _ in _candidates(city):
        if _lands_in(city, code, _swap(box) if swapped else box):
            return f"按 EPSG:{code}{'（纵横互换）' if swapped else ''} 才落在市域内"
    return ""


def _is_at_home(source: CRS, centre: tuple[float, float]) -> bool:
    """Whether a place lies where its declared CRS is meant to be used, 2° round about."""
    code = crs.code(source)
    area = source.area_of_use or (CRS.from_epsg(code).area_of_use if code else None)
    if area is None:
        return crs.datum(source) != "cgcs2000"
    west, south, east, north = area.bounds
    return west - 2 <= centre[0] <= east + 2 and south - 2 <= centre[1] <= north + 2


def _candidates(city: Bounds) -> list[tuple[int, bool, str]]:
    middle = (city[0] + city[2]) / 2
    plain = [(crs.STORAGE, "经纬度")]
    for degrees in (3, 6):
        for prefixed in (False, True):
            code = crs.gauss_kruger(middle, degrees=degrees, prefixed=prefixed)
            if code:
                plain.append((code, f"{degrees}度带{'带带号' if prefixed else '不带带号'}"))
    for shift in (-3, 3):
        code = crs.gauss_kruger(middle + shift, prefixed=True)
        if code:
            plain.append((code, "邻带，带带号"))
    plain.append((3857, "Web 墨卡托"))
    return [(code, swapped, why) for swapped in (False, True) for code, why in plain]


def _inferred(box: Bounds, city: Bounds) -> tuple[int, bool, str, bool] | None:
    """Return the CRS in which the numbers lie in the city: (code, swapped, why, whether they reach beyond it).

    What lies wholly within goes first; then what is centred on the city and ends within a zone's width of it.
    """
    wide = city[0] - _ZONE_DEG, city[1] - _ZONE_DEG, city[2] + _ZONE_DEG, city[3] + _ZONE_DEG
    for area, is_wide in ((city, False), (wide, True)):
        for code, swapped, why in _candidates(city):
            given = _swap(box) if swapped else box
            x, y = (given[0] + given[2]) / 2, (given[1] + given[3]) / 2
            if _lands_in(area, code, given) and (not is_wide or _lands_in(city, code, (x, y, x, y))):
                return code, swapped, why, is_wide
    return None


def _lands_in(city: Bounds, code: int, box: Bounds) -> bool:
    if code == crs.STORAGE:
        return _are_degrees(box) and _meets(city, ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2))
    corners = crs.to_storage(CRS.from_epsg(code)).transform(np.array([box[:2], box[2:]], dtype=float))
    return bool(np.all(np.isfinite(corners))) and all(_meets(city, (x, y)) for x, y in corners)


def _centre(path: crs.Path, box: Bounds) -> tuple[float, float]:
    x, y = path.transform(np.array([[(box[0] + box[2]) / 2, (box[1] + box[3]) / 2]]))[0]
    return float(x), float(y)


def _meets(city: Bounds, point: tuple[float, float]) -> bool:
    return (
        city[0] - _MARGIN_DEG <= point[0] <= city[2] + _MARGIN_DEG
        and city[1] - _MARGIN_DEG <= point[1] <= city[3] + _MARGIN_DEG
    )


def _are_degrees(box: Bounds) -> bool:
    return -360.0 <= box[0] <= box[2] <= 360.0 and -90.001 <= box[1] <= box[3] <= 90.001


def _swap(box: Bounds) -> Bounds:
    return box[1], box[0], box[3], box[2]


def _numbers(box: Bounds) -> str:
    return "[" + ", ".join(f"{value:.6g}" for value in box) + "]"

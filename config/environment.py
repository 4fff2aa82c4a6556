"""Which settings Geobase has: one typed value read from the environment, all faults told at once."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal, cast

from config import parsing

CHECKOUT = Path(__file__).resolve().parent.parent
Zone = Literal["internet", "extranet", "intranet"]


@dataclass(frozen=True, slots=True)
class Variable:
    """One environment variable: its name, how its text is read, its default and its words."""

    name: str
    parse: Callable[[str], object]
    default: str
    zh: str
    en: str


class SettingsFault(Exception):
    """The environment does not describe a server that could run; the message lists every fault."""

    def __init__(self, faults: list[str]) -> None:
        self.faults = faults
        heading = "设置有误，未启动 · the settings are wrong, nothing was started:"
        super().__init__("\n".join([heading, *(f"  - {fault}" for fault in faults)]))


def _of(name: str, parse: Callable[[str], object], default: str, zh: str, en: str) -> Any:
    return field(metadata={"variable": Variable(name, parse, default, zh, en)})


@dataclass(frozen=True, slots=True)
class Settings:
    """Every setting of one Geobase server, checked. Code reads it as `django.conf.settings.GEOBASE`.

    Paths are absolute. `city_bounds` is (west, south, east, north) in degrees, EPSG:4490.
    A default `$var/x` means: in the folder `GEOBASE_VAR`.
    """

    var: Path = _of(
        "GEOBASE_VAR", parsing.path, "var",
        "运行时文件所在目录：数据库、影像、缓存、日志。相对路径以代码目录为准",
        "Folder of everything made at run time: database, imagery, caches, logs. "
        "A relative path starts at the checkout",
    )  # fmt: skip
    database_url: str = _of(
        "DATABASE_URL", parsing.database_url, "",
        "已有的 PostGIS 数据库；不填则使用 GEOBASE_VAR 下自带的私有数据库",
        "An existing PostGIS, `postgis://user:password@host:port/name`; empty: the private cluster",
    )  # fmt: skip
    secret_key: str = _of(
        "GEOBASE_SECRET_KEY", parsing.secret, "",
        "签名密钥，至少 32 个字符；不填则在 GEOBASE_VAR 下生成一次并保存",
        "Signing key of at least 32 characters; empty: made once and kept in GEOBASE_VAR",
    )  # fmt: skip
    host: str = _of(
        "GEOBASE_HOST", parsing.text, "127.0.0.1",
        "监听地址", "Address the web server listens on",
    )  # fmt: skip
    port: int = _of(
        "GEOBASE_PORT", parsing.whole(1, 65535), "8000",
        "监听端口（`make demo PORT=…` 亦可）", "Port the web server listens on (`make demo PORT=…` sets it)",
    )  # fmt: skip
    zone: Zone = _of(
        "GEOBASE_ZONE", parsing.one_of("internet", "extranet", "intranet"), "intranet",
        "本监听端口所在网络区：internet 互联网（最高 0 级）、extranet 政务外网（1 级）、intranet 政务内网（2 级）",
        "Network zone of the listening socket, which caps the level of what is shown: "
        "internet 0, extranet 1, intranet 2",
    )  # fmt: skip
    base_url: str = _of(
        "GEOBASE_BASE_URL", parsing.origin, "",
        "对外公布的网址（协议+主机[+端口]），写入各服务的链接；不填则取请求的主机名",
        "Public origin written into links, e.g. `https://gis.example`; empty: the request's own host",
    )  # fmt: skip
    allowed_hosts: tuple[str, ...] = _of(
        "GEOBASE_ALLOWED_HOSTS", parsing.words, "localhost,127.0.0.1,[::1]",
        "接受的主机名，逗号分隔；GEOBASE_BASE_URL 的主机自动加入",
        "Host names answered to, comma separated; the host of GEOBASE_BASE_URL is added",
    )  # fmt: skip
    behind_proxy: bool = _of(
        "GEOBASE_BEHIND_PROXY", parsing.yes_no, "no",
        "前面是否有会重写 X-Forwarded-Proto 的反向代理；有则按 https 发送安全 Cookie",
        "Whether a reverse proxy that overwrites X-Forwarded-Proto stands in front; "
        "cookies are then sent over https only",
    )  # fmt: skip
    workers: int = _of(
        "GEOBASE_WORKERS", parsing.whole(1, 256), str(os.cpu_count() or 2),
        "网页服务进程数，默认等于处理器核数", "Web processes; default: the number of cores",
    )  # fmt: skip
    threads: int = _of(
        "GEOBASE_THREADS", parsing.whole(1, 64), "4",
        "每个网页服务进程的线程数", "Threads of each web process",
    )  # fmt: skip
    mapserv: Path = _of(
        "GEOBASE_MAPSERV", parsing.path, "/usr/lib/cgi-bin/mapserv",
        "MapServer 的 mapserv 程序", "MapServer's `mapserv` program",
    )  # fmt: skip
    mapserv_processes: int = _of(
        "GEOBASE_MAPSERV_PROCESSES", parsing.whole(1, 64), str(os.cpu_count() or 2),
        "绘图进程数，默认等于处理器核数", "Drawing processes; default: the number of cores",
    )  # fmt: skip
    font: Path = _of(
        "GEOBASE_FONT", parsing.path, "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
        "注记字体文件；.ttc 只用第 0 个字面，须为简体字形",
        "Label font; of a .ttc only face 0 is used, which must have Simplified Chinese shapes",
    )  # fmt: skip
    city_zh: str = _of("GEOBASE_CITY_ZH", parsing.text, "沧州市", "城市名（中文）", "City name in Chinese")
    city_en: str = _of("GEOBASE_CITY_EN", parsing.text, "Cangzhou", "城市名（英文）", "City name in English")
    city_bounds: tuple[float, float, float, float] = _of(
        "GEOBASE_CITY_BOUNDS", parsing.bounds, "115.699,37.470,117.941,38.947",
        "城市范围：西,南,东,北（度，EPSG:4490）",
        "City extent: west,south,east,north in degrees, EPSG:4490",
    )  # fmt: skip
    gauss_crs: int = _of(
        "GEOBASE_GAUSS_CRS", parsing.gauss_crs, "4548",
        "本市默认的高斯-克吕格平面坐标系（EPSG 代码）",
        "The city's own Gauss–Krüger CRS on CGCS2000, an EPSG code of 4491–4554",
    )  # fmt: skip
    max_pixels: int = _of(
        "GEOBASE_MAX_PIXELS", parsing.whole(256, 16384), "4096",
        "一次请求的图像宽、高上限（像素）", "Greatest width and height of a picture, pixels",
    )  # fmt: skip
    max_layers: int = _of(
        "GEOBASE_MAX_LAYERS", parsing.whole(1, 500), "50",
        "一次 GetMap 可叠加的图层数上限", "Greatest number of layers in one GetMap",
    )  # fmt: skip
    coverage_megavalues: int = _of(
        "GEOBASE_COVERAGE_MEGAVALUES", parsing.whole(1, 10_000), "64",
        "一次覆盖数据（栅格取值）请求的值数上限，百万：像元数 × 波段数",
        "Greatest number of values in one coverage, millions: pixels × bands",
    )  # fmt: skip
    max_items: int = _of(
        "GEOBASE_MAX_ITEMS", parsing.whole(1, 100_000), "10000",
        "一页要素数上限", "Greatest number of features in one page",
    )  # fmt: skip
    download_features: int = _of(
        "GEOBASE_DOWNLOAD_FEATURES", parsing.whole(1, 100_000_000), "1000000",
        "一次下载的要素数上限", "Greatest number of features in one download",
    )  # fmt: skip
    download_megavalues: int = _of(
        "GEOBASE_DOWNLOAD_MEGAVALUES", parsing.whole(1, 100_000), "2000",
        "一次下载每个栅格图层的像元值上限（百万）", "Greatest number of pixel values of a raster layer in one download, millions",
    )  # fmt: skip
    jobs: Path = _of(
        "GEOBASE_JOBS", parsing.path, "$var/jobs",
        "处理作业的成果目录", "Folder of what processes made",
    )  # fmt: skip
    job_days: int = _of(
        "GEOBASE_JOB_DAYS", parsing.whole(1, 3650), "7",
        "处理作业成果保留天数", "Days that the outcome of a process is kept",
    )  # fmt: skip
    statement_seconds: int = _of(
        "GEOBASE_STATEMENT_SECONDS", parsing.whole(1, 3600), "30",
        "网页请求中一条 SQL 的时限（秒）", "Time limit of one SQL statement of a web request, seconds",
    )  # fmt: skip
    upload_megabytes: int = _of(
        "GEOBASE_UPLOAD_MEGABYTES", parsing.whole(1, 1_000_000), "20480",
        "一次汇交的字节上限（MB），压缩包按解开后计", "Greatest size of a delivery, MB, archives counted unpacked",
    )  # fmt: skip
    upload_quota_megabytes: int = _of(
        "GEOBASE_UPLOAD_QUOTA_MEGABYTES", parsing.whole(1, 10_000_000), "102400",
        "每人（或每密钥）未完成上传的总字节上限（MB）", "Greatest size of one person's (or key's) unfinished uploads together, MB",
    )  # fmt: skip
    webhook_targets: tuple[str, ...] = _of(
        "GEOBASE_WEBHOOK_TARGETS", parsing.words, "",
        "可接收发布通知的主机名或网段（CIDR），逗号分隔；不填则不发送任何通知",
        "Host names or networks (CIDR) that webhooks may be sent to, comma separated; empty: none is sent",
    )  # fmt: skip
    store: Path = _of(
        "GEOBASE_STORE", parsing.path, "$var/store",
        "影像与高程文件（COG）目录，文件以 SHA-256 命名", "Folder of imagery and elevation files (COG), named by SHA-256",
    )  # fmt: skip
    cache: Path = _of(
        "GEOBASE_CACHE", parsing.path, "$var/tiles",
        "瓦片缓存目录，可随时删除", "Folder of cached tiles; may be deleted at any time",
    )  # fmt: skip
    deliveries: Path = _of(
        "GEOBASE_DELIVERIES", parsing.path, "$var/deliveries",
        "汇交原件目录", "Folder of the deliveries as they came in",
    )  # fmt: skip
    log_level: str = _of(
        "GEOBASE_LOG_LEVEL", parsing.one_of("DEBUG", "INFO", "WARNING", "ERROR"), "INFO",
        "日志级别", "Least level of message that is logged",
    )  # fmt: skip
    debug: bool = _of(
        "GEOBASE_DEBUG", parsing.yes_no, "no",
        "调试模式：出错时显示细节，仅限开发", "Development only: error pages show details",
    )  # fmt: skip


def variables() -> tuple[tuple[str, Variable], ...]:
    """List (attribute, variable) of every setting, in the order of the documentation."""
    return tuple((each.name, cast(Variable, each.metadata["variable"])) for each in fields(Settings))


def read(environment: Mapping[str, str], *, checkout: Path = CHECKOUT) -> Settings:
    """Read the settings, or raise `SettingsFault` naming every fault, not only the first."""
    known = {variable.name for _, variable in variables()}
    faults = [
        f"{name}: 没有此设置（见 docs/settings.md） · no such setting (see docs/settings.md)"
        for name in sorted(environment)
        if name.startswith("GEOBASE_") and name not in known
    ]
    var = (checkout / (environment.get("GEOBASE_VAR") or "var")).resolve()
    values: dict[str, object] = {}
    for attribute, variable in variables():
        text = environment.get(variable.name, "").strip() or variable.default
        try:
            value = variable.parse(text.replace("$var", str(var)))
        except ValueError as fault:
            faults.append(f"{variable.name}={text!r}: {fault}")
            continue
        values[attribute] = (checkout / value).resolve() if isinstance(value, Path) else value
    faults += _contradictions(values)
    if faults:
        raise SettingsFault(faults)
    return Settings(**cast(dict[str, Any], values))


def _contradictions(values: Mapping[str, object]) -> list[str]:
    """Find settings which are right alone and wrong together."""
    faults = []
    if values.get("zone") == "internet" and values.get("debug"):
        faults.append(
            "GEOBASE_DEBUG: 互联网区不得开启调试 · must be off where GEOBASE_ZONE is internet"
        )
    if values.get("zone") == "internet" and not values.get("base_url", "-"):
        faults.append(
            "GEOBASE_BASE_URL: 互联网区必须写明对外网址 · is required where GEOBASE_ZONE is internet"
        )
    return faults

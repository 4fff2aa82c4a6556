"""docs/conformance.md: class by class, met or not, why, and whose handler answers."""

from geoserver_app.ogcapi.part import Claim
from geoserver_app.ogcapi.parts import PARTS

HEAD = """\
# Conformance · 符合性

Written by `make docs` from the parts' own declarations (`geoserver_app/ogcapi/*part.py`); a test fails when it is
stale, and another when a class is claimed that no test of ours proves (`@pytest.mark.conformance`).
`/ogc/conformance` says the same: ✅ only.

OGC's own executable suites (CITE) have **not** been run on this server: they are in no package registry that its
makers could reach. The tests are written from the published abstract test suites (`tests/faces/`), every JSON answer is
checked against the API definition, and requests are generated from it by schemathesis.

OGC 官方可执行测试（CITE）**尚未**运行；测试依照公布的抽象测试套件编写。

由 `make docs` 从各部分的声明生成；没有测试证明的条款不得声明。「处理」一栏说明由谁应答：Geobase 自有代码，或 pygeoapi。
"""


def page() -> str:
    """Return the whole page."""
    text = HEAD
    for part in PARTS:
        if part.claims:
            text += f"\n## {part.title}\n\n{part.document}\n\n| Class · 条款 | | Why · 说明 | Handler · 处理 |\n|---|---|---|---|\n"
            text += "".join(_row(claim) for claim in part.claims)
    return text


def _row(claim: Claim) -> str:
    mark, engine = ("✅", claim.engine) if claim.is_met else ("❌", "–")
    return f"| `{claim.uri}` | {mark} | {claim.zh}<br>{claim.en} | {engine} |\n"

"""The page of all rules, docs/checks.md: written from the rules themselves."""

from collections.abc import Iterator

from ingest.rules.registry import Rule, Step, every

_HEAD = """\
# Checks · 检查规则

Written by `make docs` from `ingest/rules`; a test fails when it is stale. One rule is one function; its severity is a
default that a layer's *check policy* (administration → layer → 检查策略) may change, as it may its limit:

```json
{"topology-gap": "off", "geometry-tiny": {"severity": "blocking", "limit": 0.5}, "topology-overlap": "blocking"}
```

`off`, `info`, `warning` or `blocking`; a layer with a blocking finding is not published, the others of the delivery are.
"For" says which layers get a rule without being asked; where more is given in brackets, a policy may switch it on for those.
每条规则是一个函数；级别与限值可由图层的“检查策略”更改。有“阻断”问题的图层不发布，同一交付的其他图层照常。

"Basis" names the standard a rule belongs to, from memory: it is not a quotation, and no claim of conformity.
“依据”为规则所属的标准，凭记忆列出，不代表符合性声明。

Code tables: `code-unknown` looks into tables whose rows are all confirmed; GB/T 13923 is the **2006 edition** and partly from
memory, so `code-unlisted` never blocks. 代码表：GB/T 13923 为 **2006 版**且未全部核实，不作阻断。

What is mended without asking loses nothing and is said: rings closed and turned (exterior counter-clockwise), repeated points
dropped, curves drawn as chords, numbers in text fields and text in number fields converted where exact. Nothing else is changed,
unless a policy names `geometry-repaired`: then invalid polygons are made valid whose area stays the same.
自动修复只限不损失内容者，并逐一记录：闭合与统一环方向、去除重复节点、曲线取弦、类型的精确转换。
策略中写明 `geometry-repaired` 时，另将面积不变的不合法面修复为合法。
"""
_STEPS: dict[Step, str] = {
    "delivery": "The delivery · 整份交付",
    "fields": "Fields of each source · 字段",
    "rows": "Each feature, on its way in · 逐要素（入库流中）",
    "staged": "Each layer, staged · 整层（入库后）",
    "raster": "Rasters and elevation · 影像与高程",
}


def page() -> str:
    """Return the whole page."""
    return _HEAD + "".join(f"\n## {title}\n\n{_table(step)}" for step, title in _STEPS.items())


def _table(step: Step) -> str:
    head = "| Rule · 规则 | 中文 | English | Default · 默认 | Limit · 限值 | For · 适用 | Basis · 依据 |\n|---|---|---|---|---|---|---|\n"
    return head + "".join(_rows(step))


def _rows(step: Step) -> Iterator[str]:
    for each in every():
        if each.step == step:
            limit = f"{each.limit:g} {each.unit}" if each.limit is not None else "–"
            severity = f"{each.severity}{', never blocks' if each.never_blocks else ''}"
            basis = each.basis.zh if each.basis.zh == each.basis.en else f"{each.basis.zh}<br>{each.basis.en}"
            yield f"| `{each.id}` | {each.title.zh} | {each.title.en} | {severity} | {limit} | {_for(each)} | {basis} |\n"


def _for(each: Rule) -> str:
    more = sorted(each.wants - each.kinds)
    return " ".join(sorted(each.kinds)) + (f" ({' '.join(more)})" if more else "")

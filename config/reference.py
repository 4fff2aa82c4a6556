"""Write docs/settings.md from the settings themselves: `python -m config.reference`."""

import sys

from config.environment import Variable, variables

HEAD = """\
# Settings · 设置

Written by `make docs` from `config/environment.py`; a test fails when it is stale.
Every setting is an environment variable. All are checked when the server starts, and all faults are
told together, in Chinese and English. An unknown `GEOBASE_…` name is a fault too.

所有设置都是环境变量；启动时统一检查，有误则一次列出全部问题。

| Variable · 变量 | Default · 默认 | Meaning · 含义 |
|---|---|---|
"""


def page() -> str:
    """Give the whole page."""
    return HEAD + "".join(_row(variable) for _, variable in variables())


def _row(variable: Variable) -> str:
    # The number of cores differs from machine to machine; the page must not.
    is_cores = variable.name.endswith(("_WORKERS", "_PROCESSES"))
    default = "cores · 核数" if is_cores else (f"`{variable.default}`" if variable.default else "–")
    return f"| `{variable.name}` | {default} | {variable.zh}<br>{variable.en} |\n"


if __name__ == "__main__":
    sys.stdout.write(page())

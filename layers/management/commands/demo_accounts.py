"""Make the demo's two sign-ins, a steward and a planner, with new passwords, and print them."""

import secrets
from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from layers import services
from layers.models import Department, Grant, Theme, User
from layers.models.people import Role

ACTOR = "demo"
OPERATIONS = ["discover", "view", "query", "download"]


class Command(BaseCommand):
    """Make or renew the accounts `steward` and `planner`; the planner may see every internal layer."""

    help = __doc__ or ""

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        """Make both and print one line for each."""
        bureau = _department("zrzyghj", "自然资源和规划局", "Natural Resources and Planning Bureau")
        for theme in Theme.objects.all():
            if not Grant.objects.filter(department=bureau, theme=theme).exists():
                services.save(ACTOR, Grant(subject="department", department=bureau, theme=theme,
                                           operations=OPERATIONS, note="demo"), action="grant")  # fmt: skip
        lines = [
            _line("管理员 · steward", "steward", _account("steward", "数据管理员", Role.STEWARD, bureau)),
            _line("规划人员 · planner", "planner", _account("planner", "规划人员", Role.PLANNER, bureau)),
        ]
        self.stdout.write("\n".join(lines))


def _line(role: str, name: str, password: str) -> str:
    return f"  {role}: {name} / {password}"


def _department(code: str, zh: str, en: str) -> Department:
    found = Department.objects.filter(code=code).first()
    if found is None:
        found = Department(code=code, name_zh=zh, name_en=en)
        services.save(ACTOR, found)
    return found


def _account(name: str, display: str, role: Role, department: Department) -> str:
    """Make or renew one account; return its new password."""
    password = secrets.token_urlsafe(9)
    user = User.objects.filter(username=name).first() or User(username=name)
    user.display_name, user.role, user.department = display, role, department
    user.is_staff = user.is_superuser = role == Role.STEWARD
    user.set_password(password)
    services.save(ACTOR, user, action="demo sign-in")
    return password

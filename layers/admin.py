"""The registry's admin pages; every save and delete goes through layers/services."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.contrib.gis.admin import GISModelAdmin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from layers import models, services


class ServiceAdmin(GISModelAdmin):  # type: ignore[type-arg]
    """Writes by services only: one transaction, audit, revision."""

    def save_model(self, request: HttpRequest, obj: Model, form: forms.ModelForm[Any], change: bool) -> None:
        """Save one row."""
        services.save(request.user.get_username(), obj)

    def delete_model(self, request: HttpRequest, obj: Model) -> None:
        """Delete one row."""
        services.delete(request.user.get_username(), obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Delete the rows of a bulk action one by one, each with its audit entry."""
        for row in queryset:
            services.delete(request.user.get_username(), row)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Save the inlines and record that they changed."""
        super().save_related(request, form, formsets, change)
        if formsets:
            services.touch(request.user.get_username(), form.instance, "edit parts")


class ReadOnlyAdmin(admin.ModelAdmin[Any]):
    """Shows what nobody edits by hand."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nothing is added here."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nothing is changed here."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nothing is deleted here."""
        return False


class FieldInline(admin.TabularInline[Any, Any]):
    """Aliases and code lists of a layer's fields; columns themselves come with the data."""

    model = models.LayerField
    extra = 0
    can_delete = False
    readonly_fields = ("name", "type")
    fields = ("name", "type", "title_zh", "title_en", "codes", "unit", "order")

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """A field comes with the data."""
        return False


class StyleInline(admin.StackedInline[Any, Any]):
    """Styles of a layer."""

    model = models.Style
    extra = 0


class MemberInline(admin.TabularInline[Any, Any]):
    """Members of a composed map."""

    model = models.Member
    fk_name = "map"
    extra = 0


@admin.register(models.Layer)
class LayerAdmin(ServiceAdmin):
    """Layers."""

    list_display = ("title_zh", "slug", "theme", "kind", "level", "current", "order")
    list_filter = ("theme", "kind", "level", "is_sample")
    search_fields = ("slug", "title_zh", "title_en")
    readonly_fields = ("kind", "geometry", "srid", "current")
    inlines: ClassVar = [FieldInline, StyleInline, MemberInline]


@admin.register(models.Theme)
class ThemeAdmin(ServiceAdmin):
    """Themes."""

    list_display = ("title_zh", "slug", "parent", "order")


@admin.register(models.Department)
class DepartmentAdmin(ServiceAdmin):
    """Departments."""

    list_display = ("name_zh", "code", "parent", "admin_code")


@admin.register(models.Grant)
class GrantAdmin(ServiceAdmin):
    """Grants."""

    list_display = ("__str__", "subject", "layer", "theme", "valid_until")
    list_filter = ("subject", "theme")


@admin.register(models.ApiKey)
class KeyAdmin(ServiceAdmin):
    """Keys; the secret is shown once, when the key is made."""

    list_display = ("name", "prefix", "department", "role", "expires", "revoked")
    readonly_fields = ("prefix",)

    def save_model(self, request: HttpRequest, obj: Model, form: forms.ModelForm[Any], change: bool) -> None:
        """Issue a new key, or save an old one."""
        if change or not isinstance(obj, models.ApiKey):
            services.save(request.user.get_username(), obj)
            return
        secret = services.issue_key(request.user.get_username(), obj)
        messages.success(request, _("The key, shown only now: %s") % secret)


@admin.register(models.User)
class PersonAdmin(ServiceAdmin, UserAdmin[Any]):
    """People."""

    list_display = ("username", "display_name", "department", "role", "is_active")
    fieldsets: ClassVar = (
        *(UserAdmin.fieldsets or ()),
        (_("Department and role"), {"fields": ("department", "role", "display_name")}),
    )


@admin.register(models.LocalTransformation)
class LocalTransformationAdmin(ServiceAdmin):
    """Local transformations; their parameters are restricted, so only stewards see them at all."""

    list_display = ("name", "title_zh", "kind", "source_crs", "rms_m", "max_residual_m", "points", "department")

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Show them to stewards only."""
        return self._is_steward(request)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Show them to stewards only."""
        return self._is_steward(request)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Let stewards change them."""
        return self._is_steward(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Let stewards register them."""
        return self._is_steward(request)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Let stewards remove them."""
        return self._is_steward(request)

    def _is_steward(self, request: HttpRequest) -> bool:
        user = request.user
        return bool(user.is_active and (user.is_superuser or getattr(user, "role", "") == models.Role.STEWARD))


@admin.register(models.Subscription)
class SubscriptionAdmin(ServiceAdmin):
    """Webhooks."""

    list_display = ("name", "url", "key", "layer", "is_active")


@admin.register(models.Style)
class StyleAdmin(ServiceAdmin):
    """Styles."""

    list_display = ("layer", "name", "title_zh", "revision")


@admin.register(models.Delivery, models.DeliveryPart, models.Upload, models.Notice, models.WorkerBeat, models.Version, models.RasterFile, models.AuditEntry)
class HistoryAdmin(ReadOnlyAdmin):
    """What was delivered, published and changed."""

    list_display = ("__str__",)

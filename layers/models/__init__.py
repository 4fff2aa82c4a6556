"""The registry's tables: columns and constraints only; layers/services writes them."""

from layers.models.catalogue import GeneralisedTable, Layer, LayerField, Member, Style, Theme
from layers.models.datums import LocalTransformation
from layers.models.deliveries import Delivery, DeliveryPart, Upload, WorkerBeat
from layers.models.history import ChangeMark, RasterFile, Revision, Version
from layers.models.people import ApiKey, Department, Role, User
from layers.models.processes import ProcessJob
from layers.models.rules import AuditEntry, Grant
from layers.models.subscriptions import Notice, Subscription

__all__ = [
    "ApiKey",
    "AuditEntry",
    "ChangeMark",
    "Delivery",
    "DeliveryPart",
    "Department",
    "GeneralisedTable",
    "Grant",
    "Layer",
    "LayerField",
    "LocalTransformation",
    "Member",
    "Notice",
    "ProcessJob",
    "RasterFile",
    "Revision",
    "Role",
    "Style",
    "Subscription",
    "Theme",
    "Upload",
    "User",
    "Version",
    "WorkerBeat",
]

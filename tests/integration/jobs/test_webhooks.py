"""Subscribers are told of publications: signed, only at allowed addresses, again until it arrives."""

import base64
import dataclasses
import hashlib
import hmac
import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from django.utils import timezone

from ingest import jobs, presence, webhooks
from layers import models, services
from tests.integration.jobs.world import published

pytestmark = pytest.mark.django_db(transaction=True)
ROWS = {"1": "0101"}


class Listener:
    """A subscriber's server; `answers` are the statuses it gives, one after the other."""

    def __init__(self):
        self.heard, self.answers = [], [200]
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                listener.heard.append((dict(self.headers), body))
                self.send_response(listener.answers.pop(0) if listener.answers else 200)
                self.send_header("Location", f"http://127.0.0.1:{listener.port}/elsewhere")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def listener():
    found = Listener()
    yield found
    found.server.shutdown()
    found.server.server_close()


@pytest.fixture
def subscribed(settings, listener):
    settings.GEOBASE = dataclasses.replace(settings.GEOBASE, webhook_targets=("127.0.0.0/8",))
    key = models.ApiKey(name="k", department=models.Department.objects.create(code="d", name_zh="局"), role="staff")
    services.issue_key("tester", key)
    made = models.Subscription(name="s", url=f"http://127.0.0.1:{listener.port}/hook", key=key)
    services.save("tester", made)
    return made


def test_a_publication_is_told_once_and_signed_with_the_subscribers_secret(subscribed, listener):
    published(ROWS)
    assert webhooks.is_due()
    assert (webhooks.send_due(), webhooks.send_due()) == (1, 0)
    (headers, body), = listener.heard
    told = json.loads(body)
    assert (told["type"], told["layer"], told["version"], told["added"]) == ("version.published", "parcels", 1, 1)
    key = base64.b64decode(subscribed.secret.removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    assert headers["webhook-signature"] == "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert models.Notice.objects.get().state == "sent"


def test_a_subscriber_that_fails_or_redirects_is_tried_again_later_and_the_log_says_so(subscribed, listener):
    listener.answers = [500, 302, 200]
    published(ROWS)
    for wait in (10, 40):
        assert webhooks.send_due() == 1
        notice = models.Notice.objects.get()
        assert wait - 5 < (notice.due - timezone.now()).total_seconds() <= wait
        models.Notice.objects.update(due=timezone.now())
    webhooks.send_due()
    notice.refresh_from_db()
    assert (notice.state, [each["said"] for each in notice.log]) == ("sent", ["500", "302", "200"])
    assert len(listener.heard) == 3


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:{port}/", "http://localhost:{port}/", "http://[::1]:{port}/", "http://0x7f000001:{port}/", "http://127.1:{port}/",
        "http://[::ffff:127.0.0.1]:{port}/", "http://0.0.0.0:{port}/", "file:///etc/passwd", "gopher://127.0.0.1:{port}/", "http://u:p@gis.example/",
        "HTTP://LOCALHOST:{port}/", "http://169.254.169.254/latest/meta-data/",
    ],
)  # fmt: skip
def test_an_address_that_is_not_among_the_targets_is_never_connected_to(subscribed, listener, settings, url):
    settings.GEOBASE = dataclasses.replace(settings.GEOBASE, webhook_targets=("gis.example", "localhost", "10.0.0.0/8"))
    models.Subscription.objects.update(url=url.format(port=listener.port))
    published(ROWS)
    webhooks.send_due()
    assert listener.heard == []
    assert models.Notice.objects.get().log[0]["said"].startswith("refused")


def test_a_key_that_may_not_discover_the_layer_is_not_told(subscribed, listener):
    models.ApiKey.objects.update(role="consumer")
    published(ROWS, level=1)
    webhooks.send_due()
    assert (listener.heard, models.Notice.objects.get().state) == ([], "left out")


def test_workers_send_what_is_due(subscribed, listener):
    published(ROWS)
    assert presence.look() == 0
    presence.look()
    assert jobs.DBTaskResult.objects.filter(task_path="ingest.jobs.notify").count() == 1

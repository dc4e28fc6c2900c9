"""Webhooks end to end: a receiver on loopback, test events, rotation, resending by hand."""
import base64
import hashlib
import hmac
import http.server
import json
import threading

from harness import Store, TestCase, each_database, loyalty, order, until


class Receiver:
    """Answers 204 (or `status`) and remembers what came."""

    def __init__(self, test):
        self.came = []
        self.status = 204
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):  # noqa: N802
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.came.append((dict(self.headers), body))
                self.send_response(receiver.status)
                self.end_headers()

            def log_message(self, *arguments):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        test.addCleanup(self.server.server_close)
        test.addCleanup(self.server.shutdown)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"

    def wait(self, count):
        until(lambda: len(self.came) >= count, what=f"{count} deliveries")
        return self.came[:count]


def signatures(secret, headers, body):
    """(compatible, standard) as the secret's owner makes them."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    return (hmac.new(secret.encode(), body, hashlib.sha256).hexdigest(),
            "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode())


class Webhooks(TestCase):
    @each_database
    def test_from_the_order_to_the_receiver(self, kind):
        store = Store(self, kind, flags=["--webhook-allow-private", "true"])
        client = store.start()
        loyalty(client)
        receiver = Receiver(self)
        hook = client.need("POST", "/v1/webhooks", {
            "target_url": receiver.url, "events": ["customer.order.paid", "customer.loyalty.tier.joined"]})
        client.need("POST", "/v1/orders", order("POS-1", "anna", 500))
        [(headers, body)] = receiver.wait(1)
        headers = {name.lower(): value for name, value in headers.items()}
        self.assertEqual(json.loads(body)["type"], "customer.order.paid")
        compatible, standard = signatures(hook["secret"], headers, body)
        self.assertEqual(headers["x-voucherify-signature"], compatible)
        self.assertEqual(headers["webhook-signature"], standard)
        # A test event, while the secret is being changed: both sign.
        rotated = client.need("POST", f"/v1/webhooks/{hook['id']}/rotate-secret")
        self.assertNotEqual(rotated["secret"], hook["secret"])
        self.assertNotIn("secret", client.need("GET", f"/v1/webhooks/{hook['id']}"))
        sent = client.need("POST", f"/v1/webhooks/{hook['id']}/test")
        self.assertEqual(sent["type"], "customer.order.paid")
        headers, body = receiver.wait(2)[1]
        headers = {name.lower(): value for name, value in headers.items()}
        self.assertEqual(json.loads(body)["data"], {"test": True, "object": "webhook_test"})
        new, old = (signatures(secret, headers, body) for secret in (rotated["secret"], hook["secret"]))
        self.assertEqual(headers["webhook-signature"], f"{new[1]} {old[1]}")
        self.assertEqual(headers["x-voucherify-signature"], new[0])
        # The log of deliveries, and one of them again by hand.
        path = f"/v1/webhooks/{hook['id']}/deliveries"

        def delivered():
            return [one for one in client.need("GET", path)["data"] if one["state"] == "DELIVERED"]
        until(lambda: len(delivered()) == 2, what="two deliveries in the log")
        first = delivered()[-1]
        self.assertEqual((first["attempts"], first["last_status"], first["last_error"]), (1, 204, None))
        client.need("POST", f"/v1/webhooks/deliveries/{first['id']}/resend")
        again = {name.lower(): value for name, value in receiver.wait(3)[2][0].items()}
        self.assertEqual(again["webhook-id"], first["id"])
        # A receiver that refuses: the log says what it answered.
        receiver.status = 500
        client.need("POST", f"/v1/webhooks/{hook['id']}/test")
        receiver.wait(4)
        until(lambda: client.need("GET", path)["data"][0]["last_status"] == 500, what="the failure in the log")
        failed = client.need("GET", path)["data"][0]
        self.assertEqual((failed["state"], failed["last_error"]), ("WAITING", "HTTP 500"))
        client.need("PUT", f"/v1/webhooks/{hook['id']}", {"active": False})
        self.check_error(client.post(f"/v1/webhooks/{hook['id']}/test"), 400, "invalid_payload")
        self.check_error(client.post("/v1/webhooks/wh_x/test"), 404, "not_found")
        store.stop_and_verify()

"""Who may call what, and how often: rate limits, roles, rotation, tokens, pages with client-side keys."""
import re
import time

from harness import Client, Store, TestCase, each_database, loyalty

ROUTES = "src/app/planned_routes.cpp"


def form(**fields):
    import urllib.parse
    return urllib.parse.urlencode(fields).encode()


FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class Limits(TestCase):
    def test_a_key_is_limited_and_told_so(self):
        store = Store(self, "sqlite", flags=["--calls-per-minute", "5"])
        client = store.start()
        other = store.servers[0]
        # A window may end while we call: then the next one holds.
        for _ in range(3):
            answers = [client.get("/v1/orders") for _ in range(8)]
            resets = {answer.headers["X-Rate-Limit-Retry"] for answer in answers}
            if len(resets) == 1:
                break
        self.assertEqual([answer.status for answer in answers].count(429), 3)
        self.assertEqual([answer.headers["X-Rate-Limit-Remaining"] for answer in answers],
                         ["4", "3", "2", "1", "0", "0", "0", "0"])
        for answer in answers:
            self.assertEqual(answer.headers["X-Rate-Limit-Limit"], "5")
            self.assertEqual(answer.headers["X-Rate-Limit-Type"], "API_CALLS")
        refused = answers[-1]
        self.check_error(refused, 429, "too_many_requests")
        wait = int(refused.headers["Retry-After"])
        self.assertTrue(1 <= wait <= 60)
        self.assertLessEqual(abs(int(refused.headers["X-Rate-Limit-Retry"]) - time.time() - wait), 2)
        # Pages without a key, and calls with a wrong one, are not counted and say nothing of limits.
        page = Client([other.port]).get("/healthz")
        self.assertEqual(page.status, 200)
        self.assertNotIn("X-Rate-Limit-Limit", page.headers)
        wrong = Client([other.port], store.key[0], "wrong").get("/v1/orders")
        self.check_error(wrong, 401, "unauthorized")
        store.stop_and_verify()

    def test_the_project_sets_its_own_limit(self):
        store = Store(self, "sqlite")
        client = store.start()
        self.assertEqual(client.get("/v1/orders").headers["X-Rate-Limit-Limit"], "2000000")
        project = client.need("PUT", "/v1/project",
                              {"limits": {"api_calls": [{"value": 3, "duration": "PT1H"}]}})
        self.assertEqual(project["limits"]["api_calls"], [{"value": 3, "duration": "PT1H"}])
        time.sleep(1.1)  # a key is read again after a second
        statuses = [client.get("/v1/orders").status for _ in range(5)]
        self.assertIn(statuses, ([200, 200, 200, 429, 429], [200, 429, 429, 429, 429]), statuses)

    def test_no_limit(self):
        store = Store(self, "sqlite", flags=["--calls-per-minute", "0"])
        client = store.start()
        self.assertNotIn("X-Rate-Limit-Limit", client.get("/v1/orders").headers)


class Routes(TestCase):
    def setUp(self):
        self.store = Store(self, "sqlite", flags=["--client-calls-per-5-s", "0"])
        self.client = self.store.start()

    def test_what_is_planned_answers_so(self):
        for method, path in [("POST", "/v1/publications"), ("GET", "/v1/segments"),
                             ("POST", "/v1/vouchers/importCSV"), ("GET", "/v1/locations"),
                             ("DELETE", "/v2/loyalties/programs/x"), ("POST", "/v1/validations")]:
            with self.subTest(f"{method} {path}"):
                self.check_error(self.client.call(method, path), 501, "not_implemented")
                nobody = Client([self.store.servers[0].port]).call(method, path)
                self.check_error(nobody, 401, "unauthorized")
        self.check_error(self.client.get("/v1/nothing"), 404, "not_found")

    def test_a_real_route_wins(self):
        """Each operation of the compatible API: its own answer, or a clear 501, never 404 or 405 for
        want of a route; and no operation of /openapi.json is a planned one."""
        import os
        from harness import ROOT
        with open(os.path.join(ROOT, ROUTES), encoding="utf-8") as file:
            table = re.findall(r'\{"([A-Z ]+)", "(/[^"]*)"\}', file.read())
        self.assertGreater(len(table), 150)
        paths = self.client.need("GET", "/openapi.json")["paths"]
        shape = lambda path: re.sub(r"\{[^}]*\}", "{}", path)  # noqa: E731
        real = {(method.upper(), shape(path)) for path, item in paths.items() for method in item}
        planned = 0
        for methods, path in table:
            for method in methods.split():
                if "..." in path:
                    continue
                headers = {}
                if path.startswith("/client/"):
                    continue
                answer = self.client.call(method, re.sub(r"\{[^}]*\}", "x", path), b"{}", headers)
                with self.subTest(f"{method} {path}"):
                    if (method, shape(path)) in real:
                        self.assertNotEqual(answer.status, 501)
                        self.assertNotIn(b"Route not found", answer.body)
                    else:
                        planned += 1
                        self.check_error(answer, 501, "not_implemented")
        self.assertGreater(planned, 20)

    def test_the_description_is_made_once(self):
        first = self.client.get("/openapi.json")
        etag = first.headers["ETag"]
        again = self.client.get("/openapi.json", headers={"If-None-Match": etag})
        self.assertEqual((again.status, again.body), (304, b""))
        self.assertEqual(again.headers["ETag"], etag)
        other = self.client.get("/openapi.json", headers={"If-None-Match": '"other"'})
        self.assertEqual((other.status, other.body), (200, first.body))


class Keys(TestCase):
    @each_database
    def test_life_of_a_key(self, kind):
        store = Store(self, kind)
        client = store.start()
        made = client.need("POST", "/v1/keys", {"name": "till", "role": "MERCHANT"})
        self.assertEqual((made["type"], made["role"], made["expires_at"]), ("SERVER", "MERCHANT", None))
        till = store.client((made["id"], made["token"]))
        self.assertEqual(till.get("/v1/orders").status, 200)
        # What a till does, and no more.
        self.assertEqual(till.post("/v1/customers", {"source_id": "anna"}).status, 200)
        self.assertEqual(till.post("/v1/orders", {"source_id": "o", "amount": 1}).status, 200)
        for path in ("/v1/loyalties", "/v1/rewards", "/v1/keys", "/v1/webhooks",
                     "/v1/loyalties/members/x/redemption", "/v1/redemptions", "/v1/validations"):
            self.check_error(till.post(path, {}), 403, "missing_required_permission")
        # Rotated: both tokens are good, then only the new one.
        rotated = client.need("POST", f"/v1/keys/{made['id']}/rotate")
        self.assertNotEqual(rotated["token"], made["token"])
        for token in (rotated["token"], made["token"]):
            self.assertEqual(store.client((made["id"], token)).get("/v1/orders").status, 200)
        client.need("POST", f"/v1/keys/{made['id']}/rotate",
                    {"previous_expires_at": "2020-01-01T00:00:00Z"})
        for token in (rotated["token"], made["token"]):
            self.check_error(store.client((made["id"], token)).get("/v1/orders"), 401, "unauthorized")
        late = client.post(f"/v1/keys/{made['id']}/rotate",
                           {"previous_expires_at": "2100-01-01T00:00:00Z"})
        self.check_error(late, 400, "invalid_payload")
        # Used: known to the hour; never a secret in a list.
        listed = client.need("GET", "/v1/keys")
        self.assertEqual(listed["total"], 2)
        self.assertIsNotNone(client.need("GET", f"/v1/keys/{store.key[0]}")["last_used_at"])
        self.assertNotIn("token", listed["data"][0])
        # Ended: at once.
        live = client.need("POST", "/v1/keys", {"name": "soon", "expires_at": "2100-01-01T00:00:00Z"})
        soon = store.client((live["id"], live["token"]))
        self.assertEqual(soon.get("/v1/orders").status, 200)
        client.need("PUT", f"/v1/keys/{live['id']}", {"expires_at": "2020-01-01T00:00:00Z"})
        self.check_error(soon.get("/v1/orders"), 401, "unauthorized")
        client.need("PUT", f"/v1/keys/{live['id']}", {"expires_at": None, "role": "VIEWER"})
        self.assertEqual(soon.get("/v1/orders").status, 200)
        self.check_error(soon.post("/v1/orders", {"amount": 1}), 403, "missing_required_permission")
        self.assertEqual(client.call("DELETE", f"/v1/keys/{live['id']}").status, 204)
        self.check_error(soon.get("/v1/orders"), 401, "unauthorized")
        self.check_error(client.get("/v1/keys/nobody"), 404, "not_found")
        store.stop_and_verify()

    def test_a_secret_is_never_kept(self):
        """The answer of a retry has another secret: nothing is replayed that would have to be stored."""
        store = Store(self, "sqlite")
        client = store.start()
        first = client.post("/v1/keys", {"name": "a"}, key="once")
        again = client.post("/v1/keys", {"name": "a"}, key="once")
        self.assertNotEqual(first.json["token"], again.json["token"])
        token = client.call("POST", "/v1/oauth/token",
                            form(grant_type="client_credentials", scope="api"),
                            {**FORM, "Idempotency-Key": "twice"}).json["access_token"]
        store.stop()
        with open(store.file, "rb") as file:
            stored = file.read()
        for secret in (first.json["token"], again.json["token"], token):
            self.assertNotIn(secret.encode(), stored)

    def test_the_command_line(self):
        store = Store(self, "sqlite")
        store.start()
        store.stop()
        text = store.command("keys", "create", "--role", "VIEWER", "--name", "reports").stdout
        app_id = re.search(r"X-App-Id: (\S+)", text).group(1)
        old = re.search(r"X-App-Token: (\S+)", text).group(1)
        new = re.search(r"X-App-Token: (\S+)", store.command("keys", "rotate", app_id).stdout).group(1)
        listed = store.command("keys", "list").stdout
        self.assertRegex(listed, rf"{app_id}  server +VIEWER +reports.*old token until")
        store.serve()
        for token in (old, new):
            self.assertEqual(store.client((app_id, token)).get("/v1/orders").status, 200)
        store.stop()
        store.command("keys", "revoke", app_id)
        self.assertRegex(store.command("keys", "list").stdout, rf"{app_id}.*revoked")
        for _ in range(5):
            store.command("keys", "create", "--kind", "management")
        sixth = store.command("keys", "create", "--kind", "management", check=False)
        self.assertEqual(sixth.returncode, 1)
        self.assertIn("5 management keys", sixth.stderr)


class OAuth(TestCase):
    @each_database
    def test_tokens(self, kind):
        store = Store(self, kind)
        client = store.start()
        campaign = loyalty(client)

        def token(scope, status=200, grant="client_credentials"):
            answer = client.call("POST", "/v1/oauth/token", form(grant_type=grant, scope=scope), FORM)
            self.assertEqual(answer.status, status, answer)
            return answer.json

        def bearer(given):
            return {"Authorization": f"Bearer {given['access_token']}"}

        nobody = Client([server.port for server in store.servers])
        given = token("orders customers")
        self.assertEqual((given["token_type"], given["expires_in"], given["scope"], given["client_id"]),
                         ("Bearer", 900, "orders customers", store.key[0]))
        self.assertLess(abs(given["expires_at"] - time.time() - 900), 5)
        for path, status in [("/v1/orders", 200), ("/v1/customers", 200), ("/v1/products", 403),
                             (f"/v1/loyalties/{campaign}", 403), ("/v1/webhooks", 403)]:
            with self.subTest(path):
                self.assertEqual(nobody.get(path, headers=bearer(given)).status, status)
        self.assertEqual(nobody.get("/v1/webhooks", headers=bearer(token("api"))).status, 200)
        # A token lends no more than its key has, and cannot lend itself.
        viewer = client.need("POST", "/v1/keys", {"name": "v", "role": "VIEWER"})
        weak = store.client((viewer["id"], viewer["token"])).call(
            "POST", "/v1/oauth/token", form(grant_type="client_credentials", scope="api"), FORM).json
        self.assertEqual(nobody.get("/v1/orders", headers=bearer(weak)).status, 200)
        self.check_error(nobody.post("/v1/orders", {"amount": 1}, headers=bearer(weak)), 403)
        self.check_error(nobody.call("POST", "/v1/oauth/token",
                                     form(grant_type="client_credentials", scope="api"),
                                     {**FORM, **bearer(given)}), 401)
        # The key ends, and with it what it lent.
        self.assertEqual(client.call("DELETE", f"/v1/keys/{viewer['id']}").status, 204)
        self.check_error(nobody.get("/v1/orders", headers=bearer(weak)), 401)
        # What is wrong.
        self.assertEqual(token("orders", 400, "password")["key"], "invalid_grant_type")
        self.assertEqual(token("orders nonsense", 400)["key"], "invalid_scope")
        self.assertEqual(token("", 400)["key"], "invalid_scope")
        self.check_error(nobody.get("/v1/orders", headers={"Authorization": "Bearer x"}), 401)
        # Introspection and the end.
        def ask(path, text):
            return client.call("POST", path, form(token=text), FORM)
        told = ask("/v1/oauth/introspect", given["access_token"]).json
        self.assertEqual((told["active"], told["scope"]), (True, "orders customers"))
        self.assertEqual(ask("/v1/oauth/token/revoke", given["access_token"]).status, 204)
        self.assertEqual(ask("/v1/oauth/token/revoke", given["access_token"]).status, 204)
        self.assertEqual(ask("/v1/oauth/introspect", given["access_token"]).json, {"active": False})
        self.check_error(nobody.get("/v1/orders", headers=bearer(given)), 401)
        self.check_error(client.call("POST", "/v1/oauth/introspect", b"", FORM), 400, "missing_param")
        store.stop_and_verify()


class Pages(TestCase):
    """Client-side keys: public, from trusted origins, five calls in five seconds of one address."""

    def setUp(self):
        self.store = Store(self, "sqlite", flags=["--client-calls-per-5-s", "1000"])
        self.client = self.store.start()
        loyalty(self.client)
        key = self.client.need("POST", "/v1/keys", {"name": "page", "type": "CLIENT"})
        self.page = {"X-Client-Application-Id": key["id"], "X-Client-Token": key["token"]}
        self.nobody = Client([self.store.servers[0].port])

    def call(self, method, path, body=None, origin="https://shop.example"):
        return self.nobody.call(method, path, body, {**self.page, "Origin": origin})

    def settings(self, **settings):
        self.client.need("PUT", "/v1/project", settings)

    def test_origins_and_settings(self):
        event = {"event": "visit", "customer": {"source_id": "anna", "name": "Mallory"}}
        self.check_error(self.call("POST", "/client/v1/events", event), 403, "forbidden")
        self.settings(client_trusted_domains=["shop.example"])
        off = self.call("POST", "/client/v1/events", event)
        self.check_error(off, 403, "forbidden")
        self.assertIn("client_loyalty_events_enabled", off.json["details"])
        self.settings(client_loyalty_events_enabled=True)
        self.client.need("POST", "/v1/customers", {"source_id": "anna", "name": "Anna",
                                                   "email": "anna@shop.example"})
        done = self.call("POST", "/client/v1/events", event)
        self.assertEqual(done.status, 200, done)
        # It says who, and nothing about them; nobody's profile changes.
        self.assertEqual(set(done.json["customer"]), {"id", "source_id", "object"})
        self.assertEqual(self.client.need("GET", "/v1/customers/anna")["name"], "Anna")
        self.assertEqual(done.headers["Access-Control-Allow-Origin"], "https://shop.example")
        self.assertIn("Origin", done.headers["Vary"])
        evil = self.call("POST", "/client/v1/events", event, "https://evil.example")
        self.check_error(evil, 403, "forbidden")
        self.assertNotIn("Access-Control-Allow-Origin", evil.headers)
        self.check_error(self.nobody.call("POST", "/client/v1/events", event, self.page), 403)
        # The keys of pages open nothing else, and the server's keys no pages.
        page_as_server = {"X-App-Id": self.page["X-Client-Application-Id"],
                          "X-App-Token": self.page["X-Client-Token"]}
        self.check_error(self.nobody.get("/v1/orders", headers=page_as_server), 401)
        self.check_error(self.client.post("/client/v1/events", event), 401)
        server_as_page = {"X-Client-Application-Id": self.store.key[0],
                          "X-Client-Token": self.store.key[1], "Origin": "https://shop.example"}
        self.check_error(self.nobody.post("/client/v1/events", event, headers=server_as_page), 401)
        self.store.stop_and_verify()

    def test_customers(self):
        self.settings(client_trusted_domains=["*"])
        anna = {"source_id": "anna", "name": "Anna", "email": "anna@shop.example"}
        self.check_error(self.call("POST", "/client/v1/customers", anna), 403, "forbidden")
        self.settings(client_create_customer_enabled=True)
        made = self.call("POST", "/client/v1/customers", anna).json
        self.assertEqual(made["name"], "Anna")
        again = self.call("POST", "/client/v1/customers", {"source_id": "anna", "name": "Mallory"}).json
        self.assertEqual((again["id"], again["name"], again["email"]), (made["id"], None, None))
        self.assertEqual(self.client.need("GET", "/v1/customers/anna")["name"], "Anna")

    def test_consents(self):
        self.settings(client_trusted_domains=["shop.example"])
        letter = self.client.need("POST", "/v1/consents", {"name": "Letter", "category": "EMAIL"})
        calls = self.client.need("POST", "/v1/consents", {"name": "Calls"})
        self.check_error(self.client.post("/v1/consents", {"name": "Calls"}), 409, "duplicate_found")
        listed = self.call("GET", "/client/v1/consents").json
        self.assertEqual([one["id"] for one in listed["consents"]["data"]], [letter["id"], calls["id"]])
        self.assertEqual(listed["groups"]["total"], 0)
        self.client.need("POST", "/v1/customers", {"source_id": "anna"})
        path = "/v1/customers/anna/consents"
        self.assertEqual(self.call("PUT", "/client" + path, {letter["id"]: True}).status, 204)
        self.assertEqual(self.client.put(path, {"Calls": True, "Letter": True},
                                         headers={"X-Voucherify-Channel": "till 1"}).status, 204)
        self.assertEqual(self.client.put(path, {letter["id"]: False}).status, 204)
        told = self.client.need("GET", path)
        self.assertEqual({one["name"]: one["granted"] for one in told["data"]},
                         {"Letter": False, "Calls": True})
        self.assertEqual([(one["name"], one["granted"], one["channel"]) for one in told["history"]],
                         [("Letter", False, "API"), ("Calls", True, "till 1"),
                          ("Letter", True, "CLIENT_API")])
        wrong = self.client.put(path, {"Letter": "yes", "Calls": None})
        self.assertEqual([one["pointer"] for one in self.check_error(wrong, 400)["errors"]],
                         ["/Letter", "/Calls"])
        unknown = self.client.put(path, {"Nothing": True, "Letter": True})
        self.check_error(unknown, 400, "invalid_payload")
        self.assertEqual(len(self.client.need("GET", path)["history"]), 3)
        self.check_error(self.client.put("/v1/customers/nobody/consents", {}), 404, "not_found")

    def test_preflight(self):
        asked = self.nobody.call("OPTIONS", "/client/v1/events", headers={
            "Origin": "https://shop.example", "Access-Control-Request-Method": "POST"})
        self.assertEqual(asked.status, 204)
        self.assertEqual(asked.headers["Access-Control-Allow-Origin"], "https://shop.example")
        self.assertIn("POST", asked.headers["Access-Control-Allow-Methods"])
        self.assertIn("X-Client-Token", asked.headers["Access-Control-Allow-Headers"])
        server = self.nobody.call("OPTIONS", "/v1/orders", headers={"Origin": "https://shop.example"})
        self.assertNotIn("Access-Control-Allow-Origin", server.headers)

    def test_limited_by_address(self):
        store = Store(self, "sqlite", flags=["--client-address-header", "X-Forwarded-For"])
        client = store.start()
        client.need("PUT", "/v1/project", {"client_trusted_domains": ["*"]})
        key = client.need("POST", "/v1/keys", {"name": "page", "type": "CLIENT"})
        page = {"X-Client-Application-Id": key["id"], "X-Client-Token": key["token"],
                "Origin": "https://shop.example"}
        nobody = Client([store.servers[0].port])

        def ask(address):
            return nobody.get("/client/v1/consents",
                              headers={**page, "X-Forwarded-For": f"10.9.9.9, {address}"})
        for _ in range(3):
            answers = [ask("10.0.0.1") for _ in range(7)]
            if len({answer.headers["X-Rate-Limit-Retry"] for answer in answers}) == 1:
                break
        self.assertEqual([answer.status for answer in answers], [200] * 5 + [429] * 2)
        self.assertEqual(answers[0].headers["X-Rate-Limit-Type"], "CLIENT_API_CALLS")
        self.assertLessEqual(int(answers[-1].headers["Retry-After"]), 5)
        self.assertEqual(ask("10.0.0.2").status, 200)


class Management(TestCase):
    @each_database
    def test_projects(self, kind):
        store = Store(self, kind)
        store.create_project("theirs")
        client = store.start()
        store.stop()
        text = store.command("keys", "create", "--kind", "management", project="theirs").stdout
        headers = {"X-Management-Id": re.search(r"X-Management-Id: (\S+)", text).group(1),
                   "X-Management-Token": re.search(r"X-Management-Token: (\S+)", text).group(1)}
        store.serve()
        client = store.client()
        nobody = Client([store.servers[0].port])
        listed = nobody.need("GET", "/management/v1/projects", headers=headers)["data"]
        self.assertEqual([one["name"] for one in listed], ["theirs", "shop"])
        ids = {one["name"]: one["id"] for one in listed}
        # A project's own key sees its own.
        self.assertEqual(client.need("GET", "/management/v1/projects")["total"], 1)
        base = "/management/v1/projects/"
        self.check_error(client.get(base + ids["theirs"]), 404, "not_found")
        for name in ids:
            changed = nobody.need("PUT", base + ids[name], {"strict_events": True}, headers=headers)
            self.assertEqual((changed["name"], changed["strict_events"]), (name, True))
            hook = nobody.need("POST", base + ids[name] + "/webhooks", headers=headers, body={
                "target_url": f"https://{name}.example/", "events": ["customer.order.paid"]})
            self.assertTrue(hook["secret"].startswith("whsec_"))
        self.assertEqual(len(client.need("GET", "/v1/webhooks")["data"]), 1)
        self.check_error(nobody.get(base + "proj_x/webhooks", headers=headers), 404, "not_found")
        self.check_error(nobody.get(base + "proj_x", headers=headers), 404, "not_found")
        self.check_error(client.put("/v1/project", {"currency": "USD", "timezone": "UTC"}), 400)
        self.check_error(nobody.get("/v1/orders", headers={
            "X-App-Id": headers["X-Management-Id"], "X-App-Token": headers["X-Management-Token"]}), 401)
        self.check_error(nobody.get("/management/v1/projects/" + ids["shop"] + "/stacking-rules",
                                    headers=headers), 501, "not_implemented")
        store.stop_and_verify()

"""Every route of /openapi.json: with no key, with a wrong one, with a weaker one, with another
project's. The list comes from the server, so a new route is walked too."""
import json

from harness import Client, Store, TestCase, card_of, counts, line, loyalty, material_reward, order

METHODS = ("get", "post", "put", "delete", "patch")
OPEN = {"/", "/healthz", "/readyz", "/metrics", "/figures", "/openapi.json", "/docs"}


TILL = {("POST", "/v1/customers"), ("PUT", "/v1/customers/{customerId}"),
        ("PUT", "/v1/customers/{customerId}/consents"), ("POST", "/v1/orders"),
        ("PUT", "/v1/orders/{orderId}"), ("POST", "/v1/orders/{orderId}/returns"),
        ("POST", "/v1/events"), ("POST", "/v1/loyalties/{campaignId}/members")}


def administrators(path, method):
    """Keys, where webhooks lead, settings, the clock."""
    return ("webhooks" in path or path.startswith(("/v1/keys", "/management/"))
            or (method, path) in {("POST", "/v1/clock/advance"), ("PUT", "/v1/project")}
            or (path.startswith("/v1/consents") and method != "GET"))


class Auth(TestCase):
    def setUp(self):
        self.store = Store(self, "sqlite")
        self.store.create_project("theirs")
        self.other_key = self.store.create_key(project="theirs")
        self.store.create_project("shop")
        self.keys = {role: self.store.create_key(role, "shop") for role in ("ADMIN", "USER", "VIEWER", "MERCHANT")}
        self.store.key = self.keys["ADMIN"]
        self.store.serve()
        self.client = self.store.client()
        self.campaign = loyalty(self.client)
        self.ids = self.fill_shop()
        self.operations = [
            (method.upper(), path, operation)
            for path, item in self.client.need("GET", "/openapi.json")["paths"].items()
            for method, operation in item.items() if method in METHODS and path not in OPEN]
        self.assertGreater(len(self.operations), 60)
        # What any key may call by its description: reading, tokens of what the key has, estimates.
        self.asks = {(method, path) for method, path, operation in self.operations
                     if operation["description"].startswith("Any key")}

    def fill_shop(self):
        """One of each thing, so that the routes lead to something that is there."""
        client, campaign = self.client, self.campaign
        reward = material_reward(client, campaign, 1)
        made = client.need("POST", "/v1/orders",
                           order("POS-1", "anna", items=[line("mug", 5, 1000)]))
        card = card_of(client, campaign, "anna")
        redemption = client.need("POST", f"/v1/loyalties/members/{card['code']}/redemption",
                                 {"reward": {"id": reward}})
        [tier] = self.data(client.need("POST", f"/v1/loyalties/{campaign}/tiers",
                                       [{"name": "One", "points": {"from": 0, "to": 10}}]))
        rules = client.need("GET", f"/v1/loyalties/{campaign}/earning-rules")["data"]
        assignment = client.need("GET", f"/v1/loyalties/{campaign}/rewards")["data"][0]
        product = client.need("GET", "/v1/products")["products"][0]
        sku = client.need("POST", f"/v1/products/{product['id']}/skus",
                          {"source_id": "sku-1", "sku": "One"})
        collection = client.need("POST", "/v1/product-collections", {
            "name": "All", "type": "STATIC",
            "products": [{"object": "product", "id": product["id"]}]})
        return {"campaignId": campaign, "memberId": card["code"], "code": card["code"],
                "rewardId": reward, "orderId": made["id"], "customerId": "anna",
                "redemptionId": redemption["id"], "loyaltyTierId": tier["id"],
                "tierId": tier["id"], "earningRuleId": rules[0]["id"],
                "assignmentId": assignment["id"], "rewardAssignmentId": assignment["id"],
                "productId": product["id"], "skuId": sku["id"],
                "productCollectionId": collection["id"], "collectionId": collection["id"]}

    @staticmethod
    def data(answer):
        return answer if isinstance(answer, list) else answer["data"]

    def real(self, path):
        for name, value in self.ids.items():
            path = path.replace("{" + name + "}", value)
        return "/".join("x" if part.startswith("{") else part for part in path.split("/"))

    def walk(self, headers):
        """(method, path, answer) of every operation, with a body that it would take."""
        client = Client([self.store.servers[0].port])
        for method, path, operation in self.operations:
            body = None
            if method in ("POST", "PUT", "PATCH"):
                content = operation.get("requestBody", {}).get("content", {})
                body = json.dumps(content.get("application/json", {}).get("example", {})).encode()
            yield method, path, client.call(method, self.real(path), body, headers=headers)

    def test_no_key_and_wrong_keys(self):
        app_id, token = self.keys["ADMIN"]
        wrong = {
            "none": {},
            "id alone": {"X-App-Id": app_id},
            "token alone": {"X-App-Token": token},
            "empty": {"X-App-Id": "", "X-App-Token": ""},
            "unknown id": {"X-App-Id": "0" * 32, "X-App-Token": token},
            "wrong token": {"X-App-Id": app_id, "X-App-Token": "0" * len(token)},
            "half a token": {"X-App-Id": app_id, "X-App-Token": token[:-1]},
            "token of another": {"X-App-Id": app_id, "X-App-Token": self.other_key[1]},
            "swapped": {"X-App-Id": token, "X-App-Token": app_id},
        }
        before = counts(self.client, self.campaign)
        for name, headers in wrong.items():
            for method, path, answer in self.walk(headers):
                with self.subTest(f"{name}: {method} {path}"):
                    self.check_error(answer, 401, "unauthorized")
        self.assertEqual(counts(self.client, self.campaign), before)
        self.store.stop_and_verify()

    def test_a_viewer_only_reads(self):
        app_id, token = self.keys["VIEWER"]
        before = counts(self.client, self.campaign)
        reads = 0
        for method, path, answer in self.walk({"X-App-Id": app_id, "X-App-Token": token}):
            with self.subTest(f"{method} {path}"):
                if path.startswith("/client/"):  # other keys open what pages may do
                    self.check_error(answer, 401, "unauthorized")
                elif administrators(path, method):
                    self.check_error(answer, 403, "missing_required_permission")
                elif method != "GET" and (method, path) in self.asks:
                    self.assertNotIn(answer.status, (401, 403, 500), answer)
                elif method == "GET":
                    reads += answer.status == 200
                    self.assertNotIn(answer.status, (401, 403), answer)
                else:
                    self.check_error(answer, 403, "missing_required_permission")
        self.assertGreater(reads, 25, "most of what is read must be there to be seen")
        self.assertEqual(counts(self.client, self.campaign), before)
        self.store.stop_and_verify()

    def test_a_merchant_does_what_a_till_does(self):
        app_id, token = self.keys["MERCHANT"]
        done = set()
        for method, path, answer in self.walk({"X-App-Id": app_id, "X-App-Token": token}):
            with self.subTest(f"{method} {path}"):
                if (method, path) in TILL:
                    done.add((method, path))
                    self.assertNotIn(answer.status, (401, 403, 500), answer)
                elif path.startswith("/client/"):
                    self.check_error(answer, 401, "unauthorized")
                elif administrators(path, method):
                    self.check_error(answer, 403, "missing_required_permission")
                elif method == "GET" or (method, path) in self.asks:
                    self.assertNotIn(answer.status, (401, 403), answer)
                else:
                    self.check_error(answer, 403, "missing_required_permission")
        self.assertGreater(len(done), 5)
        self.store.stop_and_verify()

    def test_a_user_does_not_administer(self):
        app_id, token = self.keys["USER"]
        for method, path, answer in self.walk({"X-App-Id": app_id, "X-App-Token": token}):
            with self.subTest(f"{method} {path}"):
                if path.startswith("/client/"):  # other keys open what pages may do
                    self.check_error(answer, 401, "unauthorized")
                elif administrators(path, method):
                    self.check_error(answer, 403, "missing_required_permission")
                else:
                    self.assertNotIn(answer.status, (401, 403, 500), answer)

    def test_another_project_sees_and_changes_nothing(self):
        app_id, token = self.other_key
        headers = {"X-App-Id": app_id, "X-App-Token": token}
        before = counts(self.client, self.campaign)
        ours = [value for value in self.ids.values() if "_" in value] + [self.ids["memberId"]]
        for method, path, answer in self.walk(headers):
            with self.subTest(f"{method} {path}"):
                names_ours = any("{" + name + "}" in path for name in self.ids)
                # A customer or order of this name may be made: it is then theirs, not ours.
                # So what is read under it later in the walk is theirs as well.
                upsert = path.startswith("/v1/customers/") and (
                    method in ("PUT", "DELETE") or path != "/v1/customers/{customerId}")
                if path.startswith("/client/"):
                    self.check_error(answer, 401, "unauthorized")
                elif names_ours and not upsert:
                    self.assertGreaterEqual(answer.status, 400, answer)
                    self.assertNotIn(answer.status, (401, 403, 500), answer)
                    if method == "GET":
                        self.check_error(answer, 404, "not_found")
                if answer.status < 300:
                    for word in ours:
                        self.assertNotIn(word.encode(), answer.body)
        after = counts(self.client, self.campaign)
        before["programs"] = [p for p in before["programs"] if p]  # of ours alone
        after["programs"] = [p for p in after["programs"]
                             if p and any(one["id"] == self.campaign for one in p)]
        self.assertEqual(after, before)
        self.store.stop_and_verify()

    def test_a_revoked_key_is_refused(self):
        """Revoked while nothing runs (SQLite has one process); it must not come back."""
        self.store.stop()
        self.store.command("keys", "revoke", self.keys["USER"][0], project="shop")
        self.store.serve()
        self.check_error(self.store.client(self.keys["USER"]).get("/v1/orders"), 401,
                         "unauthorized")
        self.assertEqual(self.store.client(self.keys["ADMIN"]).get("/v1/orders").status, 200)

    def test_pages_without_a_key(self):
        client = Client([self.store.servers[0].port])
        for path in ("/healthz", "/readyz"):
            self.assertEqual(client.need("GET", path), {"status": "ok"})
        metrics = client.get("/metrics")
        self.assertEqual(metrics.status, 200)
        self.assertIn(b"perennial_commands_committed ", metrics.body)
        figures = client.need("GET", "/figures")["projects"]
        self.assertEqual({one["name"] for one in figures}, {"shop", "theirs"})
        for path in ("/", "/docs"):
            page = client.get(path)
            self.assertEqual(page.status, 200)
            self.assertIn("text/html", page.headers["Content-Type"])
            self.assertIn("default-src 'none'", page.headers["Content-Security-Policy"])
        # What is secret is nowhere.
        _, token = self.keys["ADMIN"]
        for path in ("/", "/docs", "/figures", "/metrics", "/openapi.json"):
            self.assertNotIn(token.encode(), client.get(path).body)
        self.check_error(client.post("/figures"), 405)

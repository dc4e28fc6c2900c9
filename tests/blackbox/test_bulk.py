"""Bulk changes and imports over the API: async actions that finish, name what failed, and survive kills."""
from harness import LONG, Store, TestCase, each_database, loyalty, order, card_of, balance, until


def form(content, name="file", boundary="perennial-test"):
    """(body, headers) of a multipart upload."""
    body = (f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="a.csv"\r\n'
            f"Content-Type: text/csv\r\n\r\n").encode() + content + f"\r\n--{boundary}--\r\n".encode()
    return body, {"Content-Type": f"multipart/form-data; boundary={boundary}"}


def finished(client, action):
    """The async action, once it has ended."""
    out = []

    def look():
        out[:] = [client.need("GET", f"/v1/async-actions/{action}")]
        return out[0]["status"] in ("DONE", "FAILED")

    until(look)
    return out[0]


class Bulk(TestCase):
    @each_database
    def test_customers_in_bulk(self, kind):
        store = Store(self, kind)
        client = store.start()
        rows = [{"source_id": f"b{i}", "name": f"Name {i}", "metadata": {"i": i}} for i in range(450)]
        rows[7] = {"name": "nobody"}
        rows[8] = {"source_id": "b8", "birthdate": "1990-02-31"}
        rows[9] = "text"
        rows[10] = {"id": "cust_" + "0" * 32, "name": "unknown"}
        answer = client.post("/v1/customers/bulk/async", rows)
        self.assertEqual(answer.status, 202, answer)
        # Normally finished when the client first looks.
        action = finished(client, answer.json["async_action_id"])
        self.assertEqual((action["type"], action["status"], action["operation_status"]),
                         ("CUSTOMERS.BULK_UPDATE", "DONE", "SUCCESS"))
        result = action["result"]
        self.assertEqual((result["done_count"], result["failed_count"]), (446, 4))
        failed = {one["row"]: one for one in result["failed"]}
        self.assertEqual(sorted(failed), [8, 9, 10, 11])
        self.assertEqual(failed[9]["errors"][0]["pointer"], "/birthdate")
        self.assertEqual(failed[9]["source_id"], "b8")
        self.assertEqual(failed[11]["code"], "not_found")
        self.assertEqual(client.need("GET", "/v1/customers?limit=1")["total"], 446)
        self.assertEqual(client.need("GET", "/v1/customers/b449")["metadata"], {"i": 449})
        answer = client.post("/v1/customers/metadata/async",
                             {"source_ids": ["b449", "fresh"], "metadata": {"vip": True}})
        self.assertEqual(finished(client, answer.json["async_action_id"])["result"]["done_count"], 2)
        self.assertEqual(client.need("GET", "/v1/customers/b449")["metadata"], {"i": 449, "vip": True})
        self.assertEqual(client.need("GET", "/v1/customers/fresh")["metadata"], {"vip": True})
        for body in ({}, "x", None):
            self.check_error(client.post("/v1/customers/bulk/async", body), 400, "invalid_payload")
        wrong = client.post("/v1/customers/metadata/async", {"source_ids": [1], "metadata": 2})
        self.assertEqual({one["pointer"] for one in wrong.json["errors"]}, {"/source_ids/0", "/metadata"})
        store.stop()

    @each_database
    def test_csv(self, kind):
        store = Store(self, kind)
        client = store.start()
        content = ("Name,Source_id,Email,Birthdate,Address_City,Address line 1,Newsletter\r\n"
                   'Anna,anna,a@x.org,1990-04-12,Oslo,"Gate 1, left",yes\r\n'
                   "Ben,ben,,31.12.1990,,,\r\n"
                   "Carla,carla\r\n"
                   "Dora,dora,,,,,no\r\n").encode()
        body, headers = form(content)
        answer = client.call("POST", "/v1/customers/importCSV", body, headers=headers)
        self.assertEqual(answer.status, 202, answer)
        action = finished(client, answer.json["async_action_id"])
        self.assertEqual(action["type"], "CUSTOMERS.IMPORT_CSV")
        result = action["result"]
        self.assertEqual((result["done_count"], sorted(one["row"] for one in result["failed"])), (2, [3, 4]))
        anna = client.need("GET", "/v1/customers/anna")
        self.assertEqual((anna["name"], anna["birthdate"], anna["address"]["line_1"], anna["metadata"]),
                         ("Anna", "1990-04-12", "Gate 1, left", {"Newsletter": "yes"}))
        # An empty cell says nothing; a plain CSV body will do, and semicolons.
        answer = client.call("POST", "/v1/customers/importCSV", "source_id;email\nanna;\n".encode(),
                             headers={"Content-Type": "text/csv"})
        finished(client, answer.json["async_action_id"])
        self.assertEqual(client.need("GET", "/v1/customers/anna")["email"], "a@x.org")

        body, headers = form(b"name,source_id,price,attributes,color\nMug,mug,1250,\"size, color\",red\nCup,cup,12.5,,\n")
        action = finished(client, client.call("POST", "/v1/products/importCSV", body,
                                              headers=headers).json["async_action_id"])
        self.assertEqual([one["row"] for one in action["result"]["failed"]], [3])
        mug = client.need("GET", "/v1/products/mug")
        self.assertEqual((mug["price"], mug["attributes"], mug["metadata"]),
                         (1250, ["size", "color"], {"color": "red"}))
        body, headers = form(b'product_id,sku,source_id,price,attributes\nmug,Blue,mug-b,1300,"{""color"":""blue""}"\n'
                             b"nope,X,x,1,\n")
        action = finished(client, client.call("POST", "/v1/skus/importCSV", body,
                                              headers=headers).json["async_action_id"])
        self.assertEqual((action["type"], action["result"]["done_count"],
                          action["result"]["failed"][0]["code"]), ("SKUS.IMPORT_CSV", 1, "not_found"))
        self.assertEqual(client.need("GET", "/v1/skus/mug-b")["attributes"], {"color": "blue"})

        body, headers = form(content)
        for wrong, more in ((body[:-9], headers), (body, {"Content-Type": "application/json"}),
                            form(content, name="data"), form(b"a,b\n1,2\n"), form(b""),
                            form(b"name,name\nx,y\n"), form("name\nx\n".encode("utf-16"))):
            answer = client.call("POST", "/v1/customers/importCSV", wrong, headers=more)
            self.check_error(answer, 400)
        store.stop()

    @each_database
    def test_orders_are_imported_and_earn_nothing(self, kind):
        store = Store(self, kind)
        client = store.start()
        campaign = loyalty(client)
        client.need("POST", "/v1/orders", order("now", "anna", 1000))
        old = [{**order(f"old-{i}", "anna", 500), "created_at": f"2019-04-{i + 1:02}T10:00:00.000Z"}
               for i in range(20)]
        old.append({**order("later", "anna", 500), "created_at": "2999-01-01T00:00:00Z"})
        answer = client.post("/v1/orders/import", old)
        self.assertEqual(answer.status, 200, answer)
        action = finished(client, answer.json["async_action_id"])
        self.assertEqual((action["type"], action["result"]["done_count"], action["result"]["failed_count"]),
                         ("ORDERS.IMPORT", 20, 1))
        self.assertEqual(client.need("GET", "/v1/orders/old-3")["created_at"], "2019-04-04T10:00:00.000Z")
        self.assertEqual(balance(card_of(client, campaign, "anna")), 10)
        summary = client.need("GET", "/v1/customers/anna")["summary"]["orders"]
        self.assertEqual((summary["total_count"], summary["total_amount"]), (21, 11000))
        self.check_error(client.post("/v1/orders/import", old * 100), 413)
        store.stop_and_verify()

    @each_database
    def test_kills_in_the_middle(self, kind):
        """Rows are done once each, however often the server is killed; live requests come in between."""
        store = Store(self, kind)
        client = store.start()
        total = 60000
        rows = [{"source_id": f"k{i}", "name": f"K {i}"} for i in range(total)]
        rows[3000] = {"source_id": "k3000", "phone": 5}
        action = client.need("POST", "/v1/customers/bulk/async", rows)["async_action_id"]
        kills = 0
        while kills < (10 if LONG else 3):
            seen = client.need("GET", f"/v1/async-actions/{action}")
            if seen["status"] == "DONE":
                break
            store.kill()
            kills += 1
            store.serve()
            client = store.client()
            client.need("POST", "/v1/customers", {"source_id": "live"})
            until(lambda: client.need("GET", f"/v1/async-actions/{action}")["progress"]
                  > seen["progress"] or client.need("GET", f"/v1/async-actions/{action}")["status"] == "DONE",
                  seconds=120)
        self.assertGreater(kills, 0, "it was done before the first kill")
        until(lambda: client.need("GET", f"/v1/async-actions/{action}")["status"] == "DONE", seconds=120)
        done = client.need("GET", f"/v1/async-actions/{action}")
        self.assertEqual((done["result"]["done_count"], done["result"]["failed_count"], done["progress"]),
                         (total - 1, 1, 100))
        self.assertEqual(client.need("GET", "/v1/customers?limit=1")["total"], total)
        # A stop in the middle gives the job back at once: the next server goes on.
        again = client.need("POST", "/v1/customers/bulk/async", rows)["async_action_id"]
        store.stop()
        store.serve()
        client = store.client()
        self.assertEqual(finished(client, again)["result"]["done_count"], total - 1)
        store.stop()

"""Exports: files that say what is stored, for whoever has their address; and people who are forgotten."""
import csv
import io
import os
import urllib.parse

from harness import (Client, Store, TestCase, balance, card_of, each_database, loyalty, material_reward, order,
                     until)


def exported(test, client, path, body):
    """(export, rows as dicts)."""
    made = client.post(path, body)
    test.assertEqual(made.status, 200, made)
    out = []

    def look():
        out[:] = [client.need("GET", f"/v1/exports/{made.json['id']}")]
        return out[0]["status"] in ("DONE", "ERROR")

    until(look)
    test.assertEqual(out[0]["status"], "DONE")
    url = urllib.parse.urlsplit(out[0]["result"]["url"])
    file = Client(client.ports).get(f"{url.path}?{url.query}")
    test.assertEqual((file.status, file.headers["Content-Type"]), (200, "text/csv; charset=utf-8"), file)
    return out[0], list(csv.DictReader(io.StringIO(file.body.decode(), newline="")))


class Exports(TestCase):
    @each_database
    def test_files(self, kind):
        store = Store(self, kind)
        client = store.start()
        campaign = loyalty(client, expiration={"period_type": "MONTH", "period_value": 2})
        total = 730
        for begin in range(0, total, 365):
            client.need("POST", "/v1/customers/bulk/async", [
                {"source_id": f"c{i:04}", "name": f"=Name, {i}", "address": {"city": f"City {i % 7}"},
                 "metadata": {"n": i}} for i in range(begin, begin + 365)])
        until(lambda: client.need("GET", "/v1/customers?limit=1")["total"] == total)
        for i in range(5):
            client.need("POST", "/v1/orders", order(f"o{i}", f"c000{i}", 1000 * (i + 1)))

        export, rows = exported(self, client, "/v1/exports", {
            "exported_object": "customer",
            "parameters": {"fields": ["source_id", "name", "address_city", "loyalty_points", "metadata"],
                           "order": "-source_id"}})
        self.assertEqual(export["exported_object"], "customer")
        self.assertEqual([row["source_id"] for row in rows], [f"c{i:04}" for i in range(total)][::-1])
        self.assertEqual(rows[-2], {"source_id": "c0001", "name": "'=Name, 1", "address_city": "City 1",
                                    "loyalty_points": "20", "metadata": '{"n":1}'})
        _, rows = exported(self, client, "/v1/exports", {
            "exported_object": "customer", "parameters": {
                "fields": ["source_id"], "order": "loyalty_points",
                "filters": {"loyalty_points": {"conditions": {"$more_than": [20]}}}}})
        self.assertEqual([row["source_id"] for row in rows], ["c0002", "c0003", "c0004"])

        _, rows = exported(self, client, "/v1/orders/export", {"parameters": {
            "fields": ["source_id", "status", "amount"], "order": "-amount"}})
        self.assertEqual([(row["source_id"], row["status"], row["amount"]) for row in rows],
                         [(f"o{i}", "PAID", str(1000 * (i + 1))) for i in (4, 3, 2, 1, 0)])

        card = card_of(client, campaign, "c0003")
        _, rows = exported(self, client, f"/v1/loyalties/members/{card['code']}/transactions/export", {})
        self.assertEqual([(row["voucher_id"], row["type"], row["amount"], row["balance"]) for row in rows],
                         [(card["id"], "POINTS_ACCRUAL", "40", "40")])
        _, rows = exported(self, client, f"/v1/loyalties/{campaign}/transactions/export", None)
        self.assertEqual(sum(int(row["amount"]) for row in rows), 150)
        _, rows = exported(self, client, f"/v1/loyalties/{campaign}/points-expiration/export", None)
        self.assertEqual(sorted(int(row["points"]) for row in rows), [10, 20, 30, 40, 50])
        self.assertTrue(all(row["expires_at"] for row in rows))
        _, rows = exported(self, client, "/v1/exports", {"exported_object": "voucher", "parameters": {
            "fields": ["code", "loyalty_balance", "customer_source_id"], "order": "-loyalty_balance"}})
        self.assertEqual((rows[0]["loyalty_balance"], rows[0]["customer_source_id"]), ("50", "c0004"))

        # The address opens this file only, and only with its token.
        url = urllib.parse.urlsplit(export["result"]["url"])
        stranger = Client(client.ports)
        for path in (url.path, f"{url.path}?token=wrong", f"{url.path}?token=", "/v1/exports",
                     f"/v1/exports/exp_{'0' * 32}?{url.query}"):
            self.check_error(stranger.get(path), 401)
        self.assertEqual(client.need("GET", "/v1/exports?limit=2")["total"], 7)
        self.assertEqual(client.call("DELETE", f"/v1/exports/{export['id']}").status, 204)
        self.check_error(stranger.get(f"{url.path}?{url.query}"), 401)
        self.check_error(client.get(f"/v1/exports/{export['id']}"), 404)
        self.check_error(client.post("/v1/exports", {"exported_object": "dragon"}), 400, "invalid_export_params")
        self.check_error(client.post("/v1/exports", {"exported_object": "order", "parameters": {"fields": ["x"]}}),
                         400, "invalid_export_fields")
        self.check_error(client.post("/v1/loyalties/members/nobody/transactions/export"), 404)
        reward = material_reward(client, campaign, 5)
        code = card_of(client, campaign, "c0003")["code"]
        client.need("POST", f"/v1/loyalties/members/{code}/redemption", {"reward": {"id": reward}})
        _, rows = exported(self, client, "/v1/exports", {
            "exported_object": "customer", "parameters": {
                "fields": ["source_id", "redemptions_total_redeemed", "loyalty_points"],
                "filters": {"redemptions_total_redeemed": {"conditions": {"$more_than": [0]}}}}})
        self.assertEqual([list(row.values()) for row in rows], [["c0003", "1", "35"]])
        store.stop_and_verify()


class Erasing(TestCase):
    @each_database
    def test_a_person_is_forgotten(self, kind):
        store = Store(self, kind)
        client = store.start()
        campaign = loyalty(client)
        reward = material_reward(client, campaign, 5)
        word = "Zebulon"
        client.need("POST", "/v1/customers", {
            "source_id": f"{word}-id", "name": f"{word} Quill", "email": f"{word}@example.org",
            "phone": f"+49 {word}", "description": f"{word} likes tea", "birthdate": "1990-02-03",
            "address": {"city": f"{word}ville", "line_1": f"{word} Street 1"}, "metadata": {"note": word}},
            headers={"Idempotency-Key": "once"})
        body = order("o1", f"{word}-id", items=[{"product_id": "mug", "quantity": 1, "price": 3000,
                                                 "metadata": {"engraving": word}}])
        client.need("POST", "/v1/orders", {**body, "metadata": {"gift_note": f"for {word}"}})
        client.need("POST", "/v1/events", {"event": "review", "customer": {"source_id": f"{word}-id"},
                                           "metadata": {"text": f"{word} was here"}})
        card = card_of(client, campaign, f"{word}-id")
        client.need("POST", f"/v1/loyalties/members/{card['code']}/balance",
                    {"points": 7, "reason": f"{word} asked nicely"})
        client.need("POST", f"/v1/loyalties/members/{card['code']}/redemption",
                    {"reward": {"id": reward}, "metadata": {"who": word}})
        client.need("POST", "/v1/orders", order("o2", "other", 1000))
        customer = client.need("GET", f"/v1/customers/{word}-id")
        listed = {name: client.need("GET", f"/v1/customers?{name}={urllib.parse.quote(value)}")["total"]
                  for name, value in (("email", f"{word}@example.org"), ("name", f"{word} Quill"),
                                      ("city", f"{word}ville"), ("city", f"{word}vill"))}
        self.assertEqual(listed, {"email": 1, "name": 1, "city": 0})

        done = client.need("POST", f"/v1/customers/{word}-id/permanent-deletion", {})
        self.assertEqual((done["related_object_id"], done["status"], done["object"]),
                         (customer["id"], "DONE", "pernament_deletion"))
        self.assertEqual((done["data_json"]["orders"], done["data_json"]["events"]), (1, 1))
        for path in (f"/v1/customers/{word}-id", f"/v1/customers/{customer['id']}"):
            self.check_error(client.get(path), 404, "not_found")
        self.check_error(client.post(f"/v1/customers/{word}-id/permanent-deletion", {}), 404)
        self.check_error(client.post("/v1/customers", {"id": customer["id"], "name": "x"}), 404)
        self.assertEqual(client.need("GET", "/v1/customers")["total"], 1)
        # What it was worth stays, for the books and their proof.
        left = client.need("GET", f"/v1/loyalties/members/{card['code']}")
        self.assertEqual((balance(left), left["active"]), (32, False))
        self.assertEqual(client.need("GET", "/v1/orders/o1")["amount"], 3000)
        entries = client.need("GET", f"/v1/loyalties/members/{card['code']}/transactions")["data"]
        self.assertEqual(len(entries), 3)
        store.verify()
        # The source id is free: whoever has it now begins anew.
        fresh = client.need("POST", "/v1/customers", {"source_id": "again"})
        self.assertNotEqual(fresh["id"], customer["id"])
        store.stop_and_verify()
        if kind == "sqlite":
            for name in os.listdir(os.path.join(store.folder, "data")):
                with open(os.path.join(store.folder, "data", name), "rb") as file:
                    self.assertNotIn(word.encode(), file.read(), name)
        else:
            self.assertNotIn(word, store.cluster.dump(store.database))

"""Customers and opening balances from files: checked first, done once, wrong rows named."""
import csv
import json
import os

from harness import Store, TestCase, balance, card_of, each_database, scratch

PROGRAM = {"campaign": {"name": "Circle", "campaign_type": "LOYALTY_PROGRAM",
                        "voucher": {"type": "LOYALTY_CARD", "loyalty_card": {"points": 0}}}}


class ImportRows(TestCase):
    def begin(self, kind):
        store = Store(self, kind)
        store.create_project("shop", zone="Europe/Oslo")
        self.folder = scratch(self)
        store.command("apply", self.file("program.json", json.dumps(PROGRAM)))
        store.key = store.create_key()
        return store

    def file(self, name, content):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8", newline="") as out:
            out.write(content)
        return path

    def wrong(self, path):
        with open(path + ".errors.csv", encoding="utf-8", newline="") as file:
            return {int(row["line"]): row["reason"] for row in csv.DictReader(file)}

    @each_database
    def test_customers(self, kind):
        store = self.begin(kind)
        path = self.file("people.csv", "Nr;Navn;E-post;By;Internt;Klubb\n"
                                       "1;Åse;ase@x.no;Bergen;x;gull\n;Nobody;;;;\n3;Odd;;Oslo;;\n1;Åse B;;;;\n")
        mapping = self.file("map.json", json.dumps({"columns": {
            "Nr": "source_id", "Navn": "name", "E-post": "email", "By": "address_city", "Internt": None}}))
        check = store.command("import", "customers", path, "--mapping", mapping, "--check")
        self.assertIn("this was a check", check.stdout)
        for _ in range(2):
            done = store.command("import", "customers", path, "--mapping", mapping, check=False)
            self.assertEqual(done.returncode, 3, done.stdout + done.stderr)
            self.assertIn("4 rows read, 3 imported, 1 refused", done.stdout)
        self.assertIn("source_id", self.wrong(path)[3])
        store.serve()
        client = store.client()
        self.assertEqual(client.need("GET", "/v1/customers")["total"], 2)
        ase = client.need("GET", "/v1/customers/1")
        self.assertEqual((ase["name"], ase["email"], ase["address"]["city"], ase["metadata"]),
                         ("Åse B", "ase@x.no", "Bergen", {"Klubb": "gull"}))
        store.stop()
        bad = self.file("bad.json", json.dumps({"columns": {"Nr": "number"}}))
        done = store.command("import", "customers", path, "--mapping", bad, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("/columns/Nr", done.stderr)

    @each_database
    def test_balances(self, kind):
        store = self.begin(kind)
        rows = ("customer,program,points,expires on,reason\n"
                "anna,Circle,120,2099-12-31,Old cards\n"
                "anna,,30,,\nben,,5,,\nben,,5,,\n"
                "carl,Nowhere,5,,\n,,5,,\ndora,,-5,,\neva,,5,soon,\nfinn,,5,2001-01-01,\n")
        path = self.file("balances.csv", rows)
        check = store.command("import", "balances", path, "--check")
        self.assertIn("160 points added", check.stdout)
        self.assertEqual(store.verify()["points"], 0)
        done = store.command("import", "balances", path, check=False)
        self.assertEqual(done.returncode, 3, done.stdout + done.stderr)
        self.assertIn("9 rows read, 4 imported, 5 refused", done.stdout)
        self.assertEqual(sorted(self.wrong(path)), [6, 7, 8, 9, 10])
        self.assertEqual(store.verify()["points"], 160)
        # A second run, and a longer file, add only what is new.
        done = store.command("import", "balances", path, check=False)
        self.assertIn("4 were there from an earlier run", done.stdout)
        self.assertEqual(store.verify()["points"], 160)
        longer = self.file("longer.csv", rows + "ben,,5,,\ngreta,,7,,\n")
        store.command("import", "balances", longer, check=False)
        self.assertEqual(store.verify()["points"], 172)
        store.serve()
        client = store.client()
        card = card_of(client, "Circle", "anna")
        self.assertEqual(balance(card), 150)
        lots = client.need("GET", f"/v1/loyalties/Circle/members/{card['code']}/points-expiration")["data"]
        self.assertEqual(sorted((lot["bucket"]["total_points"], lot.get("expires_at")) for lot in lots)[-1],
                         (120, "2099-12-31"))
        entries = client.need("GET", f"/v1/loyalties/members/{card['code']}/transactions")["data"]
        self.assertEqual({(one["type"], one["reason"]) for one in entries},
                         {("POINTS_ADDITION", "Old cards"), ("POINTS_ADDITION", "Opening balance")})
        store.stop()
        text = store.command("export", "voucher_transactions", "--fields", "amount,reason", "--order", "-amount").stdout
        self.assertEqual(text.splitlines()[:2], ["amount,reason", "120,Old cards"])
        done = store.command("export", "dragon", check=False)
        self.assertEqual(done.returncode, 1)

    @each_database
    def test_a_balance_of_a_card(self, kind):
        store = self.begin(kind)
        store.serve()
        code = store.client().need("POST", "/v1/loyalties/Circle/members",
                                   {"customer": {"source_id": "anna"}})["code"]
        store.stop()
        path = self.file("cards.csv", f"card,points,key\n{code},50,row-1\n{code},60,row-1\nNOPE,5,row-2\n")
        done = store.command("import", "balances", path, check=False)
        self.assertEqual(done.returncode, 3, done.stdout + done.stderr)
        self.assertEqual(sorted(self.wrong(path)), [3, 4])
        self.assertEqual(store.verify()["points"], 50)

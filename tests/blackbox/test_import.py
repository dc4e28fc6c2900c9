"""Line-item CSV, agreed to the point with check_points.py, which shares no code with the product."""
import collections
import contextlib
import csv
import gzip
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import threading
import time

from harness import (BINARY, ROOT, Store, TestCase, balance, clean_environment,
                     each_database, order, scratch, until)

ONLINE_RETAIL = os.path.join(ROOT, "tests", "online_retail")
EXAMPLE = os.path.join(ROOT, "examples", "online-retail")
REAL = os.path.join(ROOT, "..", "shared", "data", "online_retail", "online_retail.csv.gz")
KILLED_ORDERS = 9000


def generated(folder, orders):
    path = os.path.join(folder, "shop.csv")
    with open(path, "wb") as out:
        subprocess.run([sys.executable, os.path.join(ONLINE_RETAIL, "generate.py"), "--orders",
                        str(orders), "--seed", "7"], stdout=out, check=True)
    return path


def judged(path, folder):
    """(figures, customer -> (points before returns, points after)) by the independent check."""
    members = os.path.join(folder, "members.csv")
    done = subprocess.run([sys.executable, os.path.join(ONLINE_RETAIL, "check_points.py"), path,
                           "--members", members], capture_output=True, text=True, check=True)
    with open(members, encoding="utf-8", newline="") as file:
        rows = {row["customer"]: (int(row["points_before"]), int(row["points_after"]))
                for row in csv.DictReader(file)}
    return json.loads(done.stdout), rows


class Importing(TestCase):
    def begin(self, kind):
        store = Store(self, kind)
        store.create_project("shop")
        store.command("apply", os.path.join(EXAMPLE, "program.json"))
        store.key = store.create_key()
        return store

    def orders(self, store, path, *more, check=True, mapping=None):
        return store.command("import", "orders", path, "--mapping",
                             mapping or os.path.join(EXAMPLE, "mapping.json"), *more, check=check)

    def members(self, store):
        """customer -> (points credited, balance), over the API."""
        store.serve()
        client = store.client()
        names, page = {}, 1
        while True:
            found = client.need("GET", f"/v1/customers?limit=100&page={page}&order=created_at")
            names.update({one["id"]: one["source_id"] for one in found["customers"]})
            if len(found["customers"]) < 100:
                break
            page += 1
        cards, page = {}, 1
        while True:
            found = client.need("GET", "/v1/loyalties/Gift%20Shop%20Points/members"
                                       f"?limit=100&page={page}&order=created_at")
            for card in found["vouchers"]:
                cards[names[card["holder_id"]]] = (card["loyalty_card"]["points"], balance(card))
            if len(found["vouchers"]) < 100:
                break
            page += 1
        self.assertEqual(len(cards), found["total"])
        total = client.need("GET", "/v1/orders?limit=1")["total"]
        store.stop()
        return cards, total

    def compare(self, store, figures, rows):
        self.assertEqual(store.verify()["points"], figures["points_after"])
        cards, orders = self.members(store)
        have = {name: points for name, (_, points) in cards.items()}
        want = {name: after for name, (_, after) in rows.items()}
        # Who only ever sent back has no points, and may have no card.
        self.assertEqual({n: p for n, p in have.items() if p or n in want}, want)
        self.assertGreaterEqual(orders, figures["orders"])
        return cards


class Import(Importing):
    @each_database
    def test_a_generated_file(self, kind):
        store = self.begin(kind)
        folder = scratch(self)
        path = generated(folder, 900)
        figures, rows = judged(path, folder)
        self.assertGreater(figures["points_taken_back"], 0, "the file must have returns")

        # A check imports nothing.
        checked = self.orders(store, path, "--check")
        self.assertIn("Nothing was imported", checked.stdout)
        self.assertIn(f"{figures['points_after']} points outstanding", checked.stdout)
        self.assertEqual(store.verify()["entries"], 0)

        done = self.orders(store, path)
        self.assertIn(f"{figures['points_taken_back']} points taken back", done.stdout)
        self.assertIn(f"{figures['points_after']} points outstanding", done.stdout)
        self.compare(store, figures, rows)

        # Once more: all is there.
        entries = store.verify()["entries"]
        self.orders(store, path)
        self.assertEqual(store.verify()["entries"], entries)

        # The same orders in a file of another name and with one line more: still nothing twice.
        longer = os.path.join(folder, "again.csv")
        shutil.copy(path, longer)
        with open(longer, "a", encoding="utf-8") as out:
            out.write('"999999","22139","TEA SET",1,"2011-12-09 12:50:00",4.25,,"EIRE"\n')
        self.orders(store, longer)
        self.assertEqual(store.verify()["entries"], entries)

    @each_database
    def test_points_before_returns(self, kind):
        """The file without its returns gives what the check says of `before`."""
        store = self.begin(kind)
        folder = scratch(self)
        path = generated(folder, 300)
        _, rows = judged(path, folder)
        sold = os.path.join(folder, "sold.csv")
        with open(path, encoding="utf-8", newline="") as source, \
                open(sold, "w", encoding="utf-8", newline="") as out:
            writer = csv.writer(out)
            writer.writerows(row for row in csv.reader(source) if not row[0].startswith("C"))
        self.orders(store, sold)
        cards, _ = self.members(store)
        self.assertEqual({name: points for name, (_, points) in cards.items()},
                         {name: before for name, (before, _) in rows.items()})

    @each_database
    def test_killed_in_the_middle_and_resumed(self, kind):
        """Several kills, each somewhere else; the result is that of one quiet import."""
        store = self.begin(kind)
        folder = scratch(self)
        path = generated(folder, KILLED_ORDERS)
        figures, rows = judged(path, folder)
        interrupted = 0
        for number in range(1, 4):
            process = subprocess.Popen(
                [BINARY, "import", "orders", path, "--mapping",
                 os.path.join(EXAMPLE, "mapping.json"), *store.settings],
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=clean_environment())
            goal = self.entries(store) + number * 700
            until(lambda: process.poll() is not None or self.entries(store) > goal, 120)
            process.kill()
            interrupted += process.wait() != 0
            held = store.verify()
            self.assertGreater(held["entries"], 0)
        self.assertGreater(interrupted, 0, "every import was over before the kill")
        self.orders(store, path)
        self.compare(store, figures, rows)

    def entries(self, store):
        """What is committed, seen from outside."""
        count = "SELECT count(*) FROM entries"
        if store.kind == "postgresql":
            return int(store.cluster.sql(count, store.database))
        with contextlib.closing(sqlite3.connect(f"file:{store.file}?mode=ro", uri=True)) as shop:
            return shop.execute(count).fetchone()[0]

    def test_errors_name_line_and_reason(self):
        store = self.begin("sqlite")
        folder = scratch(self)
        head = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
        good = "{},22139,Tea,1,2011-01-05 10:00:00,4.25,12346,EIRE\n"
        path = os.path.join(folder, "bad.csv")
        lines = [head, good.format(1),                                             # line 2
                 "2,22139,Tea,many,2011-01-05 10:00:00,4.25,12346,EIRE\n",         # 3
                 "3,22139,Tea,1,yesterday,4.25,12346,EIRE\n",                      # 4
                 "4,22139,Tea,1,2011-01-05 10:00:00,cheap,12346,EIRE\n",           # 5
                 "5,22139\n",                                                      # 6
                 good.format(6),                                                   # 7
                 "6,22139,Tea,1,2011-02-30 10:00:00,4.25,12346,EIRE\n",            # 8
                 "7,22139,Tea,99999999999999999999,2011-01-05 10:00:00,1,12346,EIRE\n",  # 9
                 good.format(8)]                                                   # 10
        with open(path, "w", encoding="utf-8") as out:
            out.writelines(lines)
        done = self.orders(store, path, check=False)
        self.assertEqual(done.returncode, 3, done.stdout + done.stderr)
        with open(path + ".errors.csv", encoding="utf-8", newline="") as file:
            errors = list(csv.DictReader(file))
        self.assertLessEqual({3, 4, 5, 6, 8, 9}, {int(one["line"]) for one in errors})
        for one in errors:
            self.assertTrue(one["reason"], one)
        columns = {int(one["line"]): one["column"] for one in errors}
        self.assertEqual((columns[3], columns[4], columns[5], columns[9]),
                         ("Quantity", "InvoiceDate", "UnitPrice", "Quantity"))
        # An order with a wrong line is left out whole: 6 is not there. Line 6 might belong to any.
        cards, orders = self.members(store)
        self.assertEqual((cards["12346"][1], orders), (2 * 4, 2))
        store.verify()

    def test_broken_files(self):
        """Quotes, encodings, columns: a clear word with a place, and nothing imported."""
        store = self.begin("sqlite")
        folder = scratch(self)
        head = b"InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
        good = b"1,22139,Tea,1,2011-01-05 10:00:00,4.25,12346,EIRE\n"
        cases = {
            "open quote": (head + good + b'2,22139,"Tea,1,2011-01-05 10:00:00,4.25,12346,EIRE\n', "3"),
            "text behind a quote": (head + good + b'2,22139,"Tea"x,1,2011-01-05 10:00:00,4.25,1,E\n',
                                    "3"),
            "latin-1": (head + good + b"2,22139,Caf\xe9,1,2011-01-05 10:00:00,4.25,12346,EIRE\n", "3"),
            "UTF-16": (("\ufeff" + (head + good).decode()).encode("utf-16-le"), ""),
            "no column": (head.replace(b"Quantity", b"Qty") + good, "Quantity"),
            "two columns": (head.replace(b"Country", b"Quantity") + good, "Quantity"),
            "empty": (b"", ""),
            "NUL": (head + b"2,22139,T\x00ea,1,2011-01-05 10:00:00,4.25,12346,EIRE\n", ""),
        }
        for name, (content, place) in cases.items():
            with self.subTest(name):
                path = os.path.join(folder, name.replace(" ", "-") + ".csv")
                with open(path, "wb") as out:
                    out.write(content)
                done = self.orders(store, path, check=False)
                said = done.stdout + done.stderr
                if os.path.exists(path + ".errors.csv"):
                    with open(path + ".errors.csv", encoding="utf-8") as file:
                        said += file.read()
                self.assertNotIn(done.returncode, (0, 70), said)
                self.assertGreaterEqual(done.returncode, 0, "it crashed")
                self.assertIn(place, said)
                self.assertRegex(said, r"[a-z]{4}")
        cards, orders = self.members(store)
        self.assertLessEqual(orders, 1)
        store.verify()

    def test_wrong_mappings(self):
        store = self.begin("sqlite")
        folder = scratch(self)
        path = generated(folder, 5)
        with open(os.path.join(EXAMPLE, "mapping.json"), encoding="utf-8") as file:
            mapping = json.load(file)
        cases = {
            "unknown key": ({**mapping, "colour": "red"}, "colour"),
            "unknown zone": ({**mapping, "time": {**mapping["time"], "zone": "Europe/Lundon"}},
                             "Lundon"),
            "no column": ({**mapping, "columns": {**mapping["columns"], "sku": "Sku"}}, "Sku"),
            "wrong meaning": ({**mapping, "codes": [{"code": "X", "meaning": "toy"}]}, "meaning"),
            "no columns": ({key: value for key, value in mapping.items() if key != "columns"},
                           "columns"),
        }
        for name, (wrong, word) in cases.items():
            with self.subTest(name):
                file = os.path.join(folder, "mapping.json")
                with open(file, "w", encoding="utf-8") as out:
                    json.dump(wrong, out)
                done = self.orders(store, path, check=False, mapping=file)
                self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
                self.assertIn(word, done.stderr)
        for name, text in {"no JSON": "{", "missing": None}.items():
            file = os.path.join(folder, f"{name}.json")
            if text is not None:
                with open(file, "w", encoding="utf-8") as out:
                    out.write(text)
            done = self.orders(store, path, check=False, mapping=file)
            self.assertEqual(done.returncode, 1, name)
            self.assertIn(file, done.stderr)
        self.assertEqual(store.verify()["entries"], 0)

    @each_database
    def test_beside_a_running_server(self, kind):
        """The till goes on selling to the same customers while the file comes in."""
        store = self.begin(kind)
        folder = scratch(self)
        path = generated(folder, 4000)
        figures, rows = judged(path, folder)
        store.serve()
        client = store.client()
        sold = collections.Counter()
        stopping = threading.Event()

        def sell(number):
            count = 0
            while not stopping.is_set():
                count += 1
                customer = f"{12346 + (number * 31 + count) % 60}"
                client.need("POST", "/v1/orders",
                            order(f"TILL-{number}-{count}", customer, 500))
                with lock:
                    sold[customer] += 5
            client.close()

        lock = threading.Lock()
        threads = [threading.Thread(target=sell, args=(n,)) for n in range(3)]
        for thread in threads:
            thread.start()
        try:
            while not sold:
                time.sleep(.01)
            before = sum(sold.values())
            done = self.orders(store, path, check=False)
            meanwhile = sum(sold.values()) - before
        finally:
            stopping.set()
            for thread in threads:
                thread.join()
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertGreater(meanwhile, 0)
        self.assertEqual(store.stop_and_verify()["points"],
                         figures["points_after"] + sum(sold.values()))
        cards, orders = self.members(store)
        for customer in rows.keys() | sold.keys():
            after = rows.get(customer, (0, 0))[1]
            self.assertEqual(cards[customer][1], after + sold[customer], customer)

    def test_a_statement(self):
        store = self.begin("sqlite")
        folder = scratch(self)
        path = generated(folder, 60)
        _, rows = judged(path, folder)
        self.orders(store, path)
        customer, (_, points) = max(rows.items(), key=lambda row: row[1][1])
        text = store.command("statement", customer).stdout
        self.assertRegex(text, re.compile(rf"\b{points}\b"))
        nobody = store.command("statement", "nobody", check=False)
        self.assertEqual(nobody.returncode, 1)
        self.assertIn("nobody", nobody.stdout + nobody.stderr)


class RealFile(Importing):
    """The year of a real shop; skipped where the file is not."""

    @each_database
    def test_online_retail(self, kind):
        if not os.path.exists(REAL):
            self.skipTest("../shared/data/online_retail is not here")
        store = self.begin(kind)
        folder = scratch(self)
        path = os.path.join(folder, "online_retail.csv")
        with gzip.open(REAL, "rb") as source, open(path, "wb") as out:
            shutil.copyfileobj(source, out)
        figures, rows = judged(path, folder)
        self.assertEqual((figures["orders"], figures["customers"], figures["returns"]),
                         (18536, 4339, 3654))
        self.assertEqual((figures["points_before"], figures["points_after"]), (8902670, 8397383))
        done = self.orders(store, path)
        self.assertIn(f"{figures['points_taken_back']} points taken back", done.stdout)
        cards = self.compare(store, figures, rows)
        self.assertEqual(sum(credited for credited, _ in cards.values()), 8902670)
        self.assertEqual({name: credited for name, (credited, _) in cards.items() if credited},
                         {name: before for name, (before, _) in rows.items() if before})


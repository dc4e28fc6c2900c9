"""A copy made while the shop writes is whole and provable; a ledger that was touched says where."""
import os
import re
import shutil
import sqlite3
import threading

from harness import NoAnswer, Store, TestCase, card_of, loyalty, order, transactions, until


class Backup(TestCase):
    def begin(self):
        self.store = Store(self, "sqlite")
        self.client = self.store.start()
        self.campaign = loyalty(self.client)
        self.acknowledged = []
        self.stopping = threading.Event()

    def load(self, threads=4):
        def write(number):
            try:
                count = 0
                while not self.stopping.is_set():
                    count += 1
                    source = f"POS-{number}-{count}"
                    self.client.need("POST", "/v1/orders",
                                     order(source, f"m{number}-{count % 50}", 1234))
                    self.acknowledged.append(source)
            except NoAnswer:
                pass
            finally:
                self.client.close()
        self.threads = [threading.Thread(target=write, args=(n,)) for n in range(threads)]
        for thread in self.threads:
            thread.start()
        self.addCleanup(self.end_load)

    def end_load(self):
        self.stopping.set()
        for thread in self.threads:
            thread.join()

    def test_backup_while_writing_restore_and_verify_against(self):
        self.begin()
        self.load()
        until(lambda: len(self.acknowledged) > 300)
        copy = os.path.join(self.store.folder, "copy.db")
        before = list(self.acknowledged)
        self.store.command("backup", copy)
        until(lambda: len(self.acknowledged) > len(before) + 100, what="writing to go on")
        # Reading commands work beside the server too.
        checkpoint = os.path.join(self.store.folder, "now.txt")
        self.store.command("verify", "--checkpoint", checkpoint)
        self.end_load()
        live = self.store.stop_and_verify()

        again = self.store.command("backup", copy, check=False)
        self.assertEqual(again.returncode, 1)
        self.assertIn("exists already", again.stderr)

        # The copy holds, and has all that was acknowledged before it began.
        settings = ["--data-dir", os.path.join(self.store.folder, "other"), "--log-level", "warn"]
        self.store.settings = settings
        self.store.command("restore", copy)
        held = self.store.verify()
        self.assertLess(held["entries"], live["entries"])
        self.store.serve()
        client = self.store.client()
        orders = client.need("GET", "/v1/orders?limit=1")["total"]
        self.assertGreaterEqual(orders, len(before))
        self.assertEqual(orders, held["entries"])
        for source in before[-50:] + before[:50]:
            self.assertEqual(client.get(f"/v1/orders/{source}").status, 200)
        self.store.stop()

        # A checkpoint of the copy agrees with the copy, and with nothing else.
        mine = os.path.join(self.store.folder, "copy.txt")
        self.store.command("verify", "--checkpoint", mine)
        self.assertIn("holds", self.store.command("verify", "--against", mine).stdout)
        other = self.store.command("verify", "--against", checkpoint, check=False)
        self.assertEqual(other.returncode, 2, other.stdout)
        self.assertIn("checkpoint", other.stdout)

    def test_restore_refuses_what_is_no_backup(self):
        self.begin()
        self.client.need("POST", "/v1/orders", order("POS-1", "anna", 1000))
        copy = os.path.join(self.store.folder, "copy.db")
        self.store.command("backup", copy)
        beside = self.store.command("restore", copy, check=False)
        self.assertEqual(beside.returncode, 1, "a running server must not lose its file")
        self.assertIn("another process", beside.stderr)
        held = self.store.stop_and_verify()
        with open(copy, "rb") as source:
            content = source.read()
        broken = {
            "missing": None, "empty": b"", "text": b"hello\n" * 1000,
            "half": content[:len(content) // 2],
            "scribbled": content[:8192] + bytes(8192) + content[16384:]}
        for name, data in broken.items():
            with self.subTest(name):
                file = os.path.join(self.store.folder, f"{name}.db")
                if data is not None:
                    with open(file, "wb") as out:
                        out.write(data)
                done = self.store.command("restore", file, check=False)
                self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
                self.assertIn(file, done.stderr)
                self.assertEqual(self.store.verify(), held, "the database in place was lost")
        self.store.command("restore", copy)
        self.assertEqual(self.store.verify(), held)
        self.assertTrue(os.path.exists(self.store.file + ".before-restore"))

    def test_postgresql_names_its_own_tools(self):
        store = Store(self, "postgresql")
        store.create_project()
        done = store.command("backup", os.path.join(store.folder, "x"), check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("pg_dump", done.stderr)


class Tampering(TestCase):
    """Somebody with the file and a SQLite shell: `verify` names the card and the entry."""

    def setUp(self):
        self.store = Store(self, "sqlite")
        client = self.store.start()
        campaign = loyalty(client)
        for customer in ("anna", "bob", "carla"):
            for number in range(4):
                client.need("POST", "/v1/orders", order(f"{customer}-{number}", customer, 5000))
        self.card = card_of(client, campaign, "bob")["id"]
        self.entries = [one["id"] for one in transactions(client, self.card)]
        self.store.stop_and_verify()
        self.whole = self.store.file + ".whole"
        shutil.copy(self.store.file, self.whole)

    def tamper(self, statement, *values):
        with sqlite3.connect(self.store.file) as database:
            changed = database.execute(statement, values).rowcount
        database.close()
        self.assertGreaterEqual(changed, 1, "nothing was tampered with")

    def findings(self):
        done = self.store.command("verify", check=False)
        shutil.copy(self.whole, self.store.file)
        self.assertEqual(done.returncode, 2, done.stdout + done.stderr)
        self.assertIn("does NOT hold", done.stdout)
        return done.stdout

    @staticmethod
    def raw(identifier):
        return bytes.fromhex(identifier.rpartition("_")[2])

    def entry(self, number):
        return self.raw(self.entries[number])

    def test_changed_points(self):
        self.tamper("UPDATE entries SET points = points + 1000 WHERE id = ?", self.entry(1))
        said = self.findings()
        self.assertIn(f"card {self.card}, entry {self.entries[1]} (number 2)", said)
        self.assertEqual(len(re.findall(r"^  card", said, re.M)), 1, said)

    def test_every_column_of_an_entry(self):
        """Whatever of an entry is part of the proof: a change of it is seen."""
        with sqlite3.connect(self.store.file) as database:
            columns = [row[1:3] for row in database.execute("PRAGMA table_info(entries)")]
        database.close()
        free = {"bucket", "project", "id", "card", "detail", "salt"}
        for name, kind in columns:
            if name in free:
                continue
            with self.subTest(name):
                value = "zeroblob(16)" if kind == "BLOB" else f"{name} + 1"
                self.tamper(f"UPDATE entries SET {name} = {value} WHERE id = ?", self.entry(2))
                self.assertIn(self.card, self.findings())

    def test_the_cause_of_an_entry(self):
        """Another reason for the same points: the commitment to it no longer fits."""
        for change in ("detail = '{\"by\":\"manual\"}'", "salt = zeroblob(16)", "salt = x''"):
            with self.subTest(change):
                self.tamper(f"UPDATE entries SET {change} WHERE id = ?", self.entry(2))
                self.assertIn(self.card, self.findings())

    def test_a_deleted_entry(self):
        self.tamper("DELETE FROM entries WHERE id = ?", self.entry(1))
        self.assertIn(f"card {self.card}, entry {self.entries[2]} (number 3): entry 2 is missing",
                      self.findings())

    def test_a_deleted_last_entry(self):
        """The chain alone would not show it: the card's row does."""
        self.tamper("DELETE FROM entries WHERE id = ?", self.entry(3))
        self.assertIn(self.card, self.findings())

    def test_a_changed_balance(self):
        self.tamper("UPDATE cards SET balance = balance + 7 WHERE id = ?", self.raw(self.card))
        self.assertIn(f"card {self.card}: its row says balance 207, its entries make it 200",
                      self.findings())

    def test_a_deleted_card(self):
        self.tamper("DELETE FROM cards WHERE id = ?", self.raw(self.card))
        self.assertIn(self.card, self.findings())

    def test_broken_bytes(self):
        """What cannot even be read is named, too."""
        for change in ("lots = x'ff'", "lots = zeroblob(500)", "previous = x'01'", "hash = x''"):
            with self.subTest(change):
                self.tamper(f"UPDATE entries SET {change} WHERE id = ?", self.entry(2))
                self.assertIn(self.card, self.findings())
        for change in ("lots = x'ff'", "lots = x''", "head = x'01'", "head_hash = x''"):
            with self.subTest(f"card: {change}"):
                self.tamper(f"UPDATE cards SET {change} WHERE id = ?", self.raw(self.card))
                self.assertIn(self.card, self.findings())

    def test_changed_sums(self):
        self.tamper("UPDATE sums SET total = total + 5 WHERE name LIKE 'ledger.accrual@%'")
        self.assertIn("ledger.accrual@", self.findings())

    def test_a_whole_forged_card_is_seen_by_a_checkpoint(self):
        """An older copy is whole in itself; only what was written down elsewhere tells."""
        file = os.path.join(self.store.folder, "checkpoint.txt")
        self.store.serve()
        self.store.client().need("POST", "/v1/orders", order("bob-9", "bob", 100))
        self.store.stop()
        self.store.command("verify", "--checkpoint", file)
        shutil.copy(self.whole, self.store.file)
        self.store.verify()
        done = self.store.command("verify", "--against", file, check=False)
        self.assertEqual(done.returncode, 2, done.stdout)

"""A full disk under SQLite: writing is refused in words, reading goes on, nothing acknowledged is
lost, and writing starts again by itself. The disk is a small tmpfs in a mount namespace of its own."""
import os
import shutil
import subprocess
import threading

from harness import Store, TestCase, balance, card_of, loyalty, order, until

MEGABYTES = 24


class SmallDisk:
    """A process that holds the namespace; its root shows the disk to us."""

    def __init__(self, test, folder):
        mount = f"mount -t tmpfs -o size={MEGABYTES}m tmpfs '{folder}' && echo mounted && exec cat"
        self.process = subprocess.Popen(
            ["unshare", "-m", "--propagation", "private", "sh", "-c", mount],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        test.addCleanup(self.close)
        if self.process.stdout.readline() != "mounted\n":
            test.skipTest(f"no small disk can be mounted: {self.process.stderr.read().strip()}")
        self.inside = ["nsenter", "-t", str(self.process.pid), "-m", "--"]
        self.folder = f"/proc/{self.process.pid}/root{folder}"
        self.filler = os.path.join(self.folder, "filler")

    def fill(self):
        with open(self.filler, "ab", buffering=0) as out:
            for size in (1 << 20, 4096, 1):
                try:
                    while True:
                        out.write(b"x" * size)
                except OSError:
                    continue

    def free(self):
        os.remove(self.filler)

    def close(self):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()
        self.process.stderr.close()


class DiskFull(TestCase):
    def setUp(self):
        if not (shutil.which("unshare") and shutil.which("nsenter")):
            self.skipTest("unshare and nsenter are not here")
        self.store = Store(self, "sqlite")
        folder = os.path.join(self.store.folder, "data")
        os.mkdir(folder)
        self.disk = SmallDisk(self, folder)
        self.addCleanup(self.store.close)  # before the disk goes
        self.store.prefix = self.disk.inside
        self.client = self.store.start()
        self.campaign = loyalty(self.client)
        self.lock = threading.Lock()
        self.said = {}  # source id -> the last answer

    def send(self, number):
        source = f"POS-{number}"
        answer = self.client.post("/v1/orders", order(source, f"m{number % 20}", 10000),
                                  key=source)
        with self.lock:
            self.said[source] = answer
        return answer

    def check_all(self):
        """Acknowledged = there, refused = not there; points to match."""
        points = {}
        for source, answer in self.said.items():
            found = self.client.get(f"/v1/orders/{source}")
            self.assertEqual(found.status, 200 if answer.status == 200 else 404, (source, answer))
            if answer.status == 200:
                member = f"m{int(source[4:]) % 20}"
                points[member] = points.get(member, 0) + 100
        for member, expected in points.items():
            self.assertEqual(balance(card_of(self.client, self.campaign, member)), expected)
        return sum(points.values())

    def test_a_full_disk_under_load(self):
        for number in range(100):
            self.assertEqual(self.send(number).status, 200)
        self.disk.fill()

        # Several threads write until each has been refused some times.
        def write(first):
            number, refused = first, 0
            while refused < 5 and number < first + 9000:
                refused += self.send(number).status != 200
                number += 1
        threads = [threading.Thread(target=write, args=(10_000 * n,)) for n in range(1, 5)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        refused = {source: answer for source, answer in self.said.items() if answer.status != 200}
        self.assertGreaterEqual(len(refused), 20, "the disk never became full")
        for answer in refused.values():
            body = self.check_error(answer, 503, "service_unavailable")
            self.assertIn("disk is full", body["details"])

        # Reading goes on; the server says that it is not ready, and why.
        self.check_all()
        ready = self.client.get("/readyz")
        self.assertEqual((ready.status, ready.json["status"]), (503, "unavailable"))
        self.assertIn("disk", ready.json["reason"])
        self.assertEqual(self.client.get("/healthz").status, 200)
        self.assertIn(b"perennial_read_only 1", self.client.get("/metrics").body)
        self.store.verify()

        # Space again: it goes on by itself. The same requests with the same keys happen now, once.
        self.disk.free()
        until(lambda: self.client.get("/readyz").status == 200, what="writing to begin again")
        self.assertIn(b"perennial_read_only 0", self.client.get("/metrics").body)
        for source in refused:
            answer = self.send(int(source[4:]))
            self.assertEqual((answer.status, answer.headers.get("Idempotency-Replayed")),
                             (200, None), answer)
        total = self.check_all()
        self.assertEqual(self.store.verify()["points"], total)

    def test_killed_while_full(self):
        """The same, but the power goes while the disk is full."""
        for number in range(50):
            self.assertEqual(self.send(number).status, 200)
        self.disk.fill()
        number = 50
        while self.send(number).status == 200:
            number += 1
            self.assertLess(number, 20_000, "the disk never became full")
        self.store.kill()
        self.disk.free()
        self.store.serve()
        self.client = self.store.client()
        total = self.check_all()
        self.assertEqual(self.send(number).status, 200)
        self.assertEqual(self.store.verify()["points"], total + 100)

    def test_a_start_on_a_full_disk(self):
        """A server that starts while the disk is full says so, or reads; it damages nothing."""
        for number in range(50):
            self.assertEqual(self.send(number).status, 200)
        self.store.kill()
        self.disk.fill()
        try:
            self.store.serve()
        except AssertionError as refusal:
            self.assertRegex(str(refusal), "(?i)full")
        else:
            self.client = self.store.client()
            self.assertEqual(self.client.get("/v1/orders/POS-1").status, 200)
            self.store.kill()
        self.disk.free()
        self.store.serve()
        self.client = self.store.client()
        total = self.check_all()
        self.assertEqual(self.store.verify()["points"], total)

"""Starting and stopping as an operator does it."""
import os
import re
import signal
import subprocess
import threading

import postgres
from harness import (BINARY, Client, NoAnswer, Store, TestCase, card_of, clean_environment,
                     each_database, balance, loyalty, order, until)
from raw_http import Raw, request


class Stop(TestCase):
    @each_database
    def test_sigterm_under_load_answers_all_it_took(self, kind):
        store = Store(self, kind)
        client = store.start()
        campaign = loyalty(client)
        acknowledged, cut_off, wrong = [], [], []

        def write(number):
            try:
                for count in range(10_000):
                    source = f"POS-{number}-{count}"
                    answer = client.post("/v1/orders", order(source, f"m{number}", 1000))
                    if answer.status == 200:
                        acknowledged.append(source)
                    elif answer.status != 503:
                        wrong.append(answer)
            except NoAnswer:
                cut_off.append(source)
            finally:
                client.close()

        threads = [threading.Thread(target=write, args=(n,)) for n in range(8)]
        for thread in threads:
            thread.start()
        until(lambda: len(acknowledged) > 300)
        self.assertEqual(store.servers[0].stop(), 0)
        store.servers = []
        for thread in threads:
            thread.join()
        self.assertEqual(wrong, [])
        store.serve()
        client = store.client()
        total = client.need("GET", "/v1/orders?limit=1")["total"]
        # What was taken was answered: nothing is there that nobody was told of.
        self.assertEqual(total, len(acknowledged))
        for source in acknowledged[-30:]:
            self.assertEqual(client.get(f"/v1/orders/{source}").status, 200)
        # Whose connection was closed can just repeat it.
        for source in cut_off:
            self.assertEqual(client.get(f"/v1/orders/{source}").status, 404)
        points = sum(balance(card_of(client, campaign, f"m{n}")) for n in range(8))
        self.assertEqual(points, 10 * len(acknowledged))
        self.assertEqual(store.stop_and_verify()["points"], points)

    def test_a_request_that_is_arriving_is_answered(self):
        """Half of the body is there when SIGTERM comes; the rest follows."""
        store = Store(self, "sqlite")
        client = store.start()
        body = b'{"source_id":"LATE","status":"PAID","amount":100,"customer":{"source_id":"m"}}'
        whole = request("POST", b"/v1/orders", {**client.headers,
                                                "Content-Type": "application/json"}, body)
        server = store.servers[0]
        with Raw(server.port) as raw:
            raw.send(whole[:-40])
            # Another connection's answer says that the server has read what came before.
            self.assertEqual(client.get("/v1/orders").status, 200)
            client.close()
            server.process.send_signal(signal.SIGTERM)
            until(lambda: "stopping" in server.errors() or refused(server.port),
                  what="the stop to begin")
            raw.send(whole[-40:])
            answer = raw.answer()
        self.assertEqual(server.stop(), 0)
        store.servers = []
        store.serve()
        there = store.client().get("/v1/orders/LATE").status
        self.assertEqual(there, 200 if answer and answer[0] == 200 else 404, answer)
        self.assertIsNotNone(answer, "the request was dropped without a word")

    def test_ready_until_it_stops(self):
        store = Store(self, "sqlite")
        client = store.start()
        self.assertEqual(client.need("GET", "/readyz"), {"status": "ok"})
        self.assertEqual(store.servers[0].stop(), 0)
        with self.assertRaises(NoAnswer):
            client.get("/readyz")

    def test_impatient_operators(self):
        """Ctrl-C stops too; and a second and third signal do not cut the first one's stop off."""
        for number in range(10):
            store = Store(self, "sqlite")
            store.create_project()
            server = store.serve()
            for name in (signal.SIGINT, signal.SIGTERM, signal.SIGINT):
                server.process.send_signal(name)
            self.assertEqual(server.stop(), 0)
            store.servers = []


def refused(port):
    try:
        Raw(port).socket.close()
        return False
    except OSError:
        return True


class Start(TestCase):
    def test_a_second_server_on_the_same_file_is_refused(self):
        store = Store(self, "sqlite")
        client = store.start()
        campaign = loyalty(client)
        second = subprocess.run(
            [BINARY, "serve", "--listen", "127.0.0.1:0", *store.settings], capture_output=True,
            text=True, timeout=60, env=clean_environment())
        self.assertEqual(second.returncode, 1, second.stderr)
        self.assertIn(store.file, second.stderr)
        self.assertIn("another process", second.stderr)
        client.need("POST", "/v1/orders", order("POS-1", "anna", 100))
        self.assertEqual(balance(card_of(client, campaign, "anna")), 1)
        store.stop_and_verify()

    def test_a_killed_server_leaves_no_lock(self):
        store = Store(self, "sqlite")
        client = store.start()
        client.need("POST", "/v1/orders", order("POS-1", "anna", 100))
        store.kill()
        store.serve()
        self.assertEqual(store.client().get("/v1/orders/POS-1").status, 200)
        store.stop_and_verify()

    def test_a_taken_port_is_named(self):
        store = Store(self, "sqlite")
        store.start()
        port = store.servers[0].port
        other = Store(self, "sqlite")
        done = other.command("serve", "--listen", f"127.0.0.1:{port}", check=False, timeout=60)
        self.assertEqual(done.returncode, 1)
        self.assertIn(str(port), done.stderr)

    def test_print_config_masks_passwords(self):
        store = Store(self, "sqlite")
        url = "postgresql://shop:s3cr3t@127.0.0.1:5432/shop"
        for more, environment, source in [
                (["--database", url], {}, "flag"),
                ([], {"PERENNIAL_DATABASE": url}, "environment")]:
            done = store.command("serve", "--print-config", *more, environment=environment)
            self.assertNotIn("s3cr3t", done.stdout + done.stderr)
            [line] = [line for line in done.stdout.splitlines() if line.startswith("database ")]
            self.assertIn("shop:", line)
            self.assertIn("127.0.0.1:5432/shop", line)
            self.assertIn(source, line)
        # A database that cannot be reached: the message has no password either.
        wrong = f"postgresql://shop:s3cr3t@127.0.0.1:{postgres.free_port()}/shop"
        done = store.command("serve", "--database", wrong, check=False, timeout=120)
        self.assertNotEqual(done.returncode, 0)
        self.assertNotIn("s3cr3t", done.stdout + done.stderr)

    def test_wrong_settings_are_all_named(self):
        store = Store(self, "sqlite")
        done = store.command("serve", "--print-config", check=False, environment={
            "PERENNIAL_IO_THREADS": "many", "PERENNIAL_LOG_FORMAT": "loud"})
        self.assertEqual(done.returncode, 1)
        for word in ("IO_THREADS", "integer", "LOG_FORMAT", "json"):
            self.assertIn(word, done.stderr)
        done = store.command("serve", "--colour", "red", check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("colour", done.stderr)

    def test_the_set_up_link_shows_the_keys_once(self):
        store = Store(self, "sqlite")
        server = store.serve()
        until(lambda: any("/setup/" in line for line in server.output), what="the link")
        path = re.search(r"http://[^/]+(/setup/\S+)", "".join(server.output)).group(1)
        client = Client([server.port])
        # Looking, as a mail scanner does, uses nothing up.
        for _ in range(2):
            page = client.get(path)
            self.assertEqual(page.status, 200)
            self.assertNotRegex(page.body.decode(), r"\b[0-9a-f]{64}\b")
        shown = client.post(path, b"")
        self.assertEqual(shown.status, 200)
        keys = re.findall(r"\b[0-9a-f]{32,64}\b", shown.body.decode())
        app_id = next(word for word in keys if len(word) == 32)
        token = next(word for word in keys if len(word) == 64)
        self.assertEqual(store.client((app_id, token)).get("/v1/orders").status, 200)
        again = client.post(path, b"")
        self.assertNotIn(token, again.body.decode())
        self.assertNotRegex(again.body.decode(), r"\b[0-9a-f]{64}\b")
        for wrong in (path[:-1], path + "0", "/setup/", "/setup/x"):
            self.assertNotRegex(client.post(wrong, b"").body.decode(), r"\b[0-9a-f]{64}\b")
        store.stop()
        # With keys there, no new link is made; and neither the log nor the file has the token.
        server = store.serve()
        self.assertEqual(store.client((app_id, token)).get("/v1/orders").status, 200)
        self.assertNotIn("/setup/", "".join(server.output))
        store.stop()
        for folder, _, files in os.walk(store.folder):
            for name in files:
                with open(os.path.join(folder, name), "rb") as file:
                    self.assertNotIn(token.encode(), file.read(), name)

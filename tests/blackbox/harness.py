"""What all black-box tests stand on: the binary, a server of it, an HTTP client, databases.

Everything runs on loopback, on free ports and in folders of its own; every process is ended by its
id. Nothing here waits for a time: it waits for a sign.
"""
import atexit
import contextlib
import http.client
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import unittest
import urllib.parse

import described
import postgres
from waiting import until  # noqa: F401  tests take it from here

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BINARY = os.path.abspath(os.environ.get("PERENNIAL_BIN") or os.path.join(ROOT, "build", "perennial"))
LONG = bool(os.environ.get("PERENNIAL_LONG"))
DATABASES = ("sqlite", "postgresql")

_live = set()  # processes and folders that an interrupted run would leave behind
_folders = set()


@atexit.register
def _end_all():
    for process in list(_live):
        if process.poll() is None:
            process.kill()
            process.wait()
    for folder in _folders:
        shutil.rmtree(folder, ignore_errors=True)


def scratch(test):
    """A folder that goes away with the test."""
    folder = tempfile.mkdtemp(prefix="perennial-bb-")
    _folders.add(folder)
    test.addCleanup(shutil.rmtree, folder, ignore_errors=True)
    return folder


def quoted(text):
    return urllib.parse.quote(text, safe="")


class Answer:
    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def key(self):
        """The error's key; "" when this is no error."""
        try:
            return self.json.get("key", "") if self.status >= 400 else ""
        except (ValueError, AttributeError):
            return "(no error object)"

    def __repr__(self):
        return f"{self.status} {self.body[:600]!r}"


class NoAnswer(Exception):
    """The connection ended before an answer came: whether it happened is unknown."""


class Client:
    """Calls one or several equal servers with one key. Each thread keeps its own connection."""

    def __init__(self, ports, app_id="", token="", timeout=60):
        self.ports = list(ports)
        self.headers = {"X-App-Id": app_id, "X-App-Token": token} if app_id else {}
        self.timeout = timeout
        self.local = threading.local()

    def connection(self, fresh=False):
        held = getattr(self.local, "connection", None)
        if held is None or fresh:
            if held is not None:
                held.close()
            port = self.ports[threading.get_ident() // 64 % len(self.ports)]
            if hasattr(self.local, "server"):
                port = self.ports[self.local.server % len(self.ports)]
            held = http.client.HTTPConnection("127.0.0.1", port, timeout=self.timeout)
            self.local.connection = held
        return held

    def use_server(self, number):
        """This thread talks to the server of this number from now on."""
        self.local.server = number
        self.close()

    def close(self):
        held = getattr(self.local, "connection", None)
        if held is not None:
            held.close()
            self.local.connection = None

    def call(self, method, path, body=None, headers=None):
        sent = dict(self.headers)
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
        if body is not None:
            sent["Content-Type"] = "application/json"
        sent.update(headers or {})
        try:
            connection = self.connection()
            connection.request(method, path, body, sent)
            response = connection.getresponse()
            answer = Answer(response.status, response.headers, response.read())
            if response.will_close:
                self.close()
            self.check_described(method, path, answer)
            return answer
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise NoAnswer(repr(error)) from error

    def check_described(self, method, path, answer):
        """No answer that /openapi.json does not describe."""
        known = described.description(self.read_description)
        if known:
            known.note(method, path, answer.status, answer.headers["Content-Type"], answer.body)

    def read_description(self):
        with contextlib.suppress(OSError, http.client.HTTPException):
            connection = http.client.HTTPConnection("127.0.0.1", self.ports[0], timeout=10)
            connection.request("GET", "/openapi.json")
            response = connection.getresponse()
            text = response.read()
            connection.close()
            return text if response.status == 200 else None
        return None

    def get(self, path, **more):
        return self.call("GET", path, **more)

    def post(self, path, body=None, key=None, **more):
        headers = dict(more.pop("headers", {}) or {})
        if key is not None:
            headers["Idempotency-Key"] = key
        return self.call("POST", path, body, headers=headers, **more)

    def put(self, path, body=None, **more):
        return self.call("PUT", path, body, **more)

    def need(self, method, path, body=None, **more):
        """The JSON of an answer that must be a success."""
        answer = self.call(method, path, body, **more)
        if answer.status >= 300:
            raise AssertionError(f"{method} {path}: {answer}")
        return answer.json if answer.body else None


def run_command(arguments, settings, check=True, timeout=600, environment=None, prefix=()):
    """One command of the binary. Returns the finished process; output is text."""
    done = subprocess.run(
        [*prefix, BINARY, *arguments, *settings], capture_output=True, text=True, timeout=timeout,
        errors="replace", env={**clean_environment(), **(environment or {})})
    if check and done.returncode != 0:
        raise AssertionError(f"perennial {' '.join(arguments)}: exit {done.returncode}\n"
                             f"{done.stdout[-4000:]}{done.stderr[-4000:]}")
    return done


def clean_environment():
    return {name: value for name, value in os.environ.items() if not name.startswith("PERENNIAL_")}


class Server:
    """One `perennial serve`."""

    def __init__(self, settings, folder, flags=(), prefix=()):
        self.log = tempfile.NamedTemporaryFile(dir=folder, prefix="server-", suffix=".log",
                                               delete=False).name
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                [*prefix, BINARY, "serve", "--listen", "127.0.0.1:0",
                 "--jobs-lease-seconds", "2", *settings, *flags],
                stdout=subprocess.PIPE, stderr=log, env=clean_environment())
        _live.add(self.process)
        self.output = []
        self.port = self._ready()
        self.reader = threading.Thread(target=self._drain, daemon=True)
        self.reader.start()

    def _ready(self):
        for raw in self.process.stdout:
            line = raw.decode()
            self.output.append(line)
            found = re.search(r"runs at http://[^:]+:(\d+)", line)
            if found:
                return int(found.group(1))
        self.process.wait()
        raise AssertionError(f"the server ended with {self.process.returncode}: {self.errors()}")

    def _drain(self):
        with contextlib.suppress(ValueError):
            for raw in self.process.stdout:
                self.output.append(raw.decode())

    def errors(self):
        with open(self.log, encoding="utf-8", errors="replace") as log:
            return log.read()[-6000:]

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        return self._reap()

    def stop(self, timeout=60):
        """SIGTERM; returns the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self._reap(timeout)

    def _reap(self, timeout=60):
        try:
            code = self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError("the server did not end") from None
        finally:
            _live.discard(self.process)
        self.reader.join()
        self.process.stdout.close()
        return code


class Store:
    """A database with projects and keys, and the servers on it."""

    def __init__(self, test, kind, flags=()):
        self.test = test
        self.kind = kind
        self.folder = scratch(test)
        self.flags = list(flags)
        self.servers = []
        self.prefix = []  # runs every process of the store
        self.settings = ["--data-dir", os.path.join(self.folder, "data"), "--log-level", "warn"]
        if kind == "postgresql":
            why = postgres.why_not()
            if why:
                test.skipTest(why)
            self.cluster = postgres.shared()
            self.database = self.cluster.create_database()
            self.settings += ["--database", self.cluster.url(self.database)]
        test.addCleanup(self.close)

    @property
    def file(self):
        """The SQLite file."""
        return os.path.join(self.folder, "data", "perennial.db")

    def command(self, *arguments, project=None, **more):
        named = ["--project", project] if project else []
        return run_command([*named, *arguments], self.settings, prefix=self.prefix, **more)

    def create_project(self, name="shop", zone="UTC", currency="EUR", sandbox=False):
        more = ["--sandbox"] if sandbox else []
        self.command("project", "create", name, "--timezone", zone, "--currency", currency, *more)

    def create_key(self, role="ADMIN", project="shop"):
        text = self.command("keys", "create", "--role", role, project=project).stdout
        return (re.search(r"X-App-Id: (\S+)", text).group(1),
                re.search(r"X-App-Token: (\S+)", text).group(1))

    def serve(self, servers=1, flags=()):
        """Starts servers; a running one must have been stopped or killed before."""
        self.servers = [Server(self.settings, self.folder, [*self.flags, *flags], self.prefix)
                        for _ in range(servers)]
        return self.servers[0]

    def client(self, key=None, **more):
        return Client([server.port for server in self.servers], *(key or self.key), **more)

    def start(self, servers=1, **project):
        """A project `shop` with an ADMIN key, served. Returns a client."""
        self.create_project(**project)
        self.key = self.create_key(project=project.get("name", "shop"))
        self.serve(servers)
        return self.client()

    def stop(self):
        """Ends the servers as an operator would; their exit codes must be 0."""
        codes = [server.stop() for server in self.servers]
        self.servers = []
        self.test.assertEqual(codes, [0] * len(codes), "a server did not stop cleanly")

    def kill(self):
        for server in self.servers:
            server.kill()
        self.servers = []

    def verify(self):
        """`perennial verify` must hold. Returns its first line as numbers."""
        done = self.command("verify", check=False)
        self.test.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.test.assertIn("The ledger holds.", done.stdout)
        cards, entries, points, pending = map(
            int, re.match(r"(\d+) cards, (\d+) entries, (-?\d+) points, (-?\d+) pending",
                          done.stdout).groups())
        return {"cards": cards, "entries": entries, "points": points, "pending": pending}

    def stop_and_verify(self):
        self.stop()
        return self.verify()

    def close(self):
        for server in self.servers:
            if server.process.poll() is None:
                server.kill()
        self.servers = []
        if self.kind == "postgresql" and getattr(self, "database", None):
            self.cluster.drop_database(self.database)
            self.database = None


def together(count, work):
    """Runs work(0) … work(count - 1) at the same moment, each in a thread. Returns their results."""
    barrier = threading.Barrier(count)
    results = [None] * count

    def one(number):
        barrier.wait()
        try:
            results[number] = work(number)
        except Exception as error:  # given to the caller, who fails by it
            results[number] = error

    threads = [threading.Thread(target=one, args=(i,)) for i in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for result in results:
        if isinstance(result, Exception):
            raise result
    return results


def buy_beside_a_kill(store, orders):
    """Orders beside whatever the server does, which is killed after some of them and served again; then all of
    them once more, as who got no answer does. Returns a client of the new server."""
    acknowledged = []

    def buy():
        client = store.client()
        with contextlib.suppress(NoAnswer):
            for body in orders:
                if client.post("/v1/orders", body).status == 200:
                    acknowledged.append(body)
        client.close()

    buyer = threading.Thread(target=buy)
    buyer.start()
    until(lambda: len(acknowledged) > 5)
    store.kill()
    buyer.join()
    store.serve()
    client = store.client()
    for body in orders:
        client.need("POST", "/v1/orders", body)
    return client


def each_database(test_method):
    """The same test body on SQLite and on PostgreSQL: `def test_x(self, kind)`."""
    test_method.each_database = True
    return test_method


class TestCase(unittest.TestCase):
    maxDiff = 4000

    def __init_subclass__(cls, **more):
        super().__init_subclass__(**more)
        for name, method in list(vars(cls).items()):
            if not getattr(method, "each_database", False):
                continue
            delattr(cls, name)
            for kind in DATABASES:
                def run(self, method=method, kind=kind):
                    return method(self, kind)
                run.__name__ = f"{name}_{kind}"
                run.__doc__ = method.__doc__
                setattr(cls, run.__name__, run)

    def check_error(self, answer, status, key=None):
        """The answer is the API's error object, with this status."""
        self.assertEqual(answer.status, status, answer)
        try:
            body = answer.json
        except ValueError:
            self.fail(f"no JSON: {answer}")
        self.assertEqual(body.get("code"), status, answer)
        for name in ("key", "message", "request_id"):
            self.assertIsInstance(body.get(name), str, answer)
            self.assertTrue(body[name], answer)
        if key is not None:
            self.assertEqual(body["key"], key, answer)
        return body


# --- the little program that most tests use -------------------------------------------------------

def loyalty(client, expiration=None, pending=None, name="Circle", every=100, points=1, **more):
    """A program with one rule, `points` for each `every` of an order. Returns its id."""
    card = {"points": 0}
    if expiration:
        card["expiration_rules"] = expiration
    campaign = client.need("POST", "/v1/loyalties", {
        "name": name, "campaign_type": "LOYALTY_PROGRAM", "auto_join": True, "join_once": True,
        "voucher": {"type": "LOYALTY_CARD", "loyalty_card": card,
                    "code_config": {"pattern": "C-########"}}, **more})
    rule = {"name": "Per amount", "event": "order.paid", "active": True,
            "loyalty": {"type": "PROPORTIONAL", "calculation_type": "ORDER_AMOUNT",
                        "order": {"amount": {"every": every, "points": points}}}}
    if pending:
        rule["pending_points"] = pending
    client.need("POST", f"/v1/loyalties/{campaign['id']}/earning-rules", [rule])
    return campaign["id"]


def material_reward(client, campaign, points, stock=None, name="Mug"):
    """A MATERIAL reward of the program at a price in points. Returns its id."""
    product = client.need("POST", "/v1/products", {"source_id": f"p-{name}", "name": name})
    reward = client.need("POST", "/v1/rewards", {
        "name": name, "type": "MATERIAL", "stock": stock,
        "parameters": {"product": {"id": product["id"]}}})
    client.need("POST", f"/v1/loyalties/{campaign}/rewards",
                [{"reward": reward["id"], "parameters": {"loyalty": {"points": points}}}])
    return reward["id"]


def order(source_id, customer, amount=None, items=None, status="PAID"):
    body = {"source_id": source_id, "status": status, "customer": {"source_id": customer}}
    if items is not None:
        body["items"] = items
    else:
        body["amount"] = amount
    return body


def line(name, quantity, price):
    return {"source_id": name, "product_id": name, "quantity": quantity, "price": price}


def card_of(client, campaign, customer):
    """The member's card, or nothing."""
    found = client.need("GET", f"/v1/loyalties/{campaign}/members?customer={quoted(customer)}")
    return found["vouchers"][0] if found["vouchers"] else None


def balance(card):
    return card["loyalty_card"]["balance"]


def transactions(client, code):
    """All of a card's transactions, oldest first."""
    out, after = [], ""
    while True:
        page = client.need("GET", f"/v1/loyalties/members/{quoted(code)}/transactions?limit=100"
                                  + (f"&starting_after_id={after}" if after else ""))
        out += page["data"]
        if not page["has_more"]:
            return out[::-1]
        after = page["more_starting_after"]


def counts(client, campaign=None):
    """Totals that must not move when nothing was done."""
    out = {name: client.need("GET", f"/v1/{name}?limit=1")["total"]
           for name in ("orders", "customers", "products")}
    # Refused attempts are kept and listed, too.
    out["redemptions"] = client.need("GET", "/v1/redemptions?limit=1&result=SUCCESS")["total"]
    figures = client.need("GET", "/figures")
    out["programs"] = [project["programs"] for project in figures["projects"]]
    if campaign:
        out["members"] = client.need("GET", f"/v1/loyalties/{campaign}/members?limit=1")["total"]
    return out

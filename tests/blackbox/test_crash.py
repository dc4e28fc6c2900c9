"""kill -9 in the middle of load, of the server and of PostgreSQL; judged by the auditor."""
import random
import threading

from auditor import EVENT_POINTS, PRICE, Auditor
from harness import (LONG, NoAnswer, Store, TestCase, balance, card_of, counts, line, loyalty,
                     material_reward, order, transactions, until)

THREADS = 8
MEMBERS = 12
STOCK = 60
CYCLES = 3       # of one store
STORES = 40 if LONG else 1
ANSWERS_A_CYCLE = 350


class Shop:
    """What the server shows, read once."""

    def __init__(self, client, campaign, reward):
        self.client, self.campaign, self.reward = client, campaign, reward
        self.orders = {}
        page = 1
        while True:
            found = client.need("GET", f"/v1/orders?limit=100&page={page}&order=created_at")
            for one in found["orders"]:
                self.orders[one["source_id"]] = one
            if len(found["orders"]) < 100:
                break
            page += 1
        self.total = found["total"]
        self.cards = {}
        self.moves = {}

    def order(self, source):
        return self.orders.get(source)

    def card(self, member):
        if member not in self.cards:
            self.cards[member] = card_of(self.client, self.campaign, member)
        return self.cards[member]

    def balance(self, member):
        card = self.card(member)
        return None if card is None else balance(card)

    def transactions(self, member):
        if member not in self.moves:
            card = self.card(member)
            self.moves[member] = [] if card is None else transactions(self.client, card["code"])
        return self.moves[member]

    def changes(self, member):
        return {one["source_id"] for one in self.transactions(member) if one.get("source_id")}

    def count(self, member, kind):
        if kind == "redemption":
            return sum(one["type"] == "POINTS_REDEMPTION" for one in self.transactions(member))
        return sum(bool(one["details"].get("event")) for one in self.transactions(member))

    def totals(self):
        reward = self.client.need("GET", f"/v1/rewards/{self.reward}")
        seen = counts(self.client)
        program = seen["programs"][0][0]
        return {"orders": self.total, "redemptions": seen["redemptions"],
                "pieces": reward["redeemed"], "stock": reward["stock"],
                "outstanding": program["points_outstanding"],
                "redeemed": program["points_redeemed"]}


class Load:
    """Some threads that send whatever a shop sends, until the connection breaks or they are told."""

    def __init__(self, client, auditor, reward, seed):
        self.client, self.auditor, self.reward = client, auditor, reward
        self.stopping = threading.Event()
        self.threads = [threading.Thread(target=self.run, args=(n, random.Random(f"{seed} {n}")))
                        for n in range(THREADS)]
        for thread in self.threads:
            thread.start()

    def join(self):
        for thread in self.threads:
            thread.join()

    def run(self, number, dice):
        self.client.use_server(number)
        try:
            while not self.stopping.is_set():
                self.one(dice)
        except NoAnswer:
            pass  # the server is gone; what was sent stays open
        except Exception as error:
            self.auditor.complain(f"the load broke: {error!r}")
        finally:
            self.client.close()

    def one(self, dice):
        intent = self.choose(dice)
        send(self.client, self.auditor, intent)
        if dice.randrange(10) == 0:  # the till repeats it, though it had an answer
            send(self.client, self.auditor, intent, must_replay=True)

    def choose(self, dice):
        begin = self.auditor.begin
        number = len(self.auditor.intents)
        member = f"m{dice.randrange(MEMBERS)}"
        if dice.randrange(12) == 0:
            member = f"new-{number}"  # gets a card by the order
        kind = dice.choice(["order"] * 5 + ["return"] * 2 + ["change"] * 2 + ["event"] * 2
                           + ["redemption"] * 4)
        if member.startswith("new"):
            kind = "order"
        if kind == "return":
            done = [i for i in self.auditor.intents[-200:] if i.kind == "order" and i.answer]
            if done:
                return self.give_back(dice, dice.choice(done))
            kind = "order"
        if kind == "order":
            known = [i for i in self.auditor.intents[-50:] if i.kind == "order"]
            if known and dice.randrange(6) == 0:  # delivered again, under another key
                old = dice.choice(known)
                return begin("order", old.member, "POST", "/v1/orders", old.body, **old.effect)
            source = f"POS-{number}-{dice.getrandbits(40)}"
            quantity, price = dice.randrange(1, 6), dice.randrange(50, 3000)
            return begin("order", member, "POST", "/v1/orders",
                         order(source, member, items=[line("mug", quantity, price)]),
                         source=source, quantity=quantity, price=price)
        if kind == "change":
            source = f"CH-{number}-{dice.getrandbits(40)}"
            points = dice.choice([-30, -7, 10, 25, 60])
            return begin("change", member, "POST", f"/v1/loyalties/members/CARD-{member}/balance",
                         {"points": points, "source_id": source}, source=source, points=points)
        if kind == "event":
            return begin("event", member, "POST", "/v1/events",
                         {"event": "hello", "customer": {"source_id": member}})
        return begin("redemption", member, "POST", f"/v1/loyalties/members/CARD-{member}/redemption",
                     {"reward": {"id": self.reward}})

    def give_back(self, dice, bought):
        # Each return gives back one piece, so that the auditor can count them.
        paper = f"R-{dice.getrandbits(60)}"
        source = bought.effect["source"]
        return self.auditor.begin(
            "return", bought.member, "POST", f"/v1/orders/{source}/returns",
            {"source_id": paper, "items": [{"source_id": "mug", "quantity": 1}]},
            source=source, quantity=1, paper=paper)


def send(client, auditor, intent, must_replay=None):
    """Sends until there is an answer; 503 says that it is to be repeated with the same key."""
    def answered():
        answer = client.call(intent.method, intent.path, intent.body,
                             headers={"Idempotency-Key": intent.key})
        return None if answer.status == 503 else answer
    answer = until(answered, what=f"an answer to {intent!r}")
    replayed = answer.headers.get("Idempotency-Replayed") == "true"
    if must_replay is not None and replayed != must_replay:
        auditor.complain(f"{intent!r}: happened before: {must_replay}, replayed: {replayed}")
    auditor.end(intent, answer)


class Crash(TestCase):
    def begin(self, kind, servers=1):
        self.store = Store(self, kind)
        self.servers = servers
        self.client = self.store.start(servers)
        self.campaign = loyalty(self.client, negative_balance="ALLOW")
        self.client.need("POST", f"/v1/loyalties/{self.campaign}/earning-rules",
                         [{"name": "Hello", "event": "hello", "active": True,
                           "loyalty": {"type": "FIXED", "points": EVENT_POINTS}}])
        self.reward = material_reward(self.client, self.campaign, PRICE, stock=STOCK)
        for number in range(MEMBERS):
            self.client.need("POST", f"/v1/loyalties/{self.campaign}/members",
                             {"voucher": f"CARD-m{number}",
                              "customer": {"source_id": f"m{number}"}})
        self.auditor = Auditor()
        self.seed = "none"

    def content(self):
        self.assertEqual(self.auditor.complaints[:20], [], f"seed of the load: {self.seed}")

    def settle(self):
        """After a restart: every open request happened whole or not at all; repeated, it is so."""
        self.client = self.store.client()
        shop = Shop(self.client, self.campaign, self.reward)
        left_open = self.auditor.open()
        self.auditor.find_out(shop)
        self.auditor.check(shop)
        self.content()
        for intent in left_open:
            # Alike open ones cannot be told apart, so their replays are not predicted.
            exact = intent.kind in ("order", "change")
            exact = exact and not self.delivered_twice(intent)
            send(self.client, self.auditor, intent, intent.happened if exact else None)
        self.assertEqual(self.auditor.open(), [])
        self.auditor.check(Shop(self.client, self.campaign, self.reward))
        self.content()
        return len(left_open)

    def delivered_twice(self, intent):
        return sum(i.kind == intent.kind and i.effect["source"] == intent.effect["source"]
                   for i in self.auditor.intents) > 1

    def cycle(self, seed, crash):
        self.seed = seed
        load = Load(self.client, self.auditor, self.reward, seed)
        enough = self.auditor.answered() + ANSWERS_A_CYCLE
        until(lambda: self.auditor.answered() >= enough or self.auditor.complaints
              or not any(thread.is_alive() for thread in load.threads), 120,
              what="the load's progress")
        crash(load)
        load.stopping.set()
        load.join()
        return self.settle()

    def kill_server(self, load):
        self.store.kill()
        load.join()
        self.store.serve(self.servers)

    def kill_postgres(self, load):
        """The server stays, and goes on by itself once the database is back."""
        self.store.cluster.kill()
        self.store.cluster.start()
        enough = self.auditor.answered() + 50
        until(lambda: self.auditor.answered() >= enough or self.auditor.complaints,
              what="the load to go on")

    def kill_both(self, load):
        self.store.cluster.kill()
        self.store.kill()
        load.join()
        self.store.cluster.start()
        self.store.serve(self.servers)

    def finish(self, cut_off):
        self.assertGreater(cut_off, 0, "no request was ever cut off: the crash proved nothing")
        totals = self.store.stop_and_verify()
        self.assertEqual(totals["points"], sum(self.auditor.points().values()))

    def crash_again_and_again(self, kind, servers, crashes):
        for store in range(STORES):
            self.begin(kind, servers)
            self.finish(sum(self.cycle(f"{store} {number}", crashes[number % len(crashes)])
                            for number in range(CYCLES)))
            self.store.close()

    def test_sqlite_server_killed(self):
        self.crash_again_and_again("sqlite", 1, [self.kill_server])

    def test_postgresql_server_and_database_killed(self):
        self.crash_again_and_again(
            "postgresql", 2, [self.kill_server, self.kill_postgres, self.kill_both])

    def test_the_auditor_notices(self):
        """A judge that never complains is none: tell it of things that never happened."""
        self.begin("sqlite")
        load = Load(self.client, self.auditor, self.reward, "seed")
        until(lambda: self.auditor.answered() >= 100)
        load.stopping.set()
        load.join()
        lies = {
            "order": dict(source="POS-never", quantity=1, price=500), "event": {},
            "change": dict(source="CH-never", points=10), "redemption": {}}
        self.auditor.check(Shop(self.client, self.campaign, self.reward))
        self.content()
        for kind, effect in lies.items():
            lie = self.auditor.begin(kind, "m1", "POST", "/", None, **effect)
            lie.answer = (200, b"")
            self.auditor.check(Shop(self.client, self.campaign, self.reward))
            self.assertTrue(self.auditor.complaints, f"a lost {kind} is not noticed")
            self.auditor.complaints.clear()
            self.auditor.intents.remove(lie)

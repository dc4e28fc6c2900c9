"""Two years of a program: draws what happens, does it to the model and to the server, and compares."""
import copy
import datetime
import random
import threading

import programs
from calendar_of import DAY, HOUR, Zone, first_of_period, iso, moment, plus_months
from harness import NoAnswer
from model import FOREVER, Model, Refusal
from shop import Shop, text

YEARS = 2
MEMBERS = 7
HOLDS = [None, None, 30, 1440, 3 * 1440, 40 * 1440]  # minutes
SETTLED = ("complete", "cancel", "rollback")


class Failure(Exception):
    """The server is not what the model says."""

    def __init__(self, what, expected, got, member=None):
        super().__init__(f"{what}\n  expected {text(expected)}\n  got      {text(got)}")
        self.what, self.member = what, member


class Absent(Exception):
    """What an action is about is not there, since what made it was left out: while shrinking."""


# --- what the model says to an action ----------------------------------------------------------------

def expect(model, a):
    """What must come of it: ("done", what the answer says) or ("refused", key). Changes the model."""
    try:
        return "done", globals()["expect_" + a["do"]](model, a)
    except Refusal as refusal:
        return "refused", refusal.key


def said_of(order):
    return {"status": order.status, "amount": order.amount(), "returned": order.returned_amount(),
            "discount": order.discount}


def card_of(model, member):
    if member not in model.cards:
        raise Absent(member)
    return model.cards[member]


def expect_order(model, a):
    return said_of(model.deliver(a["order"], a["member"], a["status"], a["lines"]))


def expect_change(model, a):
    return said_of(model.change(a["order"], a["status"], a.get("lines")))


def expect_return(model, a):
    return model.give_back_lines(a["order"], a["paper"], a["lines"], a["await"])


def expect_event(model, a):
    model.record_event(a["member"], a["event"], a["value"])
    return {}


def expect_join(model, a):
    return {"balance": model.card_of(a["member"]).balance}


def expect_adjust(model, a):
    card_of(model, a["member"])
    model.adjust(a["member"], a["points"], a["source"], a["ends"])
    return {"points": a["points"]}


def expect_transfer(model, a):
    card_of(model, a["member"])
    target = card_of(model, a["target"])
    model.transfer(a["member"], a["target"], a["points"], a["source"])
    return {"balance": target.balance}


def expect_pending(model, a):
    if a["lot"] >= card_of(model, a["member"]).next_lot:
        raise Absent(a["lot"])
    model.settle_pending(a["member"], a["lot"], a["way"], a["points"])
    return {}


def expect_redeem(model, a):
    card = card_of(model, a["member"])
    one = model.redeem(a["handle"], a["member"], a["reward"], a["hold"])
    return {"points": one["points"], "balance": card.balance}


def expect_pay(model, a):
    card_of(model, a["member"])
    one = model.pay(a["handle"], a["member"], a["reward"], a["points"], a["order"])
    return {"points": one["points"], "discount": one["order"].discount}


def expect_settle(model, a):
    if a["handle"] not in model.redemptions:
        raise Absent(a["handle"])
    if a["way"] == "complete":
        model.complete(a["handle"])
    else:
        model.roll_back(a["handle"], a["way"] == "cancel")
    return {}


def expect_give_tier(model, a):
    card_of(model, a["member"])
    last = a["last_day"] and datetime.date.fromisoformat(a["last_day"])
    model.give_tier(a["member"], a["tier"], last, a["at_least"])
    return {}


def expect_take_tier(model, a):
    card_of(model, a["member"])
    model.take_tier(a["member"])
    return {}


def view(model, member):
    """A member as shop.member shows one."""
    card = model.cards.get(member)
    if card is None:
        return None

    def last_day(end):
        return None if end is None or end == FOREVER else model.zone.day(end - 1).isoformat()
    ends = [(card.end(lot), lot.left) for lot in card.active()]
    dated = [end for end, _ in ends if end is not None]
    return {"balance": card.balance, "pending": card.pending,
            "expires": last_day(min(dated)) if dated else None,
            "lots": sorted(([last_day(end), left] for end, left in ends), key=str),
            "pending_lots": [[model.zone.day(lot.activates).isoformat(), lot.left]
                             for lot in model.pending_lots(member)],
            "tier": card.tier,
            "tier_until": iso(card.until) if card.tier and card.until is not None else None,
            "debt": card.debt}


# --- drawing -----------------------------------------------------------------------------------------

class Drawer:
    """Draws the next action by weights, with a look at the model so that most of them mean something."""

    WEIGHTS = {"post": 22, "change": 8, "give_back": 9, "event": 7, "adjust": 5, "redeem": 8, "pay": 3,
               "settle": 6, "transfer": 2, "pending": 4, "tier": 2, "join": 1, "edit": 2, "clock": 18,
               "burst": 2}

    def __init__(self, dice, model):
        self.dice, self.model = dice, model
        self.count = 0
        self.mail = []      # deliveries that are still on their way
        self.sources = []   # changes by hand that may be repeated

    def name(self, kind):
        self.count += 1
        return f"{kind}{self.count}"

    def member(self, with_card=False):
        if with_card:
            if not self.model.cards:
                return None
            return self.dice.choice(sorted(self.model.cards))
        return f"m{self.dice.randrange(MEMBERS)}"

    def draw(self):
        while True:
            kind = self.dice.choices(list(self.WEIGHTS), list(self.WEIGHTS.values()))[0]
            action = getattr(self, "draw_" + kind)()
            if action is not None:
                return action

    def lines(self):
        names = self.dice.sample(programs.PRODUCTS, self.dice.randint(1, 3))
        return {name: [self.dice.randint(1, 4), self.dice.choice([99, 333, 500, 1250, 4999])]
                for name in names}

    def draw_post(self):
        """A new order, with what will be said of it later; or one of those deliveries, in any order."""
        dice = self.dice
        if self.mail and dice.random() < .6:
            return self.mail.pop(dice.randrange(len(self.mail)))
        name, member, lines = self.name("o"), self.member(), self.lines()
        said = [("CREATED", lines)] * (dice.random() < .4)
        said += [("CREATED", self.lines())] * (dice.random() < .15)
        said += [("PAID", said[-1][1] if said else lines)] * (dice.random() < .85)
        said += [("FULFILLED", lines)] * (dice.random() < .3)
        said += [("CANCELED", lines)] * (dice.random() < .12)
        said = said or [("CREATED", lines)]
        said += [dice.choice(said)] * (dice.random() < .25)
        if dice.random() < .3:
            dice.shuffle(said)
        posts = [{"do": "order", "order": name, "member": member, "status": status, "lines": lines}
                 for status, lines in said]
        self.mail += posts[1:]
        return posts[0]

    def known_order(self):
        return self.dice.choice(list(self.model.orders)[-25:]) if self.model.orders else None

    def draw_change(self):
        name = self.known_order()
        if name is None or self.model.orders[name].member is None:
            return None
        order = self.model.orders[name]
        action = {"do": "change", "order": name, "member": order.member,
                  "status": self.dice.choice(["PAID", "PAID", "FULFILLED", "CANCELED", order.status])}
        if self.dice.random() < .3 and (order.status == "CREATED" or self.dice.random() < .2):
            action["lines"] = self.lines()
        return action

    def draw_give_back(self):
        dice = self.dice
        if dice.random() < .04:
            name, member = self.name("o"), self.member()  # before the order is known
            self.mail.append({"do": "order", "order": name, "member": member, "status": "PAID",
                              "lines": self.lines()})
            return {"do": "return", "order": name, "member": member, "paper": self.name("R"),
                    "lines": {dice.choice(programs.PRODUCTS): 1}, "await": dice.random() < .8}
        name = self.known_order()
        if name is None:
            return None
        order = self.model.orders[name]
        kept = order.kept()
        if dice.random() < .3 and kept:  # all of it
            lines = {product: quantity for product, (quantity, _) in kept.items()}
        else:
            lines = {dice.choice(sorted(kept) or list(programs.PRODUCTS)): dice.randint(1, 2)}
        paper = self.name("R")
        if order.papers and dice.random() < .15:
            paper = dice.choice(sorted(order.papers))
        order.papers[paper] = True
        return {"do": "return", "order": name, "member": order.member, "paper": paper,
                "lines": lines, "await": False}

    def draw_event(self):
        return {"do": "event", "member": self.member(), "event": "review",
                "value": self.dice.randint(0, 60)}

    def draw_join(self):
        missing = [f"m{n}" for n in range(MEMBERS) if f"m{n}" not in self.model.cards]
        return {"do": "join", "member": self.dice.choice(missing)} if missing else None

    def draw_adjust(self):
        member = self.member(with_card=True)
        if member is None:
            return None
        if self.sources and self.dice.random() < .1:
            return copy.deepcopy(self.dice.choice(self.sources))
        points = self.dice.choice([5, 30, 100, 250, -5, -40, -200])
        ends = None
        if points > 0:
            last = self.model.zone.day(self.model.now + self.dice.randint(0, 90) * DAY).isoformat()
            ends = self.dice.choice([None, None, "PROGRAM_RULES", "NON_EXPIRING", last])
        action = {"do": "adjust", "member": member, "points": points, "ends": ends,
                  "source": self.name("C")}
        if ends in (None, "NON_EXPIRING"):
            self.sources.append(action)
        return action

    def draw_redeem(self):
        member = self.member(with_card=True)
        return member and {"do": "redeem", "member": member, "handle": self.name("r"),
                           "reward": self.dice.choice(["mug", "cap"]),
                           "hold": self.dice.choice(HOLDS)}

    def draw_pay(self):
        names = [name for name, order in self.model.orders.items()
                 if order.status == "CREATED" and order.member in self.model.cards][-5:]
        if not names:
            return None
        name = self.dice.choice(names)
        return {"do": "pay", "member": self.model.orders[name].member, "handle": self.name("r"),
                "reward": "cash", "points": self.dice.choice([1, 10, 100, 700]), "order": name}

    def draw_settle(self):
        handles = list(self.model.redemptions)[-15:]
        if not handles:
            return None
        handle = self.dice.choice(handles)
        return {"do": "settle", "member": self.model.redemptions[handle]["member"],
                "handle": handle, "way": self.dice.choice(SETTLED)}

    def draw_transfer(self):
        member, target = self.member(with_card=True), self.member(with_card=True)
        if member is None or member == target:
            return None
        return {"do": "transfer", "member": member, "target": target, "source": self.name("C"),
                "points": self.dice.choice([1, 20, 150])}

    def draw_pending(self):
        waiting = [(member, lot.number) for member in self.model.cards
                   for lot in self.model.pending_lots(member)]
        if not waiting:
            return None
        member, lot = self.dice.choice(waiting)
        way = self.dice.choice(["activate", "cancel", "adjust", "adjust"])
        return {"do": "pending", "member": member, "lot": lot, "way": way,
                "points": self.dice.choice([-50, -10, 5, 40]) if way == "adjust" else 0}

    def draw_tier(self):
        member = self.member(with_card=True)
        ladder = self.model.program["tiers"]["ladder"]
        if member is None or not ladder:
            return None
        if self.model.cards[member].hand and self.dice.random() < .7 or self.dice.random() < .1:
            return {"do": "take_tier", "member": member}
        last = self.model.zone.day(self.model.now + self.dice.randint(1, 120) * DAY).isoformat()
        return {"do": "give_tier", "member": member, "tier": self.dice.choice(ladder)["name"],
                "last_day": self.dice.choice([last, last, None]), "at_least": self.dice.random() < .5}

    def draw_edit(self):
        return {"do": "edit", "edit": programs.draw_edit(self.dice, self.model.program)}

    def draw_clock(self):
        """Hours to months; to the moments that matter: midnights, new years, changes of clocks."""
        dice, zone, now = self.dice, self.model.zone, self.model.now
        kind = dice.choices(["hours", "days", "weeks", "months", "midnight", "change", "period"],
                            [35, 25, 12, 4, 14, 5, 5])[0]
        if kind == "hours":
            to = now + dice.randint(1, 30) * HOUR + dice.randrange(HOUR)
        elif kind == "days":
            to = now + dice.randint(1, 6) * DAY
        elif kind == "weeks":
            to = now + dice.randint(7, 30) * DAY
        elif kind == "months":
            to = zone.start(plus_months(zone.day(now), dice.randint(1, 3))) + dice.randrange(DAY)
        elif kind == "midnight":
            to = zone.end(zone.day(now + dice.randint(0, 3) * DAY))
        elif kind == "change":
            changes = zone.changes(now, 120)
            if not changes:
                return None
            to = changes[0]
        else:
            first, months = first_of_period(zone.day(now), dice.choice(["MONTH", "QUARTER", "YEAR"]))
            to = zone.start(plus_months(first, months))
            if to - now > 100 * DAY:
                return None
        if kind in ("midnight", "change", "period"):
            to += dice.choice([-1, 0, 0, 0, 1, HOUR])
        return {"do": "clock", "to": to} if to > now else None

    def draw_burst(self):
        """Several clients at once, each with members of its own: what they do commutes. Some end in a kill."""
        if "budget" in self.model.program["limits"]:
            return None
        members = [f"m{n}" for n in range(MEMBERS)]
        self.dice.shuffle(members)
        parts = []
        for member in members[:self.dice.randint(2, 5)]:
            part = []
            for _ in range(self.dice.randint(2, 6)):
                kind = self.dice.choice(["order", "order", "event", "adjust", "redeem"])
                if kind == "order":
                    part.append({"do": "order", "order": self.name("o"), "member": member,
                                 "status": "PAID", "lines": self.lines()})
                elif kind == "event":
                    part.append({**self.draw_event(), "member": member})
                elif member in self.model.cards and kind == "adjust":
                    part.append({"do": "adjust", "member": member, "points": 20, "ends": None,
                                 "source": self.name("C")})
                elif member in self.model.cards:
                    part.append({"do": "redeem", "member": member, "handle": self.name("r"),
                                 "reward": "cap", "hold": None})
            if part:
                parts.append(part)
        return {"do": "burst", "parts": parts, "kill": self.dice.random() < .3,
                "after": self.dice.randint(1, 6)}


# --- a life ------------------------------------------------------------------------------------------

class Life:
    """`world` gives projects and kills servers (run)."""

    def __init__(self, world, seed):
        self.world = world
        self.seed = seed
        self.dice = random.Random(seed)
        self.zone = self.dice.choice(programs.ZONES)
        self.program = programs.draw(self.dice)
        year = self.dice.randint(2035, 2037)
        self.start = Zone(self.zone).start(datetime.date(year, self.dice.randint(1, 12),
                                                         self.dice.randint(1, 28))) + 10 * HOUR
        self.actions = []

    def begin(self, name=None):
        self.model = Model(self.program, self.zone)
        self.model.now = self.start
        self.client = self.world.project(self.zone, name)
        self.shop = Shop(self.client, self.program, self.start)
        self.sent = 0

    def run(self, until):
        """Draws and plays; ends after two years or when the time is over. Answers whether it came to its end."""
        self.begin()
        drawer = Drawer(self.dice, self.model)
        end = self.start + YEARS * 365 * DAY
        while self.model.now < end:
            if until():
                self.audit()
                return False
            action = drawer.draw()
            self.actions.append(action)
            self.play(action)
        self.audit()
        return True

    def replay(self, actions):
        """The same actions, or fewer of them, in a new project. The failure, if there is one."""
        try:
            self.begin()
            for action in actions:
                try:
                    self.play(action, alone=True)
                except Absent:
                    pass
            self.audit()
        except Failure as failure:
            return failure
        except (AssertionError, NoAnswer, KeyError) as error:
            return Failure(f"it broke: {error}", "an answer", "none")
        return None

    # --- one action -------------------------------------------------------------------------------

    def play(self, action, alone=False):
        kind = action["do"]
        if kind == "clock":
            self.client.need("POST", "/v1/clock/advance", {"to": iso(action["to"])})
            self.model.move_clock(action["to"])
            if moment(self.client.need("GET", "/v1/clock")["now"]) != action["to"]:
                raise Failure("the clock", iso(action["to"]), "another time")
            for member in list(self.model.cards):
                self.look(member)
        elif kind == "edit":
            self.shop.edit(action["edit"])
            programs.apply_edit(self.model.program, action["edit"])
        elif kind == "burst":
            self.burst(action, alone)
        else:
            if kind == "pending" and (action["member"], action["lot"]) not in self.shop.pending:
                raise Absent(action["lot"])
            expected = expect(self.model, action)
            self.judge(action, expected, self.send(action, self.key()))
            self.look(action.get("member"))
            if "target" in action:
                self.look(action["target"])
            if "order" in action:
                self.look_at_order(action["order"])

    def key(self):
        self.sent += 1
        return f"{id(self.shop)}-{self.sent}"

    def send(self, action, key):
        method, path, body, said = self.shop.request(action)
        answer = self.client.call(method, path, body, headers={"Idempotency-Key": key})
        if key.endswith("7") and answer.status < 300:  # a till that asks once more
            again = self.client.call(method, path, body, headers={"Idempotency-Key": key})
            if (again.status, again.body) != (answer.status, answer.body) or \
                    again.headers.get("Idempotency-Replayed") != "true":
                raise Failure(f"repeated with its key: {text(action)}", repr(answer), repr(again),
                              action.get("member"))
        return answer, said

    def judge(self, action, expected, sent):
        """The answer is what the model says, in all that it says."""
        answer, said = sent
        if answer.status >= 500:
            raise Failure(text(action), expected, repr(answer), action.get("member"))
        if answer.status >= 400:
            keys = [answer.key] + [one.get("key") for one in answer.json.get("errors", [])]
            got = "refused", expected[1] if expected[1] in keys else answer.key
        else:
            got = "done", said(answer.json if answer.body else {})
        if got != expected:
            raise Failure(text(action), expected, f"{text(got)} {answer!r}", action.get("member"))

    def burst(self, action, alone):
        """All parts at once; a killed server is asked again with the same keys: it did each once or not yet."""
        work = [[(one, self.key(), expect(self.model, one)) for one in part]
                for part in action["parts"]]
        for part in action["parts"]:
            for one in part:
                if "member" in one:  # known before the threads begin
                    self.shop.code(one["member"])
        answers = [[] for _ in work]
        enough = threading.Semaphore(0)
        broken = []

        def one_client(number):
            try:
                for one, key, _ in work[number][len(answers[number]):]:
                    answers[number].append(self.send(one, key))
                    enough.release()
            except NoAnswer:
                pass
            except Exception as error:  # told by the one who waits
                broken.append(error)
            finally:
                self.client.close()
                enough.release()

        def all_clients():
            threads = [threading.Thread(target=one_client, args=(n,)) for n in range(len(work))]
            for thread in threads:
                thread.start()
            return threads

        threads = all_clients()
        if action["kill"] and not alone:
            for _ in range(action["after"]):
                while not enough.acquire(timeout=.05):
                    if not any(thread.is_alive() for thread in threads):
                        break  # there were fewer answers than that
            self.world.kill(self)
        for thread in threads:
            thread.join()
        if action["kill"] and not alone:
            self.world.serve_again(self)
            for thread in all_clients():
                thread.join()
        if broken:
            raise broken[0]
        for part, came in zip(work, answers):
            if len(part) != len(came):
                raise Failure("a server that was not killed gave no answer", len(part), len(came))
            for (one, _, expected), sent in zip(part, came):
                self.judge(one, expected, sent)
        for member in sorted({one["member"] for part in action["parts"] for one in part}):
            self.look(member)

    # --- looks ------------------------------------------------------------------------------------

    def same(self, what, expected, got, member=None):
        if expected != got:
            if isinstance(expected, dict) and isinstance(got, dict):
                expected, got = ({name: value for name, value in one.items()
                                  if name not in other or other[name] != value}
                                 for one, other in ((expected, got), (got, expected)))
            raise Failure(what, expected, got, member)

    def look(self, member, whole=False):
        if member is None:
            return
        at = iso(self.model.now)
        got = self.shop.member(member)
        self.same(f"{member} at {at}", view(self.model, member), got, member)
        if got is None:
            return
        moves = self.model.cards[member].moves
        if whole:
            self.same(f"transactions of {member} at {at}", moves, self.shop.moves(member), member)
        else:
            tail = self.shop.tail(member)
            self.same(f"last transactions of {member} at {at}", moves[-len(tail):] if tail else moves,
                      tail, member)
        ids = self.shop.last_pending
        for lot, id in zip(self.model.pending_lots(member), ids):
            self.shop.pending[member, lot.number] = id

    def look_at_order(self, name):
        order = self.model.orders.get(name)
        self.same(f"order {name}", said_of(order) if order else None, self.shop.order(name),
                  order.member if order else None)

    def audit(self):
        """Everything at once."""
        model, shop = self.model, self.shop
        for member in model.cards:
            self.look(member, whole=True)
        for member, expected in model.customers.items():
            self.same(f"orders of {member}", expected, shop.customer(member), member)
        for name in model.orders:
            self.look_at_order(name)
        self.same("totals", {**model.totals(), "difference": 0}, shop.totals())
        self.same("pieces", model.pieces, shop.pieces())
        for handle, one in model.redemptions.items():
            if handle not in shop.redemptions:
                continue
            ended = one["state"] in ("CANCELED", "EXPIRED", "ROLLED_BACK")
            self.same(f"redemption {handle}", "ROLLED_BACK" if ended else "SUCCEEDED",
                      shop.redemption(handle)["status"], one["member"])


# --- what led there ----------------------------------------------------------------------------------

def shrink(life, failure, time_is_over):
    """Fewer actions that still fail: only the member's, without bursts, then with parts left out."""
    flat = []
    for action in life.actions:
        flat += [one for part in action["parts"] for one in part] if action["do"] == "burst" else [action]
    best = flat
    about = [a for a in flat if a["do"] in ("clock", "edit") or failure.member in
             (a.get("member"), a.get("target"))]
    for smaller in (about, flat):
        again = life.replay(smaller)
        if again:
            best, failure = smaller, again
            break
    else:
        return None, failure
    size = len(best) // 2
    while size and not time_is_over():
        at = 0
        while at < len(best) and not time_is_over():
            smaller = best[:at] + best[at + size:]
            again = life.replay(smaller)
            if again:
                best, failure = smaller, again
            else:
                at += size
        size //= 2
    return best, failure

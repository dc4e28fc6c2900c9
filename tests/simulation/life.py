"""Two years of a program: draws what happens, does it to the model and to the server, and compares."""
import collections
import copy
import datetime
import random
import threading

import programs
from calendar_of import DAY, HOUR, Zone, first_of_period, iso, moment, plus_months
from harness import NoAnswer
from model import FOREVER, Model, Refusal
from shop import Shop, by_end, text

YEARS = 2
MEMBERS = 7
HOLDS = [None, None, 30, 1440, 3 * 1440, 40 * 1440]  # minutes
BROKE = "it broke: "
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
    if a["do"] != "merge":
        a = {**a, **{name: model.person(a[name]) for name in ("member", "target") if name in a}}
    try:
        return "done", globals()["expect_" + a["do"]](model, a)
    except Refusal as refusal:
        return "refused", refusal.key


def said_of(order):
    return {"status": order.status, "amount": order.amount(), "returned": order.returned_amount(),
            "discount": order.discount}


def card_of(program, member):
    if member not in program.cards:
        raise Absent(member)
    return program.cards[member]


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
    if not model.can_join(a["program"], a["member"]):
        raise Absent(a["member"])
    return {"balance": model.join(a["program"], a["member"]).balance}


def expect_merge(model, a):
    if not model.can_merge(a["member"], a["source"]):
        raise Absent(a["source"])
    model.merge(a["member"], a["source"])
    return {"orders": model.customers[model.person(a["member"])][0]}


def expect_adjust(model, a):
    program = model.programs[a["program"]]
    card_of(program, a["member"])
    program.adjust(a["member"], a["points"], a["source"], a["ends"])
    return {"points": a["points"]}


def expect_transfer(model, a):
    program, to = model.programs[a["program"]], model.programs[a["to"]]
    card_of(program, a["member"])
    target = card_of(to, a["target"])
    program.transfer(a["member"], a["target"], a["points"], a["source"], to)
    return {"balance": target.balance}


def expect_pending(model, a):
    program = model.programs[a["program"]]
    if a["lot"] >= card_of(program, a["member"]).next_lot:
        raise Absent(a["lot"])
    program.settle_pending(a["member"], a["lot"], a["way"], a["points"])
    return {}


def expect_redeem(model, a):
    program = model.programs[a["program"]]
    card = card_of(program, a["member"])
    one = program.redeem(a["handle"], a["member"], a["reward"], a["hold"])
    return {"points": one["points"], "balance": card.balance}


def expect_pay(model, a):
    program = model.programs[a["program"]]
    card_of(program, a["member"])
    one = program.pay(a["handle"], a["member"], a["reward"], a["points"], model.orders.get(a["order"]))
    return {"points": one["points"], "discount": one["order"].discount}


def expect_settle(model, a):
    program = model.programs[a["program"]]
    if a["handle"] not in program.redemptions:
        raise Absent(a["handle"])
    if a["way"] == "complete":
        program.complete(a["handle"])
    else:
        program.roll_back(a["handle"], a["way"] == "cancel")
    return {}


def expect_give_tier(model, a):
    program = model.programs[a["program"]]
    card_of(program, a["member"])
    if a["tier"] not in [tier["name"] for tier in program.policy["ladder"]]:
        raise Absent(a["tier"])
    last = a["last_day"] and datetime.date.fromisoformat(a["last_day"])
    program.give_tier(a["member"], a["tier"], last, a["at_least"])
    return {}


def expect_take_tier(model, a):
    program = model.programs[a["program"]]
    card_of(program, a["member"])
    program.take_tier(a["member"])
    return {}


def view(program, member):
    """A member as Circle.member shows one."""
    card = program.cards.get(member)
    if card is None:
        return None

    def last_day(end):
        return None if end is None or end == FOREVER else program.zone.day(end - 1).isoformat()
    ends = [(card.end(lot), lot.left) for lot in card.active()]
    dated = [end for end, _ in ends if end is not None]
    return {"balance": card.balance, "pending": card.pending,
            "expires": last_day(min(dated)) if dated else None,
            "lots": by_end((last_day(end), left) for end, left in ends),
            "pending_lots": [[program.zone.day(lot.activates).isoformat(), lot.left]
                             for lot in program.pending_lots(member)],
            "tier": card.tier,
            "tier_until": iso(card.until) if card.tier and card.until is not None else None,
            "debt": card.debt}


KINDS = ("order", "change", "return", "return before its order", "event", "join", "adjust", "transfer",
         "transfer to another program", "pending", "redeem", "held", "pay", "settle", "give_tier",
         "take_tier", "edit", "clock", "burst", "kill", "merge", "another name", "two programs",
         "tenure", "mixed tiers", "retier", "retier edited", "rescore", "rescore since")


def kinds_of(model, a):
    """Of KINDS, what an action is; what was never drawn proves nothing."""
    yield a["do"]
    if a["do"] == "return" and a["await"]:
        yield "return before its order"
    if a.get("to", 0) != a.get("program", 0) and a["do"] == "transfer":
        yield "transfer to another program"
    if a.get("hold"):
        yield "held"
    if a.get("kill"):
        yield "kill"
    if a["do"] == "order":
        if a["member"] in model.aliases:
            yield "another name"
        if len(model.programs) > 1:
            yield "two programs"
        for program in model.programs:
            if program.policy["counts"] == "TENURE_DAYS":
                yield "tenure"
            if any(tier.get("requirements") for tier in program.policy["ladder"]):
                yield "mixed tiers"
    if a["do"] == "retier":
        if a["edit"]:
            yield "retier edited"
        if a.get("rescore"):
            yield "rescore since" if a["since"] else "rescore"


# --- drawing -----------------------------------------------------------------------------------------

class Drawer:
    """Draws the next action by weights, with a look at the model so that most of them mean something."""

    WEIGHTS = {"post": 22, "change": 8, "give_back": 9, "event": 7, "adjust": 5, "redeem": 8, "pay": 3,
               "settle": 6, "transfer": 2, "pending": 4, "tier": 2, "join": 1, "edit": 2, "clock": 18,
               "burst": 2, "retier": 4, "merge": 1}

    def __init__(self, dice, model):
        self.dice, self.model = dice, model
        self.count = 0
        self.mail = []      # deliveries that are still on their way
        self.sources = []   # changes by hand that may be repeated
        self.people = [f"m{number}" for number in range(MEMBERS)]

    def name(self, kind):
        self.count += 1
        return f"{kind}{self.count}"

    def program(self):
        """(its number, the program)"""
        number = self.dice.randrange(len(self.model.programs))
        return number, self.model.programs[number]

    def member(self, program=None):
        """Somebody, or somebody with a card of the program."""
        if program:
            return self.dice.choice(sorted(program.cards)) if program.cards else None
        if self.model.aliases and self.dice.random() < .1:
            return self.dice.choice(sorted(self.model.aliases))
        return self.dice.choice(self.people)

    def draw(self):
        while True:
            kind = self.dice.choices(list(self.WEIGHTS), list(self.WEIGHTS.values()))[0]
            action = getattr(self, "draw_" + kind)()
            if action:
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
        number, program = self.program()
        missing = [one for one in self.people
                   if one not in program.cards and self.model.can_join(number, one)]
        return missing and {"do": "join", "program": number, "member": self.dice.choice(missing)}

    def draw_adjust(self):
        number, program = self.program()
        member = self.member(program)
        if member is None:
            return None
        if self.sources and self.dice.random() < .1:
            return copy.deepcopy(self.dice.choice(self.sources))
        points = self.dice.choice([5, 30, 100, 250, -5, -40, -200])
        ends = None
        if points > 0:
            last = self.model.zone.day(self.model.now + self.dice.randint(0, 90) * DAY).isoformat()
            ends = self.dice.choice([None, None, "PROGRAM_RULES", "NON_EXPIRING", last])
        action = {"do": "adjust", "program": number, "member": member, "points": points, "ends": ends,
                  "source": self.name("C")}
        if ends in (None, "NON_EXPIRING"):
            self.sources.append(action)
        return action

    def draw_redeem(self):
        number, program = self.program()
        member = self.member(program)
        return member and {"do": "redeem", "program": number, "member": member,
                           "handle": self.name("r"), "reward": self.dice.choice(["mug", "cap"]),
                           "hold": self.dice.choice(HOLDS)}

    def draw_pay(self):
        number, program = self.program()
        names = [name for name, order in self.model.orders.items()
                 if order.status == "CREATED" and order.member in program.cards][-5:]
        if not names:
            return None
        name = self.dice.choice(names)
        return {"do": "pay", "program": number, "member": self.model.orders[name].member,
                "handle": self.name("r"), "reward": "cash",
                "points": self.dice.choice([1, 10, 100, 700]), "order": name}

    def draw_settle(self):
        number, program = self.program()
        handles = list(program.redemptions)[-15:]
        if not handles:
            return None
        handle = self.dice.choice(handles)
        return {"do": "settle", "program": number, "member": program.redemptions[handle]["member"],
                "handle": handle, "way": self.dice.choice(SETTLED)}

    def draw_transfer(self):
        number, program = self.program()
        to, other = self.program()
        member, target = self.member(program), self.member(other)
        if member is None or target is None or program.cards[member] is other.cards[target]:
            return None
        return {"do": "transfer", "program": number, "to": to, "member": member, "target": target,
                "source": self.name("C"), "points": self.dice.choice([1, 20, 150])}

    def draw_pending(self):
        number, program = self.program()
        waiting = [(member, lot.number) for member in program.cards
                   for lot in program.pending_lots(member)]
        if not waiting:
            return None
        member, lot = self.dice.choice(waiting)
        way = self.dice.choice(["activate", "cancel", "adjust", "adjust"])
        return {"do": "pending", "program": number, "member": member, "lot": lot, "way": way,
                "points": self.dice.choice([-50, -10, 5, 40]) if way == "adjust" else 0}

    def draw_tier(self):
        number, program = self.program()
        member = self.member(program)
        ladder = program.policy["ladder"]
        if member is None or not ladder:
            return None
        if program.cards[member].hand and self.dice.random() < .7 or self.dice.random() < .1:
            return {"do": "take_tier", "program": number, "member": member}
        last = self.model.zone.day(self.model.now + self.dice.randint(1, 120) * DAY).isoformat()
        return {"do": "give_tier", "program": number, "member": member,
                "tier": self.dice.choice(ladder)["name"],
                "last_day": self.dice.choice([last, last, None]), "at_least": self.dice.random() < .5}

    def draw_edit(self):
        number, program = self.program()
        return {"do": "edit", "program": number, "edit": programs.draw_edit(self.dice, program.program)}

    def draw_retier(self):
        """Everyone to the tier of the definitions of today, mostly because those were edited; or points, too."""
        if self.model.aliases:
            return None  # of two cards that became one, only the one that stays is lived through
        number, program = self.program()
        since = self.model.zone.day(self.model.now - self.dice.randint(1, 200) * DAY).isoformat()
        if self.dice.random() < .5 and self.can_rescore(program):
            return {"do": "retier", "program": number, "edit": None, "rescore": True,
                    "since": self.dice.choice([None, None, since])}
        edit = None
        if self.dice.random() < .7:
            edit = {"what": "tiers",
                    "tiers": programs.draw_tiers(self.dice, program.program["rules"], some=True)}
        elif not program.policy["ladder"]:
            return None
        return {"do": "retier", "program": number, "edit": edit}

    def can_rescore(self, program):
        """Where the tier is what counts now and nothing else; not where points pended or cards became one."""
        tiers = program.policy
        asked = {name for tier in tiers["ladder"]
                 for name in (tier.get("requirements") or {"least": {}})["least"]}
        plain = tiers["end"] == "BALANCE_DROP" and "grace" not in tiers and "downgrade" not in tiers and \
            tiers["counts"] in ("POINTS", "SPEND", "ORDERS") and not asked & {"balance", "tenure_days"}
        return (plain or not tiers["ladder"]) and not program.has_pended and not self.model.aliases

    def draw_merge(self):
        """Two customers who are one person; somebody new comes in the place of who goes."""
        known = [one for one in self.people if self.model.is_known(one)]
        if len(known) < 2:
            return None
        into, source = self.dice.sample(known, 2)
        if self.model.aliases and self.dice.random() < .2:
            source = self.dice.choice(sorted(self.model.aliases))  # perhaps of that person already
            if self.model.person(source) != into and self.model.person(source) != source:
                into = self.model.person(source)
        if not self.model.can_merge(into, source):
            return None
        if source in self.people:
            self.people[self.people.index(source)] = self.name("n")
        return {"do": "merge", "member": into, "source": source}

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
        if any("budget" in program.program["limits"] for program in self.model.programs):
            return None
        members = self.people[:]
        self.dice.shuffle(members)
        parts = []
        for member in members[:self.dice.randint(2, 5)]:
            part = []
            for _ in range(self.dice.randint(2, 6)):
                kind = self.dice.choice(["order", "order", "event", "adjust", "redeem"])
                number, program = self.program()
                if kind == "order":
                    part.append({"do": "order", "order": self.name("o"), "member": member,
                                 "status": "PAID", "lines": self.lines()})
                elif kind == "event":
                    part.append({**self.draw_event(), "member": member})
                elif kind == "adjust" and member in program.cards:
                    part.append({"do": "adjust", "program": number, "member": member, "points": 20,
                                 "ends": None, "source": self.name("C")})
                elif member in program.cards:
                    part.append({"do": "redeem", "program": number, "member": member,
                                 "handle": self.name("r"), "reward": "cap", "hold": None})
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
        self.programs = programs.draw_all(self.dice)
        year = self.dice.randint(2035, 2037)
        self.start = Zone(self.zone).start(datetime.date(year, self.dice.randint(1, 12),
                                                         self.dice.randint(1, 28))) + 10 * HOUR
        self.actions = []
        self.drawn = collections.Counter()

    def begin(self, name=None):
        self.model = Model(self.programs, self.zone)
        self.model.begin(self.start)
        self.client = self.world.project(self.zone, name)
        self.shop = Shop(self.client, self.programs, self.start)
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
            self.drawn.update(kinds_of(self.model, action))
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
            return Failure(BROKE + str(error), "an answer", "none")
        return None

    # --- one action -------------------------------------------------------------------------------

    def play(self, action, alone=False):
        kind = action["do"]
        if kind == "clock":
            self.client.need("POST", "/v1/clock/advance", {"to": iso(action["to"])})
            self.model.move_clock(action["to"])
            if moment(self.client.need("GET", "/v1/clock")["now"]) != action["to"]:
                raise Failure("the clock", iso(action["to"]), "another time")
            for member in self.model.members():
                self.look(member)
        elif kind == "edit":
            self.edit(action)
        elif kind == "retier":
            self.retier(action)
        elif kind == "burst":
            self.burst(action, alone)
        else:
            if kind == "pending" and \
                    (action["member"], action["lot"]) not in self.shop.of(action).pending:
                raise Absent(action["lot"])
            expected = expect(self.model, action)
            self.judge(action, expected, self.send(action, self.key()))
            self.look(action.get("member"))
            if "target" in action:
                self.look(action["target"])
            if "order" in action:
                self.look_at_order(action["order"])

    def edit(self, action):
        program = self.model.programs[action["program"]].program
        if action["edit"]["what"] == "ladder" and not program["tiers"]["ladder"]:
            raise Absent("tiers")
        self.shop.of(action).edit(action["edit"])
        programs.apply_edit(program, action["edit"])

    def retier(self, action):
        """Looked at first: that changes nothing, and says what the applying then does."""
        if action["edit"]:
            self.edit(action)
        circle, program = self.shop.of(action), self.model.programs[action["program"]]
        before = {member: circle.member(member) for member in program.cards}
        body = {"rescore": True} if action.get("rescore") else {}
        if action.get("since"):
            body["from"] = action["since"]
        looked = circle.retier(body, preview=True)
        for member in before:
            self.same(f"{member} after the preview", before[member], circle.member(member), member)
        done = circle.retier(body, preview=False)
        for result in (looked, done):
            del result["message"], result["preview"]
        self.same(f"the preview of {text(action)}", looked, done)
        if action.get("rescore"):
            day = action.get("since")
            since = program.zone.start(datetime.date.fromisoformat(day)) if day else 0
            counts, points = program.rescore(since)
            self.same(f"points of {text(action)}", points, {name: done["points"][name] for name in points})
        else:
            counts = program.retier()
        if action["edit"]:  # days that turn the tier under what was edited may lie behind already
            counts = {name: counts[name] for name in ("members", "by_hand")}
        self.same(text(action), counts, {name: done.get(name) for name in counts})
        for member in program.cards:
            self.look(member)

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
                for circle in self.shop.programs:  # known before the threads begin
                    circle.code(one["member"])
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
        if member is not None:
            member = self.model.person(member)
            for program, circle in zip(self.model.programs, self.shop.programs):
                self.look_at_card(program, circle, member, whole)

    def look_at_card(self, program, circle, member, whole):
        at = iso(self.model.now)
        got = circle.member(member)
        self.same(f"{member} at {at}", view(program, member), got, member)
        if got is None:
            return
        moves = program.cards[member].moves
        if whole:
            self.same(f"transactions of {member} at {at}", moves, circle.moves(member), member)
        else:
            tail = circle.tail(member)
            self.same(f"last transactions of {member} at {at}", moves[-len(tail):] if tail else moves,
                      tail, member)
        for lot, id in zip(program.pending_lots(member), circle.last_pending):
            circle.pending[member, lot.number] = id

    def look_at_order(self, name):
        order = self.model.orders.get(name)
        self.same(f"order {name}", said_of(order) if order else None, self.shop.order(name),
                  order.member if order else None)

    def audit(self):
        """Everything at once."""
        model, shop = self.model, self.shop
        for member in model.members():
            self.look(member, whole=True)
        for member, expected in model.customers.items():
            self.same(f"orders of {member}", expected, shop.customer(member), member)
        for name in model.orders:
            self.look_at_order(name)
        for program, circle in zip(model.programs, shop.programs):
            self.same("totals", {**program.totals(), "difference": 0}, circle.totals())
            self.same("pieces", program.pieces, circle.pieces())
            for handle, one in program.redemptions.items():
                if handle in shop.redemptions:
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

    def fails(actions):
        again = life.replay(actions)  # what cannot be asked for without the rest is none
        return again if again and again.what.startswith(BROKE) <= failure.what.startswith(BROKE) else None
    about = [a for a in flat if a["do"] in ("clock", "edit", "retier") or failure.member in
             (a.get("member"), a.get("target")) or a["do"] == "merge"]
    for smaller in (about, flat):
        again = fails(smaller)
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
            again = fails(smaller)
            if again:
                best, failure = smaller, again
            else:
                at += size
        size //= 2
    return best, failure

"""A loyalty program in small: what the documents promise, in the plainest words and without any speed.

Nothing here was taken from the server. Time is stepped from one thing that falls due to the next, sums
are made anew from all that ever happened, and a definition that a decision was made under is kept whole.
Says docs/EARNING.md, ORDERS.md, TIERS.md and REWARDS.md; where a sentence of theirs decides, it is cited.
"""
import copy
import datetime
from fractions import Fraction

from calendar_of import Zone, first_of_period, last_of_month, plus_months, plus_span

FOREVER = 1 << 62


class Refusal(Exception):
    def __init__(self, key):
        super().__init__(key)
        self.key = key


class Lot:
    def __init__(self, number, points, earned, activates, expires):
        self.number, self.left, self.earned = number, points, earned
        self.activates = activates      # set = pends until then
        self.expires = expires          # the first moment without the points
        self.expired = 0                # what ended of it
        self.removed = 0                # what was taken by hand while it pended, less what was added
        self.counted = []               # [moment, points] that counted for the tier


    def pends(self):
        return self.activates is not None and self.left > 0


class Card:
    def __init__(self, member, at):
        self.member = member
        self.created = at
        self.lots = []
        self.next_lot = 1
        self.debt = 0
        self.credited = 0
        self.moves = []                 # [type, points, moment]: the transactions
        self.idle = None                # all active points end then: inactivity
        self.facts = []                 # [moment, points, spend, orders]: what counts for tiers
        self.used = []                  # [scope, moment, points]: what limits count
        self.tier = None                # name
        self.until = None
        self.grace = False
        self.below = None               # what follows a grace
        self.hand = None                # "exact" or "at_least": the tier was given by hand
        self.before_hand = None         # (tier, until) under one given by hand
        self.next = None                # (tier, moment): begins with the next period
        self.looked = at                # time alone has moved the tier until then
        self.celebrated = None          # the last local day whose birthday or anniversary is done
        self.holds = {}                 # redemption -> moment at which it comes back

    def active(self):
        return [lot for lot in self.lots if lot.activates is None and lot.left]

    @property
    def balance(self):
        return sum(lot.left for lot in self.active()) - self.debt

    @property
    def pending(self):
        return sum(lot.left for lot in self.lots if lot.pends())

    def end(self, lot):
        """Its own end, or that of the card by inactivity; `never` spares from both."""
        ends = [at for at in (lot.expires, self.idle) if at is not None]
        return None if not ends or lot.expires == FOREVER else min(ends)

    def burn_order(self):
        return sorted(self.active(), key=lambda lot: (
            FOREVER if self.end(lot) is None else self.end(lot), lot.earned, lot.number))


class Order:
    def __init__(self, member):
        self.member = member
        self.status = "CREATED"
        self.lines = {}                 # product -> [quantity, price]
        self.returned = {}              # product -> quantity, also of lines that are not known yet
        self.papers = {}
        self.discount = 0
        self.decision = None

    def back(self, product):
        return min(self.returned.get(product, 0), self.lines.get(product, [0, 0])[0])

    def amount(self):
        return sum(quantity * price for quantity, price in self.lines.values())

    def total(self):
        return self.amount() - self.discount

    def returned_amount(self):
        """The order's discount is spread evenly: the share of the total that came back."""
        return self.total() - self.kept_amount()

    def kept(self):
        return {name: (quantity - self.back(name), price)
                for name, (quantity, price) in self.lines.items() if quantity > self.back(name)}

    def kept_amount(self):
        """What is left of the total, rounded half up."""
        left, all_of_it = worth_of(self.kept()), self.amount()
        return (2 * self.total() * left + all_of_it) // (2 * all_of_it) if all_of_it else 0

    def counts(self):
        return self.status in ("PAID", "FULFILLED")


def worth_of(lines):
    return sum(quantity * price for quantity, price in lines.values())


class Model:
    """One project with one program. `program` is its definition (programs.py), changed by edits."""

    def __init__(self, program, zone):
        self.program = copy.deepcopy(program)
        self.zone = Zone(zone)
        self.now = 0
        self.cards = {}                 # member -> Card
        self.customers = {}             # member -> [orders, amount]
        self.orders = {}
        self.papers = {}                # source id of a return -> order
        self.changes = {}               # source id of a change by hand -> what was asked
        self.redemptions = {}
        self.pieces = {name: 0 for name in program["rewards"]}
        self.budget = 0
        self.birthdays = program["birthdays"]

    # --- time -------------------------------------------------------------------------------------

    def move_clock(self, to):
        for card in self.cards.values():
            self.roll(card, to)
        self.now = to

    def roll(self, card, to):
        """Everything that falls due until `to`, in order of time. At one moment: what is held comes
        back, points are activated, a tier ends or is looked at, points end."""
        while True:
            due = [at for at in self.due_moments(card) if at <= to]
            if not due:
                return
            self.fall_due(card, min(due))

    def due_moments(self, card):
        yield from card.holds.values()
        for lot in card.lots:
            if lot.pends():
                yield lot.activates
            elif lot.left and card.end(lot) is not None:
                yield card.end(lot)
        if card.until is not None:
            yield card.until
        if card.next is not None:
            yield card.next[1]
        yield from self.turning_moments(card)
        yield from (at for at, _ in self.days_of_the_year(card))

    def fall_due(self, card, at):
        for handle in sorted(h for h, end in card.holds.items() if end == at):
            self.give_back(self.redemptions[handle], at, "EXPIRED")
        for lot in [one for one in card.lots if one.pends() and one.activates == at]:
            self.activate(card, lot, at)
            self.decide_tier(card, at)
        self.end_tier(card, at)
        ending = [lot for lot in card.active() if card.end(lot) == at]
        if ending:
            gone = sum(lot.left for lot in ending)
            for lot in ending:
                lot.expired += lot.left
                lot.left = 0
            card.moves.append(["POINTS_EXPIRATION", -gone, at])
            self.decide_tier(card, at)
        self.celebrate(card, at)

    def days_of_the_year(self, card):
        """The next birthday and anniversary: (moment, event). 29 February is the 28th in other years."""
        joined = self.zone.day(card.created)
        days = {"customer.loyalty.anniversary": (joined.month, joined.day, joined.year + 1)}
        if card.member in self.birthdays:
            days["customer.birthday"] = (*self.birthdays[card.member], joined.year)
        for event, (month, day, since) in days.items():
            if not any(rule["event"] == event for rule in self.program["rules"]):
                continue
            for year in range(max(since, card.celebrated.year), card.celebrated.year + 3):
                date = min(datetime.date(year, month, 1) + datetime.timedelta(days=day - 1),
                           last_of_month(year, month))
                if date > card.celebrated:
                    yield self.zone.start(date), event
                    break

    def celebrate(self, card, at):
        """The tier's mapping counts, promotions and limits do not."""
        events = [event for moment, event in self.days_of_the_year(card) if moment == at]
        if not events:
            return
        card.celebrated = self.zone.day(at)
        for rule in self.program["rules"]:
            if rule["event"] not in events:
                continue
            points = self.worth({**self.program, "promotions": []}, rule, {}, card.tier, at)
            if points > 0:
                ends = rule.get("expiration") or self.program["expiration"]
                now, self.now = self.now, at
                lot = self.credit(card, "POINTS_ACCRUAL", points, self.last_moment(ends, at))
                self.now = now
                self.count(card, at, points=points, lot=lot)
                self.decide_tier(card, at)

    def activate(self, card, lot, at):
        points = lot.left
        lot.activates = None
        self.count(card, at, points=points, lot=lot)
        paid = min(card.debt, points)
        lot.left -= paid
        card.debt -= paid
        card.moves.append(["PENDING_POINTS_ACTIVATION", points, at])

    # --- points -----------------------------------------------------------------------------------

    def last_moment(self, rule, at):
        """When points earned now are gone."""
        if not rule or "period_type" not in rule:
            return None
        day = self.zone.day(at)
        if rule["period_type"] == "FIXED_DAY_OF_YEAR":
            last = datetime.date(day.year, rule["fixed_month"], rule["fixed_day"])
            if last < day:
                last = datetime.date(day.year + 1, rule["fixed_month"], rule["fixed_day"])
        else:
            last = plus_months(day, rule["period_value"])
            months = {"END_OF_MONTH": 1, "END_OF_QUARTER": 3, "END_OF_HALF_YEAR": 6,
                      "END_OF_YEAR": 12}.get(rule.get("rounding_type"))
            if months:
                last = last_of_month(last.year, (last.month - 1) // months * months + months)
        return self.zone.end(last)

    def credit(self, card, kind, points, expires, activates=None):
        """A new lot. "A card in debt pays its debt from them first.\""""
        lot = Lot(card.next_lot, points, self.now, activates, expires)
        card.next_lot += 1
        card.lots.append(lot)
        card.credited += points
        if activates is None:
            paid = min(card.debt, points)
            lot.left -= paid
            card.debt -= paid
            card.moves.append([kind, points, self.now])
        self.keep_alive(card)
        return lot

    def burn(self, card, kind, points):
        """Earliest end first, no end last, then the oldest. Returns what was taken of which lot."""
        if card.balance < points:
            raise Refusal("loyalty_card_points_exceeded")
        taken = self.take(card, points)
        card.moves.append([kind, -points, self.now])
        if kind != "POINTS_REMOVAL":
            self.keep_alive(card)
        return taken

    def take(self, card, points, but=None):
        taken = []
        for lot in card.burn_order():
            part = min(lot.left, points)
            if part and lot is not but:
                lot.left -= part
                points -= part
                taken.append((lot, part))
        return taken

    def keep_alive(self, card):
        """Inactivity: what is earned, given, moved or spent moves the end of all points, never back."""
        span = self.program["expiration"].get("inactivity")
        if span is None:
            card.idle = None
            return
        since = max([self.now] + [lot.activates for lot in card.lots if lot.pends()])
        card.idle = max(card.idle or 0, self.zone.end(plus_span(self.zone.day(since), span)))

    # --- tiers ------------------------------------------------------------------------------------

    @property
    def policy(self):
        return self.program["tiers"]

    def count(self, card, at, points=0, spend=0, orders=0, lot=None):
        card.facts.append([at, points, spend, orders])
        if lot is not None:
            lot.counted.append([at, points])

    def standing(self, card, at):
        """What the program counts, at that moment."""
        policy = self.policy
        if policy["counts"] == "BALANCE":
            return card.balance
        column = {"POINTS": 1, "SPEND": 2, "ORDERS": 3}[policy["counts"]]
        return sum(fact[column] for fact in card.facts if self.is_counted(fact[0], at))

    def is_counted(self, then, at):
        policy = self.policy
        if "window" in policy:
            return self.zone.day(then) <= self.zone.day(at) < plus_span(self.zone.day(then),
                                                                       policy["window"])
        if "period" not in policy:
            return True
        return first_of_period(self.zone.day(then), policy["period"]) == \
            first_of_period(self.zone.day(at), policy["period"])

    def period_end(self, at):
        first, months = first_of_period(self.zone.day(at), self.policy["period"])
        return self.zone.start(plus_months(first, months))

    def rank(self, name):
        return -1 if name is None else self.ladder_index(name)

    def ladder_index(self, name):
        return [tier["name"] for tier in self.policy["ladder"]].index(name)

    def reached(self, value):
        names = [tier["name"] for tier in self.policy["ladder"] if value >= tier["from"]]
        return names[-1] if names else None

    def lower(self, held, reached):
        """Where a member goes whose tier is no longer reached."""
        rule = self.policy.get("downgrade", "TO_REACHED")
        if rule == "NEVER":
            return held
        if rule == "BY_ONE_LEVEL":
            index = self.ladder_index(held)
            return self.policy["ladder"][index - 1]["name"] if index else None
        return reached

    def waits(self):
        """What is reached begins with the next period."""
        return self.policy.get("starts") == "NEXT_PERIOD"

    def follows(self):
        return self.policy["end"] == "BALANCE_DROP"

    def holds_until(self, at):
        if self.follows():
            return None
        end = self.period_end(at)
        return self.period_end(end) if self.policy["end"] == "END_OF_NEXT_PERIOD" else end

    def set_tier(self, card, to, until):
        card.tier, card.until = to, until if to is not None else None
        card.grace, card.below, card.hand, card.before_hand = False, None, None, None
        if card.next is not None and self.rank(card.next[0]) <= self.rank(to):
            card.next = None

    def begin_grace(self, card, to, at):
        """A tier that is lost is kept so many whole days longer."""
        card.grace, card.below = True, to
        card.until = self.zone.end(plus_span(self.zone.day(at - 1), self.policy["grace"]))

    def decide_tier(self, card, at):
        """Up at once (or with the next period), and down at once where the tier follows what counts."""
        if not self.policy["ladder"]:
            return
        card.looked = max(card.looked, at)
        reached = self.reached(self.standing(card, at))
        until = self.holds_until(self.period_end(at) if self.waits() else at)
        if card.hand:
            if card.hand == "at_least" and self.rank(reached) > self.rank(card.tier):
                self.set_tier(card, reached, until)
            elif self.rank(reached) > self.rank(card.before_hand[0]):
                card.before_hand = (reached, until)
            return
        if self.waits():
            first = self.reached(0)
            if card.tier is None and first is not None:  # asks for nothing: begins at once
                self.set_tier(card, first, self.holds_until(at))
                return self.decide_tier(card, at)
            higher = self.rank(reached) > self.rank(card.tier)
            card.next = (reached, self.period_end(at)) if higher else None
            if higher:
                reached = card.tier
        if reached is None and card.tier is None:
            return
        if self.rank(reached) > self.rank(card.tier):
            self.set_tier(card, reached, until)
        elif reached == card.tier:
            if card.grace or (until and card.until and until > card.until):
                self.set_tier(card, reached, until)
        elif self.follows() and not card.grace:
            to = self.lower(card.tier, reached)
            if to == card.tier:
                return
            if "grace" in self.policy:
                self.begin_grace(card, to, at)
            else:
                self.set_tier(card, to, None)

    def end_tier(self, card, at):
        """A tier's end, or a day on which something leaves the window."""
        if card.next is not None and card.next[1] == at:
            tier, card.next = card.next[0], None
            if self.rank(tier) > self.rank(card.tier) and not card.hand:
                self.set_tier(card, tier, self.holds_until(at))
        if card.until == at:
            if card.hand:
                self.end_by_hand(card, at)
            elif card.grace:
                self.end_grace(card, at)
            else:
                self.end_period(card, at)
        elif at in self.turning_moments(card):
            self.decide_tier(card, at)
        card.looked = max(card.looked, at)

    def end_period(self, card, at):
        """END_OF_PERIOD: everything begins anew; else what the period that ends has counted decides."""
        anew = self.policy["end"] == "END_OF_PERIOD" and not self.waits()
        value = 0 if anew else self.standing(card, at - 1)
        reached = self.reached(value)
        to = reached
        if self.rank(reached) < self.rank(card.tier):
            to = self.lower(card.tier, reached)
            if "grace" in self.policy and to != card.tier:
                return self.begin_grace(card, to, at)
        return self.set_tier(card, to, self.period_end(at))

    def end_grace(self, card, at):
        reached = self.reached(self.standing(card, at - 1))
        if self.rank(reached) >= self.rank(card.tier):
            return self.set_tier(card, reached, self.holds_until(at))
        if self.follows():
            to = self.lower(card.tier, reached)
            self.set_tier(card, to, None)
            if self.rank(to) > self.rank(reached) and self.policy.get("downgrade") == "BY_ONE_LEVEL":
                self.begin_grace(card, self.lower(to, reached), at)
            return None
        if self.rank(reached) > self.rank(card.below):
            return self.set_tier(card, reached, self.holds_until(at))
        return self.set_tier(card, card.below, self.period_end(at))

    def end_by_hand(self, card, at):
        """Then comes what is reached, or what was held before and still runs."""
        reached = self.reached(self.standing(card, at - 1))
        before, until = card.before_hand
        runs = before is not None and not self.follows() and (until is None or until > at)
        if runs and self.rank(before) >= self.rank(reached):
            return self.set_tier(card, before, until)
        return self.set_tier(card, reached, self.holds_until(at))

    def turning_moments(self, card):
        """Days on which something leaves a sliding window."""
        if "window" not in self.policy or card.hand or not self.policy["ladder"]:
            return []
        days = {}
        for then, *sums in card.facts:
            day = self.zone.day(then)
            days[day] = [a + b for a, b in zip(days.get(day, [0, 0, 0]), sums)]
        moments = [self.zone.start(plus_span(day, self.policy["window"]))
                   for day, sums in days.items() if any(sums)]
        return [at for at in moments if at > card.looked]

    # --- earning ----------------------------------------------------------------------------------

    def join(self, member):
        self.customers.setdefault(member, [0, 0])
        card = self.cards[member] = Card(member, self.now)
        card.celebrated = self.zone.day(self.now)
        if self.program["initial"]:
            self.credit(card, "initial", self.program["initial"],
                        self.last_moment(self.program["expiration"], self.now))
            card.moves.pop()  # "Initial card points make no transaction."
        self.decide_tier(card, self.now)
        return card

    def worth(self, definitions, rule, facts, tier, at):
        """Points of one rule for an order's kept lines, or for an event; before limits."""
        if not rule["active"]:
            return 0
        kept = facts.get("kept")
        if kept is not None and (not kept or worth_of(kept) < rule.get("least_amount", 0)):
            return 0
        if rule["kind"] == "event_value":
            points = facts["value"] // rule["every"] * rule["points"]
        elif rule["kind"] == "amount":
            points = worth_of(kept) // rule["every"] * rule["points"]
        elif rule["kind"] == "quantity":
            points = kept.get(rule["product"], (0, 0))[0] // rule["every"] * rule["points"]
        else:
            points = rule["points"]
        factors = []
        for level in definitions["tiers"]["ladder"]:
            if level["name"] == tier and rule["name"] in level["factors"]:
                factors.append(Fraction(str(level["factors"][rule["name"]])))
        day = self.zone.day(at)
        for promotion in definitions["promotions"]:
            if promotion["event"] == rule["event"] and promotion["active"] and \
                    (day.weekday() + 1) % 7 in promotion["days"]:
                factors.append(Fraction(str(promotion["factor"])))
        if definitions["multiplier_policy"] == "HIGHEST" and factors:
            factors = [max(factors)]
        exact = Fraction(points)
        for factor in factors:
            exact *= factor
        return exact.numerator // exact.denominator

    def span_start(self, span, at):
        day = self.zone.day(at)
        return {"per_day": day, "per_week": day - datetime.timedelta(days=day.weekday()),
                "per_month": day.replace(day=1), "per_year": day.replace(month=1, day=1),
                "per_member": None}[span]

    def room(self, card, rule, given):
        """What the limits of the rule and the program leave."""
        left = []
        for scope, limits in ((rule["name"], rule["limits"]), ("", self.program["limits"])):
            for span, most in limits.items():
                if span == "per_order":
                    used = given if scope == "" else 0
                elif span == "budget":
                    used = self.budget
                else:
                    used = sum(points for name, at, points in card.used
                               if (name == scope or scope == "") and
                               self.span_start(span, at) == self.span_start(span, self.now))
                left.append(max(0, most - used))
        return left

    def earn(self, card, event, facts):
        """All rules of an event, in the order in which they were made. Returns the awards."""
        awards = []
        given = 0
        tier = card.tier  # the tier before multiplies
        definitions = copy.deepcopy(self.program)
        for rule in definitions["rules"]:
            if rule["event"] != event:
                continue
            wanted = self.worth(definitions, rule, facts, tier, self.now)
            points = min([wanted] + self.room(card, rule, given))
            if points <= 0:
                continue
            given += points
            card.used.append([rule["name"], self.now, points])
            if "budget" in self.program["limits"]:
                self.budget += points
            activates = None
            if rule.get("pending"):
                activates = self.zone.start(
                    self.zone.day(self.now) + datetime.timedelta(days=rule["pending"]))
            ends = rule.get("expiration") or definitions["expiration"]
            lot = self.credit(card, "POINTS_ACCRUAL", points,
                              self.last_moment(ends, activates or self.now), activates)
            if activates is None:
                self.count(card, self.now, points=points, lot=lot)
            awards.append({"rule": rule, "lot": lot, "points": points, "back": 0, "expired": 0, "removed": 0,
                           "tier": tier, "definitions": definitions, "at": self.now})
        return awards

    def record_event(self, member, event, value):
        card = self.card_of(member)
        self.earn(card, event, {"value": value})
        if any(rule["event"] == event for rule in self.program["rules"]):
            self.decide_tier(card, self.now)

    def card_of(self, member):
        self.customers.setdefault(member, [0, 0])
        return self.cards.get(member) or self.join(member)

    # --- orders -----------------------------------------------------------------------------------

    def deliver(self, name, member, status, lines):
        """POST: what is older than what the order has come to changes nothing."""
        order = self.orders.get(name)
        self.customers.setdefault(member, [0, 0])
        if order is None:
            order = self.orders[name] = Order(member)
        order.member = member
        steps = ("CREATED", "PAID", "FULFILLED", "CANCELED")
        if order.status == "CREATED":
            self.say_lines(order, lines)
        if steps.index(status) > steps.index(order.status):
            self.turn(order, status)
        return order

    def change(self, name, status, lines=None):
        """PUT: what the status forbids is refused."""
        order = self.orders.get(name)
        if order is None:
            raise Refusal("not_found")
        steps = ("CREATED", "PAID", "FULFILLED", "CANCELED")
        if status != order.status and (order.status == "CANCELED" or
                                       steps.index(status) < steps.index(order.status)):
            raise Refusal("invalid_order")
        if lines is not None:
            if order.status != "CREATED":
                raise Refusal("invalid_order")
            self.say_lines(order, lines)
        if status != order.status:
            self.turn(order, status)
        return order

    def say_lines(self, order, lines):
        if worth_of(lines) < order.discount:
            raise Refusal("invalid_order")
        order.lines = copy.deepcopy(lines)

    def turn(self, order, status):
        counted = order.counts()
        order.status = status
        if order.counts() and not counted:
            self.first_counts(order)
        elif status == "CANCELED" and counted:
            self.uncount(order, order.kept_amount(), canceled=True)

    def first_counts(self, order):
        customer = self.customers[order.member]
        kept = order.kept()
        card = self.card_of(order.member)
        order.decision = {"card": card, "at": self.now, "counted": bool(kept)}
        order.decision["awards"] = self.earn(card, "order.paid", {"kept": kept})
        customer[0] += 1
        customer[1] += order.kept_amount()
        if kept:  # "An order that is canceled or returned whole is none."
            self.count(card, self.now, spend=order.kept_amount(), orders=1)
        self.decide_tier(card, self.now)

    def uncount(self, order, less, canceled=False):
        """What came back counts no more, where it had counted; points as decided less points of the rest."""
        said = {"points": 0, "expired_points": 0, "missing_points": 0}
        customer = self.customers[order.member]
        decision = order.decision
        card = decision["card"]
        kept = {} if canceled else order.kept()
        customer[1] -= less
        customer[0] -= 1 if canceled else 0
        gone = not kept and decision["counted"]
        decision["counted"] = decision["counted"] and not gone
        self.count(card, decision["at"], spend=-less, orders=-1 if gone else 0)
        for award in decision["awards"]:
            keeps = min(award["points"], self.worth(award["definitions"], award["rule"],
                                                    {"kept": kept}, award["tier"], award["at"]))
            back = award["points"] - keeps - award["back"]
            if back > 0:
                self.take_back(card, award, back, said)
        self.decide_tier(card, self.now)
        return said

    def take_back(self, card, award, back, said):
        """From the lot of the order; what expired counts; then other lots; then debt, or it is missing."""
        lot = award["lot"]
        rest = back
        award["back"] += back
        card.used.append([award["rule"]["name"], award["at"], -back])
        if "budget" in self.program["limits"]:
            self.budget -= back
        if lot.pends():
            part = min(lot.left, rest)
            lot.left -= part
            rest -= part
            said["points"] += part
        by_hand = min(rest, max(0, lot.removed - award["removed"]))
        award["removed"] += by_hand
        rest -= by_hand
        self.uncount_points(card, lot, rest)
        taken = 0
        if not lot.pends():
            taken = min(lot.left, rest)
            lot.left -= taken
            rest -= taken
        if lot.left == 0:
            expired = min(rest, max(0, lot.expired - award["expired"]))
            award["expired"] += expired
            said["expired_points"] += expired
            rest -= expired
        part = sum(points for _, points in self.take(card, rest, but=lot))
        taken += part
        rest -= part
        if self.program["debt"]:
            card.debt += rest
            taken += rest
            rest = 0
        said["points"] += taken
        said["missing_points"] += rest
        if taken:
            card.moves.append(["POINTS_CANCELLATION", -taken, self.now])

    def uncount_points(self, card, lot, points):
        """What the lot had counted for the tier, at the moment at which it had counted."""
        for fact in lot.counted:
            part = min(points, fact[1])
            fact[1] -= part
            points -= part
            card.facts.append([fact[0], -part, 0, 0])

    def give_back_lines(self, name, paper, lines, awaits=False):
        order = self.orders.get(name)
        if order is None and not awaits:
            raise Refusal("not_found")
        if paper in self.papers:
            if self.papers[paper] == name:
                return {"points": 0, "expired_points": 0, "missing_points": 0, "repeated": True}
            raise Refusal("duplicate_source_id")
        if order is not None and order.status == "CANCELED":
            raise Refusal("invalid_order")
        unknown = order is None or not order.lines
        for product, quantity in lines.items():
            if unknown:
                continue
            bought = order.lines.get(product, [0, 0])[0]
            marked = order.returned.get(product, 0)
            if bought > marked:
                if bought - marked < quantity:
                    raise Refusal("invalid_order")
            elif marked <= bought:
                raise Refusal("not_found")
        if order is None:
            order = self.orders[name] = Order(None)
        self.papers[paper] = name
        before = order.kept_amount()
        for product, quantity in lines.items():
            order.returned[product] = order.returned.get(product, 0) + quantity
        said = {"points": 0, "expired_points": 0, "missing_points": 0}
        if order.counts():
            said = self.uncount(order, before - order.kept_amount())
        return {**said, "repeated": False}

    # --- by hand ----------------------------------------------------------------------------------

    def once(self, source_id, asked):
        """A source_id that was used is a repetition of the same, or is refused."""
        if source_id in self.changes:
            if self.changes[source_id] != asked:
                raise Refusal("duplicate_source_id")
            return False
        return True

    def adjust(self, member, points, source_id, ends=None):
        card = self.cards[member]
        if not self.once(source_id, (member, points)):
            return
        if points > 0:
            expires = None
            if ends == "PROGRAM_RULES" or ends is None:
                expires = self.last_moment(self.program["expiration"], self.now)
            elif ends == "NON_EXPIRING":
                expires = FOREVER
            else:
                expires = self.zone.end(datetime.date.fromisoformat(ends))
            self.credit(card, "POINTS_ADDITION", points, expires)
        else:
            self.burn(card, "POINTS_REMOVAL", -points)
        self.changes[source_id] = (member, points)
        self.decide_tier(card, self.now)

    def transfer(self, source, target, points, source_id):
        giver, taker = self.cards[source], self.cards[target]
        if not self.once(source_id, (source, -points)):
            return
        self.burn(giver, "POINTS_TRANSFER_OUT", points)
        self.credit(taker, "POINTS_TRANSFER_IN", points,
                    self.last_moment(self.program["expiration"], self.now))
        self.changes[source_id] = (source, -points)
        self.decide_tier(giver, self.now)
        self.decide_tier(taker, self.now)

    def pending_lots(self, member):
        return [lot for lot in self.cards[member].lots if lot.pends()]

    def settle_pending(self, member, number, action, points=0):
        """Pending points are activated before their day, made more or fewer, or canceled."""
        card = self.cards[member]
        lot = next((one for one in card.lots if one.number == number), None)
        if lot is None or not lot.pends():
            raise Refusal("invalid_pending_points_state")
        if action == "activate":
            self.activate(card, lot, self.now)
        elif action == "cancel":
            lot.removed += lot.left
            lot.left = 0
        else:
            if lot.left + points < 0:
                raise Refusal("loyalty_card_points_exceeded")
            lot.left += points
            lot.removed -= points
            if points > 0:
                self.keep_alive(card)
            return  # the balance does not move
        self.decide_tier(card, self.now)

    def give_tier(self, member, tier, last_day, at_least):
        card = self.cards[member]
        until = self.zone.end(last_day) if last_day else None
        before = card.before_hand if card.hand else \
            (card.below, None) if card.grace else (card.tier, card.until)
        card.tier, card.until, card.grace, card.below = tier, until, False, None
        card.hand = "at_least" if at_least else "exact"
        card.before_hand = before
        card.next = None
        self.decide_tier(card, self.now)

    def take_tier(self, member):
        card = self.cards[member]
        if not card.hand:
            raise Refusal("tier_not_by_hand")
        self.end_by_hand(card, self.now)
        self.decide_tier(card, self.now)

    # --- rewards ----------------------------------------------------------------------------------

    def redeem(self, handle, member, reward, hold_minutes=None):
        card = self.cards[member]
        terms = self.program["rewards"][reward]
        if terms["stock"] is not None and self.pieces[reward] >= terms["stock"]:
            raise Refusal("reward_out_of_stock")
        taken = self.burn(card, "POINTS_REDEMPTION", terms["price"])
        self.pieces[reward] += 1
        self.redemptions[handle] = one = {
            "handle": handle, "member": member, "reward": reward, "points": terms["price"],
            "taken": taken, "state": "DONE", "order": None, "discount": 0}
        if hold_minutes:
            one["state"] = "PENDING"
            card.holds[handle] = self.now + hold_minutes * 60_000
        self.decide_tier(card, self.now)
        return one

    def pay(self, handle, member, reward, points, name):
        """A COIN reward: points pay a part of an order that is CREATED."""
        card = self.cards[member]
        order = self.orders.get(name)
        ratio = self.program["rewards"][reward]["ratio"]
        if order is None:
            raise Refusal("not_found")
        if order.status != "CREATED" or order.member not in (None, member):
            raise Refusal("invalid_order")
        total = order.kept_amount()
        if total <= 0:
            raise Refusal("invalid_order")
        discount = points * 100 // ratio
        if discount > total:
            points, discount = -(-total * ratio // 100), total
        taken = self.burn(card, "POINTS_REDEMPTION", points)
        order.discount += discount
        self.pieces[reward] += 1
        self.redemptions[handle] = one = {
            "handle": handle, "member": member, "reward": reward, "points": points,
            "taken": taken, "state": "DONE", "order": order, "discount": discount}
        self.decide_tier(card, self.now)
        return one

    def complete(self, handle):
        one = self.redemptions[handle]
        if one["state"] in ("CANCELED", "EXPIRED", "ROLLED_BACK"):
            raise Refusal("already_rolled_back")
        if one["state"] == "DONE":
            raise Refusal("invalid_redemption")
        one["state"] = "COMPLETED"
        self.cards[one["member"]].holds.pop(handle, None)

    def roll_back(self, handle, cancel=False):
        one = self.redemptions[handle]
        if one["state"] in ("CANCELED", "EXPIRED", "ROLLED_BACK"):
            raise Refusal("already_rolled_back")
        if cancel and one["state"] != "PENDING":
            raise Refusal("invalid_redemption")
        if one["order"] is not None and one["order"].counts():
            raise Refusal("invalid_order")
        self.give_back(one, self.now, "CANCELED" if one["state"] == "PENDING" else "ROLLED_BACK")

    def give_back(self, one, at, state):
        """Points into the lots they came from; what has ended meanwhile ends at once."""
        card = self.cards[one["member"]]
        card.holds.pop(one["handle"], None)
        one["state"] = state
        self.pieces[one["reward"]] -= 1
        if one["order"] is not None and one["order"].status == "CREATED":
            one["order"].discount -= min(one["discount"], one["order"].discount)
        if card.idle is not None and card.idle < at:
            card.idle = at
        for lot, part in one["taken"]:
            paid = min(card.debt, part)
            card.debt -= paid
            lot.left += part - paid
            if lot.expires is not None and lot.expires < at:
                lot.expires = at
            if lot not in card.lots:
                card.lots.append(lot)
        card.moves.append(["POINTS_REFUND", one["points"], at])
        ended = [lot for lot in card.active() if card.end(lot) is not None and card.end(lot) <= at]
        if ended:
            card.moves.append(["POINTS_EXPIRATION", -sum(lot.left for lot in ended), at])
            for lot in ended:
                lot.expired += lot.left
                lot.left = 0
        self.decide_tier(card, at)

    # --- totals -----------------------------------------------------------------------------------

    def totals(self):
        cards = self.cards.values()
        return {"active": sum(lot.left for card in cards for lot in card.active()),
                "debt": sum(card.debt for card in cards),
                "pending": sum(card.pending for card in cards)}

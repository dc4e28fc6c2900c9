"""A loyalty program in small: what the documents promise, in the plainest words and without any speed.

Nothing here was taken from the server. Time is stepped from one thing that falls due to the next, sums
are made anew from all that ever happened, and a definition that a decision was made under is kept whole.
Says docs/EARNING.md, ORDERS.md, TIERS.md and REWARDS.md; where a sentence of theirs decides, it is cited.
"""
import copy
import datetime
import itertools
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
        self.counted = []               # Fact: what of it counted for the tier

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
        self.facts = []                 # Fact: what counts for tiers
        self.course = []                # Step: when the tier was decided, and what was known
        self.decisions = []             # of orders and events
        self.posted = None              # how much had been, at the latest step of the course
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
        self.birthday_in = None         # the last year in which a birthday earned
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


class Shadow(Card):
    """A card of which only the tier is lived through."""
    balance = 0


class Fact:
    """Something that counts for tiers. What a return takes back of it counts at its own moment."""

    def __init__(self, number, at, points=0, spend=0, orders=0):
        self.number, self.at = number, at
        self.sums = {"points": points, "spend": spend, "orders": orders}
        self.back = {"points": 0, "spend": 0, "orders": 0}

    def of(self, metric):
        return self.sums[metric] - self.back[metric]


class Step:
    """The tier was decided: at which moment, with which balance, after which of the facts."""

    def __init__(self, number, at, balance, early, order):
        self.number, self.at, self.balance = number, at, balance
        self.early = early              # before what ends at this moment
        self.order = order              # nothing but this order was new

    def never_was(self):
        """What was returned counts as never bought."""
        return self.order is not None and not (self.order.counts() and self.order.kept())


class Order:
    def __init__(self, member):
        self.member = member
        self.status = "CREATED"
        self.lines = {}                 # product -> [quantity, price]
        self.returned = {}              # product -> quantity, also of lines that are not known yet
        self.papers = {}
        self.discount = 0
        self.decisions = {}             # program -> what it gave

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


class Program:
    """A program and its cards. `program` is its definition (programs.py), changed by edits."""

    def __init__(self, program, zone, birthdays):
        self.program = copy.deepcopy(program)
        self.zone = Zone(zone)
        self.birthdays = birthdays
        self.now = 0
        self.cards = {}                 # member -> Card
        self.changes = {}               # source id of a change by hand -> what was asked
        self.redemptions = {}
        self.pieces = {name: 0 for name in program["rewards"]}
        self.budget = 0
        self.has_pended = False         # some points have, ever
        self.count_up = itertools.count(1)

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
        held = [handle for handle, end in card.holds.items() if end == at]
        for handle in held:
            self.put_back(self.redemptions[handle], at, "EXPIRED")
        ending = [lot for lot in card.active() if card.end(lot) == at]
        if held and not ending:
            self.settle_tier(card, at, early=True)
        for lot in [one for one in card.lots if one.pends() and one.activates == at]:
            self.activate(card, lot, at)
            self.settle_tier(card, at, early=True)
        self.end_tier(card, at)
        self.end_points(card, at)
        self.celebrate(card, at)

    def end_points(self, card, at):
        ending = [lot for lot in card.active() if card.end(lot) is not None and card.end(lot) <= at]
        if ending:
            card.moves.append(["POINTS_EXPIRATION", -sum(lot.left for lot in ending), at])
            for lot in ending:
                lot.expired += lot.left
                lot.left = 0
            self.settle_tier(card, at)

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
                earned = event == "customer.birthday" and card.birthday_in == year
                if date > card.celebrated and not earned:
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
                self.settle_tier(card, at)
                if rule["event"] == "customer.birthday":
                    card.birthday_in = card.celebrated.year

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
        self.has_pended = self.has_pended or activates is not None
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
        fact = Fact(next(self.count_up), at, points, spend, orders)
        card.facts.append(fact)
        if lot is not None:
            lot.counted.append(fact)
        return fact

    def standing(self, card, at):
        """What counts at that moment."""
        counted = [fact for fact in card.facts if self.is_counted(fact.at, at)]
        return {"balance": card.balance,
                "tenure_days": (self.zone.day(at) - self.zone.day(card.created)).days,
                **{metric: sum(fact.of(metric) for fact in counted)
                   for metric in ("points", "spend", "orders")}}

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

    def is_reached(self, tier, standing):
        needs = tier.get("requirements")
        if not needs:
            needs = {"match": "ALL", "least": {self.policy["counts"].lower(): tier["from"]}}
        # "Who owes points still has the tier that asks for none."
        met = [least <= 0 or standing[metric] >= least for metric, least in needs["least"].items()]
        return any(met) if needs["match"] == "ANY" else all(met)

    def reached(self, standing):
        names = [tier["name"] for tier in self.policy["ladder"] if self.is_reached(tier, standing)]
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

    def settle_tier(self, card, at, early=False, order=None):
        """Once, after everything that an order, an event or a change by hand has posted. `order`: that may
        be nothing but an order."""
        posted = (len(card.moves), card.next_lot, card.pending)
        if posted != card.posted or order is not None:
            order = None if posted != card.posted else order
            card.course.append(Step(next(self.count_up), at, card.balance, early, order))
            card.posted = posted
        self.decide_tier(card, at)

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
                card.before_hand = (reached, until, *card.before_hand[2:])
            return
        if self.waits():
            first = self.policy["ladder"][0]
            if card.tier is None and first["from"] == 0 and not first.get("requirements"):
                self.set_tier(card, first["name"], self.holds_until(at))  # asks for nothing: at once
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
        if anew:
            standing = {**self.standing(card, at), "points": 0, "spend": 0, "orders": 0}
        else:
            standing = self.standing(card, at - 1)
        reached = self.reached(standing)
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
        before, until, kept, kept_until = card.before_hand
        if kept is not None and at < kept_until and self.rank(kept) > self.rank(reached):
            self.set_tier(card, kept, kept_until)
            card.grace, card.below = True, before
            return None
        runs = before is not None and not self.follows() and (until is None or until > at)
        if runs and self.rank(before) >= self.rank(reached):
            return self.set_tier(card, before, until)
        return self.set_tier(card, reached, self.holds_until(at))

    def turning_moments(self, card):
        """Days on which something leaves a sliding window, and days as a member that a tier asks for."""
        moments = []
        if card.hand != "exact":
            asked = [tier["from"] for tier in self.policy["ladder"]
                     if self.policy["counts"] == "TENURE_DAYS" and not tier.get("requirements")]
            asked += [tier["requirements"]["least"]["tenure_days"] for tier in self.policy["ladder"]
                      if "tenure_days" in (tier.get("requirements") or {"least": {}})["least"]]
            joined = self.zone.day(card.created)
            moments += [self.zone.start(joined + datetime.timedelta(days=days)) for days in asked]
        if "window" in self.policy and not card.hand:
            moments += [self.zone.start(plus_span(day, self.policy["window"]))
                        for day in {self.zone.day(fact.at) for fact in card.facts
                                    if any(fact.of(metric) for metric in fact.sums)}]
        return [at for at in moments if at > card.looked]

    # --- re-tiering -------------------------------------------------------------------------------

    def lived(self, card, decide_anew=lambda life, decision: None):
        """The card's tier if the definitions of today had always been in force."""
        life = Shadow(card.member, card.created)
        for one in sorted(card.course + card.decisions, key=number_of):
            if isinstance(one, dict):
                self.roll_tier(life, one["at"])
                decide_anew(life, one)
                continue
            if one.never_was():
                continue
            self.roll_tier(life, one.at - 1 if one.early else one.at)
            if one.balance is not None:
                life.balance = one.balance
            life.facts = [fact for fact in card.facts if fact.number < one.number]
            self.decide_tier(life, one.at)
        self.roll_tier(life, self.now)
        return life

    def roll_tier(self, card, to):
        while True:
            due = [card.until, card.next and card.next[1], *self.turning_moments(card)]
            due = [at for at in due if at is not None and at <= to]
            if not due:
                return
            self.end_tier(card, min(due))

    def retier(self):
        """Everyone goes to the tier of the definitions of today; tiers by hand stay, what follows does not."""
        counts = {"members": len(self.cards), "gain": 0, "lose": 0, "by_hand": 0, "unchanged": 0}
        for card in self.cards.values():
            self.take_tier_of(card, self.lived(card), counts)
        return counts

    def take_tier_of(self, card, life, counts):
        if card.hand:
            counts["by_hand"] += 1
            card.before_hand = self.under_hand(life)
            return
        before, after = self.rank(card.tier), self.rank(life.tier)
        counts["gain" if after > before else "lose" if after < before else "unchanged"] += 1
        for name in ("tier", "until", "grace", "below", "next", "looked"):
            setattr(card, name, getattr(life, name))

    # --- re-scoring -------------------------------------------------------------------------------

    def rescore(self, since):
        """Orders and events since then are decided anew, the difference is one posting a member. Returns
        how many gain and lose a tier, and points."""
        counts = {"members": len(self.cards), "gain": 0, "lose": 0, "by_hand": 0, "unchanged": 0}
        points = {"gain": 0, "lose": 0, "unchanged": 0}
        for card in self.cards.values():
            used, differences = [], []
            own = sum(left_of(award) for one in card.decisions for award in one["awards"])
            rest = self.budget - own  # budgets leave room for what the member had of them

            def decide_anew(life, decision):
                so_far = rest + sum(part for _, _, part in used)
                if decision["at"] < since:
                    used.extend([award["rule"]["name"], decision["at"], left_of(award)]
                                for award in decision["awards"])
                    return
                now = {rule["name"]: part
                       for rule, part in self.come_to(decision, life.tier, used, so_far)}
                differences.extend(self.renew(card, decision, now, life.tier))
            life = self.lived(card, decide_anew)
            total = sum(difference for _, difference in differences)
            points["gain" if total > 0 else "lose" if total < 0 else "unchanged"] += 1
            if "budget" in self.program["limits"]:
                self.budget += total
            card.used = used
            self.post_difference(card, differences)
            self.take_tier_of(card, life, counts)
        return counts, points

    def renew(self, card, decision, now, tier):
        """The awards as they are under the rules of now: (award, difference) of each."""
        definitions = copy.deepcopy(self.program)
        for rule in definitions["rules"]:
            award = next((one for one in decision["awards"] if one["rule"]["name"] == rule["name"]), None)
            if award is None:
                if rule["name"] not in now:
                    continue
                fact = self.count(card, decision["at"])
                fact.number = decision["number"]
                award = {"lot": None, "facts": [fact], "points": 0, "back": 0, "expired": 0, "removed": 0,
                         "at": decision["at"]}
                decision["awards"].append(award)
            points = now.get(rule["name"], 0)
            difference = points - left_of(award)
            award.update(points=points, back=0, rule=rule, tier=tier, definitions=definitions)
            for fact in award["facts"]:
                fact.sums["points"], fact.back["points"] = points, 0
            yield award, difference

    def post_difference(self, card, differences):
        """What is less is set off against what is more; what expired is gone already."""
        more = sum(difference for _, difference in differences if difference > 0)
        less = []
        for award, difference in differences:
            rest = max(0, -difference)
            if rest and award["lot"].left == 0:
                ended = min(rest, max(0, award["lot"].expired - award["expired"]))
                award["expired"] += ended
                rest -= ended
            less.append([award, rest])
        for one in less:
            part = min(more, one[1])
            more -= part
            one[1] -= part
        posted = Lot(0, 0, self.now, None, None)
        if more:
            posted = self.credit(card, "POINTS_ACCRUAL", more,
                                 self.last_moment(self.program["expiration"], self.now))
        taken = sum(self.take_as_returned(card, award["lot"], rest)[0] for award, rest in less)
        if taken:
            card.moves.append(["POINTS_CANCELLATION", -taken, self.now])
        for award, _ in differences:
            award["lot"] = award["lot"] or posted

    # --- earning ----------------------------------------------------------------------------------

    def join(self, member):
        card = self.cards[member] = Card(member, self.now)
        card.celebrated = self.zone.day(self.now)
        if self.program["initial"]:
            self.credit(card, "initial", self.program["initial"],
                        self.last_moment(self.program["expiration"], self.now))
            card.moves.pop()  # "Initial card points make no transaction."
        self.settle_tier(card, self.now)
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

    def room(self, used, budget, rule, given, at):
        """What the limits of the rule and the program leave."""
        left = []
        for scope, limits in ((rule["name"], rule["limits"]), ("", self.program["limits"])):
            for span, most in limits.items():
                if span == "per_order":
                    so_far = given if scope == "" else 0
                elif span == "budget":
                    so_far = budget
                else:
                    so_far = sum(points for name, then, points in used
                                 if (name == scope or scope == "") and
                                 self.span_start(span, then) == self.span_start(span, at))
                left.append(max(0, most - so_far))
        return left

    def come_to(self, decision, tier, used, budget):
        """What the rules of now give for an order or event: (rule, points), in the order of the rules."""
        given = 0
        for rule in self.program["rules"]:
            if rule["event"] != decision["event"]:
                continue
            wanted = self.worth(self.program, rule, self.facts_of(decision), tier, decision["at"])
            points = min([wanted] + self.room(used, budget + given, rule, given, decision["at"]))
            if points > 0:
                given += points
                used.append([rule["name"], decision["at"], points])
                yield rule, points

    def facts_of(self, decision):
        order = decision["order"]
        if order is None:
            return {"value": decision["value"]}
        return {"kept": order.kept() if order.counts() else {}}

    def earn(self, card, event, value=None, order=None):
        """All rules of an event, in the order in which they were made."""
        decision = {"number": next(self.count_up), "card": card, "at": self.now, "event": event,
                    "value": value, "order": order, "fact": None}
        definitions = copy.deepcopy(self.program)
        tier = card.tier  # the tier before multiplies
        decision["awards"] = []
        for rule, points in list(self.come_to(decision, tier, card.used, self.budget)):
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
            decision["awards"].append(
                {"rule": copy.deepcopy(rule), "lot": lot, "facts": lot.counted, "points": points,
                 "back": 0, "expired": 0, "removed": 0, "tier": tier, "definitions": definitions,
                 "at": self.now})
        card.decisions.append(decision)
        return decision

    def card_of(self, member):
        return self.cards.get(member) or self.join(member)

    def member_card(self, member):
        """The card that an order or event earns on."""
        return self.card_of(member) if self.program["auto_join"] else self.cards.get(member)

    def record_event(self, member, event, value):
        card = self.member_card(member)
        if card is None:
            return
        self.earn(card, event, value=value)
        if any(rule["event"] == event for rule in self.program["rules"]):
            self.settle_tier(card, self.now)

    # --- what an order gives ----------------------------------------------------------------------

    def decide(self, order):
        """The order counts for the first time. Returns the decision, nothing for who is no member."""
        card = self.member_card(order.member)
        if card is None:
            return None
        decision = self.earn(card, "order.paid", order=order)
        if order.kept():  # "An order that is canceled or returned whole is none."
            decision["fact"] = self.count(card, self.now, spend=order.kept_amount(), orders=1)
        self.settle_tier(card, self.now, order=order)
        return decision

    def uncount(self, decision, kept, less, said):
        """What came back counts no more, where it had counted; points as decided less points of the rest."""
        card, fact = decision["card"], decision["fact"]
        if fact is not None:
            fact.back["spend"] += less
            fact.back["orders"] = 0 if kept else 1
        for award in decision["awards"]:
            keeps = min(award["points"], self.worth(award["definitions"], award["rule"],
                                                    {"kept": kept}, award["tier"], award["at"]))
            back = award["points"] - keeps - award["back"]
            if back > 0:
                self.take_back(card, award, back, said)
        self.settle_tier(card, self.now)

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
        self.uncount_points(award["facts"], rest)
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
        part, rest = self.take_as_returned(card, lot, rest)
        taken += part
        said["points"] += taken
        said["missing_points"] += rest
        if taken:
            card.moves.append(["POINTS_CANCELLATION", -taken, self.now])

    def take_as_returned(self, card, lot, rest):
        """From its lot, then from others in the order of spending, then debt: (what was taken, what is missing)."""
        taken = min(lot.left, rest) if lot is not None and not lot.pends() else 0
        if taken:
            lot.left -= taken
        taken += sum(points for _, points in self.take(card, rest - taken, but=lot))
        if self.program["debt"]:
            card.debt += rest - taken
            taken = rest
        return taken, rest - taken

    def uncount_points(self, facts, points):
        """What had counted for the tier, at the moment at which it had counted."""
        for fact in facts:
            part = min(points, fact.of("points"))
            fact.back["points"] += part
            points -= part

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
        self.settle_tier(card, self.now)

    def transfer(self, source, target, points, source_id, to):
        """Into another program, too: `to`. There the points end as its own do."""
        giver, taker = self.cards[source], to.cards[target]
        if not self.once(source_id, (source, -points)):
            return
        self.burn(giver, "POINTS_TRANSFER_OUT", points)
        to.credit(taker, "POINTS_TRANSFER_IN", points,
                  to.last_moment(to.program["expiration"], self.now))
        self.changes[source_id] = (source, -points)
        self.settle_tier(giver, self.now)
        to.settle_tier(taker, self.now)

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
        self.settle_tier(card, self.now)

    def give_tier(self, member, tier, last_day, at_least):
        card = self.cards[member]
        until = self.zone.end(last_day) if last_day else None
        before = card.before_hand if card.hand else self.under_hand(card)
        card.tier, card.until, card.grace, card.below = tier, until, False, None
        card.hand = "at_least" if at_least else "exact"
        card.before_hand = before
        card.next = None
        self.settle_tier(card, self.now)

    def under_hand(self, card):
        """What may come after a tier by hand: (tier, until, what is kept in its grace, until)."""
        if card.grace:
            until = None if self.follows() else self.period_end(card.until)
            return card.below, until, card.tier, card.until
        return card.tier, card.until, None, None

    def take_tier(self, member):
        card = self.cards[member]
        if not card.hand:
            raise Refusal("tier_not_by_hand")
        self.end_by_hand(card, self.now)
        self.settle_tier(card, self.now)

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
        self.settle_tier(card, self.now)
        return one

    def pay(self, handle, member, reward, points, order):
        """A COIN reward: points pay a part of an order that is CREATED."""
        card = self.cards[member]
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
        self.settle_tier(card, self.now)
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
        self.give_back(one, "CANCELED" if one["state"] == "PENDING" else "ROLLED_BACK")

    def put_back(self, one, at, state):
        """Points into the lots they came from."""
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

    def give_back(self, one, state):
        """What has ended meanwhile ends at once."""
        card = self.cards[one["member"]]
        self.put_back(one, self.now, state)
        if any(card.end(lot) is not None and card.end(lot) <= self.now for lot in card.active()):
            return self.end_points(card, self.now)
        return self.settle_tier(card, self.now)

    # --- one person twice -------------------------------------------------------------------------

    def merge(self, into, source, birthday_is_new):
        """The card that goes gives all it has to the one that stays, or gets another holder. Returns both."""
        goes = self.cards.pop(source, None)
        stays = self.cards.get(into)
        if goes is not None and stays is not None:  # those of the card that goes are played no further
            self.redemptions = {handle: one for handle, one in self.redemptions.items()
                                if one["member"] != source}
        for one in self.redemptions.values():
            if one["member"] == source:
                one["member"] = into
        if goes is not None and stays is None:
            stays = self.cards[into] = goes
            stays.member = into
            birthday_is_new = True
            goes = None
        if stays is not None and birthday_is_new:
            stays.celebrated = self.zone.day(self.now)  # counts from the day after it became known
        if goes is not None:
            self.give_all(goes, stays)
            self.take_over_tier(goes, stays)
            self.settle_tier(stays, self.now)
        return goes, stays

    def take_over_tier(self, goes, stays):
        """The higher one stays for as long as it was held: not where what counts decides at any moment,
        nor over one given by hand."""
        decides = self.follows() and not goes.hand and not goes.grace
        if self.rank(goes.tier) <= self.rank(stays.tier) or stays.hand == "exact" or decides:
            return
        self.set_tier(stays, goes.tier, goes.until)
        for name in ("grace", "below", "hand", "before_hand"):
            setattr(stays, name, getattr(goes, name))

    def give_all(self, goes, stays):
        """Each lot with its own end, what pends, what is owed, what counts and what is held."""
        if goes.active() or goes.debt:
            stays.moves.append(["POINTS_TRANSFER_IN", goes.balance, self.now])
        idle = [card.idle for card in (goes, stays) if card.idle is not None]
        if goes.active() or goes.debt or goes.pending:
            stays.idle = max(idle, default=None)
            self.keep_alive(stays)
        for lot in goes.lots:
            lot.number = stays.next_lot
            stays.next_lot += 1
        owed, stays.debt = stays.debt + goes.debt, 0
        stays.lots += goes.lots
        stays.debt = owed - sum(part for _, part in self.take(stays, owed))
        stays.facts += goes.facts
        stays.decisions = sorted(stays.decisions + goes.decisions, key=number_of)
        stays.used += goes.used
        steps = [step for step in goes.course if step.at >= stays.created]
        for step in steps:
            step.balance = None  # the history of the balance is that of the card that stays
        stays.course = sorted(stays.course + steps, key=lambda step: step.number)

    # --- totals -----------------------------------------------------------------------------------

    def totals(self):
        cards = self.cards.values()
        return {"active": sum(lot.left for card in cards for lot in card.active()),
                "debt": sum(card.debt for card in cards),
                "pending": sum(card.pending for card in cards)}


def number_of(one):
    return one["number"] if isinstance(one, dict) else one.number


def left_of(award):
    return award["points"] - award["back"]


class Model:
    """One project: people, their orders, and its programs."""

    def __init__(self, programs, zone):
        self.zone = Zone(zone)
        self.birthdays = dict(programs[0]["birthdays"])
        self.programs = [Program(one, zone, self.birthdays) for one in programs]
        self.customers = {}             # member -> [orders, amount]
        self.orders = {}
        self.papers = {}                # source id of a return -> order
        self.aliases = {}               # who was merged -> into whom
        self.bought = {}                # member -> moment of the latest order that counted

    @property
    def now(self):
        return self.programs[0].now

    def members(self):
        """All who have a card."""
        return sorted({member for program in self.programs for member in program.cards})

    def move_clock(self, to):
        for program in self.programs:
            program.move_clock(to)

    def begin(self, now):
        for program in self.programs:
            program.now = now

    def person(self, member):
        """Names of who was merged lead on for ever."""
        while member in self.aliases:
            member = self.aliases[member]
        return member

    def can_merge(self, into, source):
        """Not while points of the card that goes are held: they come back to it, and from there."""
        stays, goes = self.person(into), self.person(source)
        return self.is_known(into) and self.is_known(source) and not any(
            goes in program.cards and stays in program.cards and program.cards[goes].holds
            for program in self.programs if goes != stays)

    def is_known(self, member):
        return member in self.customers or member in self.birthdays or member in self.aliases

    def merge(self, into, source):
        stays, goes = self.person(into), self.person(source)
        if stays == goes:
            if into == source or source == stays:
                raise Refusal("invalid_payload")
            return  # a repetition
        self.know(stays)
        self.know(goes)
        self.aliases[goes] = stays
        orders, amount = self.customers.pop(goes)
        self.customers[stays][0] += orders
        self.customers[stays][1] += amount
        is_new = stays not in self.birthdays and goes in self.birthdays
        birthday = self.birthdays.pop(goes, None)
        if is_new:
            self.birthdays[stays] = birthday
        for program in self.programs:
            gone, card = program.merge(stays, goes, is_new)
            for order in self.orders.values():
                if gone and program in order.decisions and order.decisions[program]["card"] is gone:
                    order.decisions[program]["card"] = card
        for order in self.orders.values():
            if order.member == goes:
                order.member = stays

    def know(self, member):
        self.customers.setdefault(member, [0, 0])

    def record_event(self, member, event, value):
        self.know(member)
        for program in self.programs:
            program.record_event(member, event, value)

    def can_join(self, program, member):
        """Not at the very moment of an order: which was first then, nobody can tell any more."""
        return self.programs[program].program["auto_join"] or self.bought.get(member) != self.now

    def join(self, program, member):
        self.know(member)
        return self.programs[program].card_of(member)

    # --- orders -----------------------------------------------------------------------------------

    def deliver(self, name, member, status, lines):
        """POST: what is older than what the order has come to changes nothing."""
        order = self.orders.get(name)
        self.know(member)
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
        self.bought[order.member] = self.now
        customer[0] += 1
        customer[1] += order.kept_amount()
        for program in self.programs:
            decision = program.decide(order)
            if decision:
                order.decisions[program] = decision

    def uncount(self, order, less, canceled=False):
        said = {"points": 0, "expired_points": 0, "missing_points": 0}
        customer = self.customers[order.member]
        customer[1] -= less
        customer[0] -= 1 if canceled else 0
        for program, decision in order.decisions.items():
            program.uncount(decision, {} if canceled else order.kept(), less, said)
        return said

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

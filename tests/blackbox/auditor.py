"""Knows every request that was sent and every answer that came, and says what must be true.

An independent model: a member has floor(what is left of an order / 100) points for each order, plus
what was added, plus EVENT_POINTS for an event, minus PRICE for a redemption. The sums do not depend
on the order of things, so it holds for parallel load too.

A request that got no answer is *open*: after a restart `find_out` looks whether it happened; it must
have happened whole or not at all.
"""
import collections
import threading

EVENT_POINTS = 5
PRICE = 20


class Intent:
    """One request, with what it is to change."""

    def __init__(self, number, kind, member, method, path, body, **effect):
        self.key = f"intent-{number}"
        self.kind = kind
        self.member = member
        self.method, self.path, self.body = method, path, body
        self.effect = effect
        self.answer = None       # (status, body) once there is one
        self.happened = None     # of an open one, after find_out

    @property
    def done(self):
        """It counts: acknowledged, or open and found to have happened."""
        return self.answer[0] == 200 if self.answer else bool(self.happened)

    def __repr__(self):
        return f"{self.kind} {self.key} of {self.member} {self.body} -> {self.answer and self.answer[0]}"


class Auditor:
    def __init__(self):
        self.lock = threading.Lock()
        self.intents = []
        self.complaints = []

    # --- what was said ---------------------------------------------------------------------------

    def begin(self, kind, member, method, path, body, **effect):
        with self.lock:
            intent = Intent(len(self.intents), kind, member, method, path, body, **effect)
            self.intents.append(intent)
            return intent

    def end(self, intent, answer):
        """The answer of an intent; a second answer must say the same."""
        if answer.status >= 500 or answer.status == 409:
            return self.complain(f"{intent!r}: {answer!r}")
        said = (answer.status, answer.body)
        with self.lock:
            if intent.answer is None:
                intent.answer = said
            elif intent.answer != said:
                self.complaints.append(f"{intent!r}: repeated, it says {answer!r}")
        return None

    def complain(self, text):
        with self.lock:
            self.complaints.append(text)

    def answered(self):
        with self.lock:
            return sum(intent.answer is not None for intent in self.intents)

    def open(self):
        return [intent for intent in self.intents if intent.answer is None]

    # --- what must be true -----------------------------------------------------------------------

    def orders(self):
        """source id -> [customer, amount, unit price, quantity left] of all orders there must be."""
        out = {}
        for intent in self.intents:
            if intent.kind == "order" and intent.done:
                e = intent.effect
                out[e["source"]] = [intent.member, e["price"] * e["quantity"], e["price"],
                                    e["quantity"]]
        returned = set()
        for intent in self.intents:
            if intent.kind == "return" and intent.done and intent.effect["paper"] not in returned:
                returned.add(intent.effect["paper"])
                out[intent.effect["source"]][3] -= intent.effect["quantity"]
        return out

    def points(self):
        """member -> points."""
        out = collections.Counter()
        for member, _, price, left in self.orders().values():
            out[member] += price * left // 100
        changes = set()
        for intent in self.intents:
            if not intent.done:
                continue
            if intent.kind == "change" and intent.effect["source"] not in changes:
                changes.add(intent.effect["source"])
                out[intent.member] += intent.effect["points"]
            elif intent.kind == "event":
                out[intent.member] += EVENT_POINTS
            elif intent.kind == "redemption":
                out[intent.member] -= PRICE
        return out

    def count(self, kind, member=None):
        return sum(intent.kind == kind and intent.done and member in (None, intent.member)
                   for intent in self.intents)

    # --- looking ---------------------------------------------------------------------------------

    def find_out(self, shop):
        """Decides for each open intent whether it happened, from what the shop shows."""
        for intent in self.open():
            intent.happened = False
        for intent in self.open():
            e = intent.effect
            if intent.kind == "order":
                intent.happened = shop.order(e["source"]) is not None
            elif intent.kind == "change":
                intent.happened = e["source"] in shop.changes(intent.member)
        # Returns of an order, events and redemptions of a member: by how many there are more.
        self._find_by_count(
            "return", lambda i: i.effect["source"],
            lambda source: (shop.order(source) or {"items": [{}]})["items"][0].get(
                "returned_quantity", 0),
            lambda i: i.effect["quantity"])
        self._find_by_count("event", lambda i: i.member, lambda m: shop.count(m, "event"))
        self._find_by_count("redemption", lambda i: i.member,
                            lambda m: shop.count(m, "redemption"))

    def _find_by_count(self, kind, group_of, seen, weight=lambda intent: 1):
        groups = collections.defaultdict(list)
        for intent in self.open():
            if intent.kind == kind:
                groups[group_of(intent)].append(intent)
        for group, open_ones in groups.items():
            known = sum(weight(i) for i in self.intents
                        if i.kind == kind and i.answer and i.done and group_of(i) == group)
            more = seen(group) - known
            if more < 0:
                self.complain(f"{kind} of {group}: {known} were acknowledged, {-more} are lost")
            # All weigh the same within a group, so it does not matter which ones are named.
            for intent in open_ones:
                if more >= weight(intent) > 0:
                    intent.happened = True
                    more -= weight(intent)
            if more > 0:
                self.complain(f"{kind} of {group}: {more} more than anybody asked for")

    def check(self, shop):
        """All that must be true now. Collects complaints."""
        orders = self.orders()
        expected = self.points()
        for source, (member, amount, _, left) in orders.items():
            shown = shop.order(source)
            if shown is None:
                self.complain(f"order {source} of {member} was acknowledged and is lost")
                continue
            item = shown["items"][0]
            self.same(f"order {source}", (shown["amount"], shown["status"], item["quantity"]
                                          - item.get("returned_quantity", 0)),
                      (amount, "PAID", left))
        for member in sorted({intent.member for intent in self.intents}):
            have = shop.balance(member)
            if have is None:
                if expected[member] or any(i.member == member and i.done for i in self.intents):
                    self.complain(f"{member} has no card, but should have {expected[member]} points")
                continue
            self.same(f"points of {member}", have, expected[member])
            for kind in ("event", "redemption"):
                self.same(f"{kind}s of {member}", shop.count(member, kind),
                          self.count(kind, member))
        totals = shop.totals()
        self.same("orders in total", totals["orders"], len(orders))
        self.same("redemptions in total", totals["redemptions"], self.count("redemption"))
        self.same("pieces given out", totals["pieces"], self.count("redemption"))
        self.same("points outstanding", totals["outstanding"], sum(expected.values()))
        self.same("points redeemed", totals["redeemed"], PRICE * self.count("redemption"))
        if totals["pieces"] > totals["stock"]:
            self.complain(f"{totals['pieces']} pieces given out of {totals['stock']}")

    def same(self, what, have, want):
        if have != want:
            self.complain(f"{what}: {have}, must be {want}")

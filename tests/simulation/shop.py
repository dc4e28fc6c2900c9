"""The server as the simulation sees it: a program in the API's words, actions as requests, and looks."""
import collections
import json

from calendar_of import DAY, iso, moment
from harness import line, quoted, transactions
from waiting import until

METRICS = ("points", "spend", "orders", "tenure_days", "balance")
STEP = 3000 * DAY  # of the clock, at most


def rule_body(rule, products):
    loyalty = {"type": "FIXED", "points": rule["points"]}
    if rule["kind"] == "amount":
        loyalty = {"type": "PROPORTIONAL", "calculation_type": "ORDER_AMOUNT",
                   "order": {"amount": {"every": rule["every"], "points": rule["points"]}}}
    elif rule["kind"] == "quantity":
        loyalty = {"type": "PROPORTIONAL", "calculation_type": "ORDER_ITEMS_QUANTITY",
                   "order_items": {"quantity": {"every": rule["every"], "points": rule["points"],
                                                "object": "product", "id": products[rule["product"]]}}}
    elif rule["kind"] == "event_value":
        loyalty = {"type": "PROPORTIONAL", "calculation_type": "CUSTOM_EVENT_METADATA",
                   "custom_event": {"metadata": {"every": rule["every"], "points": rule["points"],
                                                 "property": "value"}}}
    pending = rule.get("pending")
    return {"name": rule["name"], "event": rule["event"], "active": rule["active"],
            "loyalty": loyalty, "limits": rule["limits"] or None,
            "condition": f"order.amount >= {rule['least_amount']}" if "least_amount" in rule else None,
            "pending_points": {"period_type": "DAY", "period_value": pending} if pending else None,
            "expiration_rules": rule.get("expiration")}


def tiers_body(tiers):
    if not tiers["ladder"]:
        return None
    body = {"qualification_type": "BALANCE"}
    if tiers["counts"] != "BALANCE":
        body = {"qualification_type": "POINTS_IN_PERIOD", "qualification_metric": tiers["counts"]}
        if "period" in tiers:
            body.update(qualification_period=tiers["period"], start_date={"type": tiers["starts"]})
        else:
            body["qualification_window"] = tiers.get("window", "ALL_TIME")
    body["expiration_date"] = {"type": tiers["end"]}
    body.update({name: tiers[name] for name in ("grace", "downgrade") if name in tiers})
    # What an edit doesn't say stays.
    names = ("qualification_metric", "qualification_period", "qualification_window", "start_date",
             "grace", "downgrade")
    return {**dict.fromkeys(names), **body}


class Circle:
    """One program."""

    def __init__(self, shop, name, program):
        self.shop, self.products = shop, shop.products
        need = shop.client.need
        body = {"name": name, "campaign_type": "LOYALTY_PROGRAM", "auto_join": program["auto_join"],
                "join_once": True,
                "negative_balance": "ALLOW" if program["debt"] else "REFUSE",
                "earning_limits": program["limits"] or None,
                "multiplier_policy": program["multiplier_policy"],
                "loyalty_tiers_expiration": tiers_body(program["tiers"]),
                "voucher": {"type": "LOYALTY_CARD", "loyalty_card": {
                    "points": program["initial"],
                    "expiration_rules": program["expiration"] or None}}}
        self.id = need("POST", "/v1/loyalties", body)["id"]
        self.base = f"/v1/loyalties/{self.id}"
        self.rules = {}
        for rule in program["rules"]:
            made = need("POST", f"{self.base}/earning-rules", [rule_body(rule, self.products)])
            self.rules[rule["name"]] = made[0]["id"]
        self.tiers = {}
        self.put_ladder(program["tiers"]["ladder"])
        self.promotions = [need("POST", f"{self.base}/multipliers", self.promotion(one))["id"]
                           for one in program["promotions"]]
        self.rewards = {}
        for reward_name, terms in program["rewards"].items():
            reward = {"name": f"{name} {reward_name}", "type": "MATERIAL", "stock": terms["stock"],
                      "parameters": {"product": {"id": self.products["thing"]}}}
            assignment = {}
            if "ratio" in terms:
                reward = {"name": f"{name} {reward_name}", "type": "COIN", "parameters": {"coin": {
                    "exchange_ratio": 1, "points_ratio": terms["ratio"]}}}
            else:
                assignment = {"parameters": {"loyalty": {"points": terms["price"]}}}
            self.rewards[reward_name] = need("POST", "/v1/rewards", reward)["id"]
            need("POST", f"{self.base}/rewards", [{"reward": self.rewards[reward_name], **assignment}])
        self.codes = {}
        self.pending = {}       # (member, lot) -> id
        self.last_pending = []

    @property
    def client(self):
        return self.shop.client

    def promotion(self, one):
        return {"name": one["name"], "multiplier": float(one["factor"]), "event": one["event"],
                "validity_day_of_week": one["days"], "active": one["active"]}

    def put_ladder(self, ladder):
        if not ladder:
            return
        body = []
        for number, level in enumerate(ladder):
            needs = level.get("requirements")
            tier = {"name": level["name"], "points": {"from": level["from"]},
                    "requirements": {"match": needs["match"], **dict.fromkeys(METRICS),
                                     **needs["least"]} if needs else None,
                    "earning_rules": {
                        self.rules[name]: {"type": "MULTIPLY", "multiplier": float(factor)}
                        for name, factor in level["factors"].items()}}
            if number + 1 < len(ladder):
                tier["points"]["to"] = ladder[number + 1]["from"] - 1
            if level["name"] in self.tiers:
                tier["id"] = self.tiers[level["name"]]
            body.append(tier)
        path = f"{self.base}/tiers"
        self.client.need("PUT" if self.tiers else "POST", path, body)
        self.tiers = {one["name"]: one["id"] for one in self.client.need("GET", path)["data"]}

    def edit(self, edit):
        need, base = self.client.need, self.base
        what = edit["what"]
        if what == "rule":
            need("PUT", f"{base}/earning-rules/{self.rules[edit['rule']['name']]}",
                 rule_body(edit["rule"], self.products))
        elif what == "expiration":
            for rules in (None, edit["expiration"] or None):
                need("PUT", base, {"voucher": {"loyalty_card": {"expiration_rules": rules}}})
        elif what == "ladder":
            self.put_ladder(edit["ladder"])
        elif what == "tiers":
            need("PUT", base, {"loyalty_tiers_expiration": tiers_body(edit["tiers"])})
            self.put_ladder(edit["tiers"]["ladder"])
        elif what == "promotion":
            need("PUT", f"{base}/multipliers/{self.promotions[edit['number']]}",
                 self.promotion(edit["promotion"]))
        elif what == "stock":
            need("PUT", f"/v1/rewards/{self.rewards[edit['reward']]}", {"stock": edit["stock"]})
        else:
            need("PUT", base, {"negative_balance": "ALLOW" if edit["debt"] else "REFUSE"})

    def retier(self, body, preview):
        """The result of the async action."""
        path = f"{self.base}/retier" + ("/preview" if preview else "")
        action = self.client.need("POST", path, body)["async_action_id"]
        found = {}

        def is_done():
            found.update(self.client.need("GET", f"/v1/async-actions/{action}"))
            return found["status"] in ("DONE", "FAILED")
        until(is_done, what="the end of the async action")
        assert found["status"] == "DONE", found
        return found["result"]

    def code(self, member):
        if member not in self.codes:
            found = self.client.need("GET", f"{self.base}/members?customer={quoted(member)}")
            if not found["vouchers"]:
                return None
            self.codes[member] = found["vouchers"][0]["code"]
        return self.codes[member]

    # --- looks ------------------------------------------------------------------------------------

    def member(self, member):
        """All that is shown of a member, in the model's words; nothing without a card."""
        need, code = self.client.need, self.code(member)
        if code is None:
            return None
        base = f"/v1/loyalties/members/{quoted(code)}"
        card = need("GET", base)["loyalty_card"]
        tiers = need("GET", f"{base}/tiers")["data"]
        lots, page = [], 1
        while True:
            found = need("GET", f"{self.base}/members/{quoted(code)}"
                                f"/points-expiration?limit=100&page={page}")["data"]
            lots += [[one.get("expires_at"), one["bucket"]["total_points"]]
                     for one in found if one["status"] == "ACTIVE"]
            if len(found) < 100:
                break
            page += 1
        pending = self.pending_of(member)
        self.last_pending = [one["id"] for one in pending]
        return {"balance": card["balance"], "pending": card["pending_points"],
                "expires": card.get("next_expiration_date"),
                "lots": by_end(lots),
                "pending_lots": [[one["activates_at"], one["points"]] for one in pending],
                "tier": tiers[0]["name"] if tiers else None,
                "tier_until": ((tiers[0].get("expiration") or {}).get("expiration_date")
                               if tiers else None),
                "debt": need("GET", f"{base}/balance")["debt"]}

    def pending_of(self, member):
        out, after = [], ""
        while True:
            page = self.client.need(
                "GET", f"/v1/loyalties/members/{quoted(self.code(member))}/pending-points"
                       f"?limit=100&order=id{after}")
            out += page["data"]
            if not page["has_more"]:
                return out
            after = "&starting_after_id=" + page["data"][-1]["id"]

    def moves(self, member):
        """All transactions, oldest first: [type, points, moment]."""
        return [move_of(one) for one in transactions(self.client, self.code(member))]

    def tail(self, member):
        """The latest ones."""
        page = self.client.need("GET", f"/v1/loyalties/members/{quoted(self.code(member))}"
                                       "/transactions?limit=30")
        return [move_of(one) for one in reversed(page["data"])]

    def totals(self):
        found = self.client.need("GET", f"{self.base}/liability")
        return {"active": found["points"]["active"], "debt": found["points"]["debt"],
                "pending": found["points"]["pending"], "difference": found["ties"]["difference"]}

    def pieces(self):
        return {name: self.client.need("GET", f"/v1/rewards/{id}")["redeemed"]
                for name, id in self.rewards.items()}


class Shop:
    """A project with its programs, made through the API."""

    def __init__(self, client, programs, start):
        self.client = client
        need = client.need
        for to in range(moment(need("GET", "/v1/clock")["now"]) + STEP, start, STEP):
            need("POST", "/v1/clock/advance", {"to": iso(to)})
        need("POST", "/v1/clock/advance", {"to": iso(start)})
        self.products = {name: need("POST", "/v1/products", {"source_id": name, "name": name})["id"]
                         for name in ("tea", "cup", "pot", "thing")}
        self.programs = [Circle(self, f"Circle {number}", program)
                         for number, program in enumerate(programs)]
        for member, (month, day) in programs[0]["birthdays"].items():
            need("POST", "/v1/customers", {"source_id": member, "birthdate": f"1980-{month:02}-{day:02}"})
        self.redemptions = {}   # handle -> id

    # --- actions ----------------------------------------------------------------------------------

    def of(self, action):
        return self.programs[action["program"]]

    def request(self, action):
        """(method, path, body, what the answer says in the model's words)."""
        return getattr(self, "do_" + action["do"])(action)

    def do_order(self, a):
        items = [line(name, quantity, price) for name, (quantity, price) in a["lines"].items()]
        return ("POST", "/v1/orders", {"source_id": a["order"], "status": a["status"], "items": items,
                                       "customer": {"source_id": a["member"]}}, said_of_order)

    def do_change(self, a):
        body = {"status": a["status"]}
        if "lines" in a:
            body["items"] = [line(name, quantity, price)
                             for name, (quantity, price) in a["lines"].items()]
        return "PUT", f"/v1/orders/{a['order']}", body, said_of_order

    def do_return(self, a):
        body = {"source_id": a["paper"], "await_order": a["await"],
                "items": [{"source_id": name, "quantity": quantity}
                          for name, quantity in a["lines"].items()]}
        return ("POST", f"/v1/orders/{a['order']}/returns", body, lambda said: {
            name: said[name] for name in ("points", "expired_points", "missing_points", "repeated")})

    def do_event(self, a):
        return ("POST", "/v1/events", {"event": a["event"], "customer": {"source_id": a["member"]},
                                       "metadata": {"value": a["value"]}}, lambda said: {})

    def do_join(self, a):
        return ("POST", f"{self.of(a).base}/members",
                {"customer": {"source_id": a["member"]}},
                lambda said: {"balance": said["loyalty_card"]["balance"]})

    def do_merge(self, a):
        return ("POST", f"/v1/customers/{quoted(a['member'])}/merge", {"source": a["source"]},
                lambda said: {"orders": said["summary"]["orders"]["total_count"]})

    def do_adjust(self, a):
        body = {"points": a["points"], "source_id": a["source"], "reason": "a reason"}
        if a["ends"] in ("PROGRAM_RULES", "NON_EXPIRING"):
            body["expiration_type"] = a["ends"]
        elif a["ends"]:
            body.update(expiration_type="CUSTOM_DATE", expiration_date=a["ends"])
        return ("POST", f"/v1/loyalties/members/{self.of(a).code(a['member'])}/balance", body,
                lambda said: {"points": said["points"]})

    def do_transfer(self, a):
        to = self.programs[a["to"]]
        return ("POST", f"{to.base}/members/{to.code(a['target'])}/transfers",
                [{"code": self.of(a).code(a["member"]), "points": a["points"], "source_id": a["source"]}],
                lambda said: {"balance": said["loyalty_card"]["balance"]})

    def do_pending(self, a):
        pending = self.of(a).pending.get((a["member"], a["lot"]), "lopp_unknown")
        path = f"/v1/loyalties/members/{self.of(a).code(a['member'])}/pending-points/{pending}"
        if a["way"] == "adjust":
            return "POST", f"{path}/balance", {"points": a["points"]}, lambda said: {}
        return "POST", f"{path}/{a['way']}", None, lambda said: {}

    def do_redeem(self, a):
        body = {"reward": {"id": self.of(a).rewards[a["reward"]]}}
        if a["hold"]:
            body["hold_minutes"] = a["hold"]

        def said(answer):
            self.redemptions[a["handle"]] = answer["id"]
            return {"points": answer["amount"],
                    "balance": answer["voucher"]["loyalty_card"]["balance"]}
        return ("POST", f"/v1/loyalties/members/{self.of(a).code(a['member'])}/redemption", body, said)

    def do_pay(self, a):
        body = {"reward": {"id": self.of(a).rewards[a["reward"]], "points": a["points"]},
                "order": {"source_id": a["order"]}}

        def said(answer):
            self.redemptions[a["handle"]] = answer["id"]
            return {"points": answer["amount"], "discount": answer["order"]["discount_amount"]}
        return ("POST", f"/v1/loyalties/members/{self.of(a).code(a['member'])}/redemption", body, said)

    def do_settle(self, a):
        return ("POST", f"/v1/redemptions/{self.redemptions[a['handle']]}/{a['way']}", None,
                lambda said: {})

    def do_give_tier(self, a):
        body = {"tier": a["tier"], "reason": "a guest", "at_least": a["at_least"]}
        if a["last_day"]:
            body["expiration_date"] = a["last_day"]
        return ("POST", f"/v1/loyalties/members/{self.of(a).code(a['member'])}/tiers", body,
                lambda said: {})

    def do_take_tier(self, a):
        return ("DELETE", f"/v1/loyalties/members/{self.of(a).code(a['member'])}/tiers", None,
                lambda said: {})

    # --- looks ------------------------------------------------------------------------------------

    def order(self, name):
        answer = self.client.get(f"/v1/orders/{quoted(name)}")
        return said_of_order(answer.json) if answer.status == 200 else None

    def customer(self, member):
        orders = self.client.need("GET", f"/v1/customers/{quoted(member)}")["summary"]["orders"]
        return [orders["total_count"], orders["total_amount"]]

    def redemption(self, handle):
        found = self.client.need("GET", f"/v1/redemptions/{self.redemptions[handle]}")
        return {"status": found["status"],
                "fulfilment": (found.get("fulfilment") or {}).get("status")}


def by_end(lots):
    """How much ends when."""
    sums = collections.Counter()
    for end, left in lots:
        sums[end] += left
    return sorted(([end, left] for end, left in sums.items()), key=str)


def move_of(one):
    return [one["type"], one["details"]["balance"]["points"], moment(one["created_at"])]


def said_of_order(answer):
    return {"status": answer["status"], "amount": answer["amount"],
            "returned": answer.get("returned_amount") or 0,
            "discount": answer.get("discount_amount") or 0}


def text(value):
    return json.dumps(value, ensure_ascii=False, default=str)

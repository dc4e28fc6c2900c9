"""What a line of a rule table may say. To add a verb, write a method with @verb: its text is its help."""
import datetime
import json
import re
import time
import zoneinfo

from harness import quoted
from table import Line, Refused, Unreadable, Wrong, deep_merge, read_value, value_at, verb

DAYS_A_STEP = 3000
STATUSES = ("CREATED", "PAID", "CANCELED", "FULFILLED")


class Play:
    """The state of one table while it runs: a project, its client, and the names in the file."""

    def __init__(self, table, client):
        self.table = table
        self.client = client
        self.zone = zoneinfo.ZoneInfo(table.zone)
        self.program = None      # name of the program that lines mean
        self.ids = {}            # "program.Circle", "rule.Base", "tier.Gold", … -> id
        self.programs = {}       # name -> id
        self.cards = {}          # (program, customer) -> code
        self.orders = {}         # name -> the body sent
        self.returns = 0
        self.refusal = None
        self.answer = None

    # --- requests ---------------------------------------------------------------------------------

    def call(self, method, path, body=None, status=None):
        """The JSON of the answer. A refusal that the line expects ends the line."""
        answer = self.client.call(method, path, body)
        self.answer = answer
        if self.refusal:
            if answer.status < 400:
                raise Wrong(f"must be refused with {self.refusal}, but it was done: {answer!r}")
            keys = [answer.key] + [one.get("key", "") for one in answer.json.get("errors", [])]
            if self.refusal not in keys:
                raise Wrong(f"must be refused with {self.refusal}, but this came: {answer!r}")
            raise Refused(answer)
        if status is not None:
            if answer.status != status:
                raise Wrong(f"status {status} must come, but this came: {answer!r}")
        elif answer.status >= 300:
            raise Unreadable(f"{method} {path}: {answer!r}")
        try:
            return answer.json if answer.body else None
        except ValueError:
            return answer.body.decode("utf-8", "replace")

    def get(self, path):
        """A look beside what the line does."""
        answer = self.client.call("GET", path)
        if answer.status >= 300:
            raise Unreadable(f"GET {path}: {answer!r}")
        return answer.json

    def expect(self, line):
        body = None
        if self.answer is not None and self.answer.body:
            try:
                body = self.answer.json
            except ValueError:
                body = self.answer.body.decode("utf-8", "replace")
        if line.status is not None and self.answer.status != line.status:
            raise Wrong(f"status {line.status} must come, but {self.answer.status} came: {body}")
        for path, operator, text in line.expected:
            have = body if path == "answer" else value_at(body, path)
            if operator == "=" and re.fullmatch(r"\$[\w.]+", text):
                self.ids[text[1:]] = have
                continue
            want = read_value(self.fill(text))
            holds = {"=": have == want and type(have) == type(want),
                     "!=": have != want,
                     "~": str(want) in (have if isinstance(have, str)
                                        else json.dumps(have, ensure_ascii=False))}[operator]
            if not holds:
                raise Wrong(f"{path}: {want!r} must come, but {have!r} came\n    in "
                            f"{json.dumps(body, ensure_ascii=False)[:1500]}")

    def same(self, what, want, have):
        if want != have:
            raise Wrong(f"{what}: {want!r} must come, but {have!r} came")

    # --- names ------------------------------------------------------------------------------------

    def fill(self, text):
        return re.sub(r"\$([\w.\-]+\w)", lambda found: self.named(found.group(1)), text)

    def named(self, name):
        """$program, $card.anna, $rule.Base, $tier.Gold, $reward.mug, $order.o1, and what was kept."""
        if name == "program":
            return self.programs[self.program]
        if name.startswith("card."):
            return self.card(name[5:])
        if name in self.ids:
            return str(self.ids[name])
        if name.startswith("order."):
            return self.get("/v1/orders/" + quoted(name[6:]))["id"]
        if name.startswith("customer."):
            return self.get("/v1/customers/" + quoted(name[9:]))["id"]
        raise Unreadable(f"nothing is named ${name}")

    def member_of(self, who):
        """anna, or anna@Program -> (program id, customer)."""
        customer, _, program = who.partition("@")
        return self.programs[program or self.program], customer

    def card(self, who):
        program, customer = self.member_of(who)
        if (program, customer) not in self.cards:
            found = self.get(f"/v1/loyalties/{program}/members?customer={quoted(customer)}")
            if not found["vouchers"]:
                raise Wrong(f"{who} has no card")
            self.cards[program, customer] = found["vouchers"][0]["code"]
        return self.cards[program, customer]

    def voucher(self, who):
        return self.get("/v1/loyalties/members/" + quoted(self.card(who)))

    def money(self, text):
        """4.50 -> 450."""
        found = re.fullmatch(r"(-?)(\d+)(?:\.(\d{1,2}))?", text)
        if not found:
            raise Unreadable(f"{text} is no amount such as 4.50")
        minor = int(found.group(2)) * 100 + int((found.group(3) or "0").ljust(2, "0"))
        return -minor if found.group(1) else minor

    # --- the program ------------------------------------------------------------------------------

    @verb("program [NAME] [JSON]")
    def make_program(self, line):
        """A loyalty program; JSON is laid over an empty one. A known NAME is changed. Lines below mean it."""
        name = line.words[0] if line.words else self.program or "Circle"
        sent = line.json or {}
        if name in self.programs:
            self.call("PUT", f"/v1/loyalties/{self.programs[name]}", sent)
        else:
            body = deep_merge({"name": name, "campaign_type": "LOYALTY_PROGRAM", "auto_join": True,
                               "join_once": True,
                               "voucher": {"type": "LOYALTY_CARD", "loyalty_card": {"points": 0}}},
                              sent)
            self.programs[name] = self.call("POST", "/v1/loyalties", body)["id"]
        self.program = name
        self.ids["program." + name] = self.programs[name]

    @verb("rule NAME [N points | N per AMOUNT] [JSON]")
    def make_rule(self, line):
        """An earning rule of order.paid, changed when NAME is known: `rule Base 1 per 1.00`."""
        name, words = line.words[0], line.words[1:]
        body = {}
        if len(words) == 2 and words[1] == "points":
            body = {"loyalty": {"type": "FIXED", "points": int(words[0])}}
        elif len(words) == 3 and words[1] == "per":
            body = {"loyalty": {"type": "PROPORTIONAL", "calculation_type": "ORDER_AMOUNT",
                                "order": {"amount": {"every": self.money(words[2]),
                                                     "points": int(words[0])}}}}
        elif words:
            raise Unreadable("say `N points` or `N per AMOUNT`, or JSON")
        known = self.ids.get("rule." + name)
        body = deep_merge(body, line.json or {})
        base = f"/v1/loyalties/{self.programs[self.program]}/earning-rules"
        if known:
            self.call("PUT", f"{base}/{known}", body)
        else:
            body = deep_merge({"name": name, "event": "order.paid", "active": True}, body)
            self.ids["rule." + name] = self.call("POST", base, [body])[0]["id"]

    @verb("drop rule NAME")
    def drop(self, line):
        """Deletes an earning rule."""
        base = f"/v1/loyalties/{self.programs[self.program]}/earning-rules"
        self.call("DELETE", f"{base}/{self.ids.pop('rule.' + line.words[1])}")

    @verb("tiers NAME FROM [xM], … [JSON]")
    def make_tiers(self, line):
        """The ladder: `tiers Basic 0, Silver 100, Gold 500 x2`; xM multiplies all rules. JSON: by name, more."""
        ladder = []
        parts = [part.split() for part in " ".join(line.words).split(",")]
        for number, part in enumerate(parts):
            points = {"from": int(part[1])}
            if number + 1 < len(parts):
                points["to"] = int(parts[number + 1][1]) - 1
            tier = {"name": part[0], "points": points}
            if len(part) > 2:
                factor = json.loads(part[2].removeprefix("x"))
                tier["earning_rules"] = {
                    id: {"type": "MULTIPLY", "multiplier": factor}
                    for name, id in self.ids.items() if name.startswith("rule.")}
            tier = deep_merge(tier, (line.json or {}).get(part[0], {}))
            if "tier." + part[0] in self.ids:
                tier["id"] = self.ids["tier." + part[0]]
            ladder.append(tier)
        target = f"/v1/loyalties/{self.programs[self.program]}/tiers"
        known = self.get(target)["data"]
        self.call("PUT" if known else "POST", target, ladder)
        for tier in self.get(target)["data"]:
            self.ids["tier." + tier["name"]] = tier["id"]

    @verb("reward NAME [N points] [stock N] [JSON]")
    def make_reward(self, line):
        """A MATERIAL reward of the program at a price; JSON is laid over it, its `assignment` over the terms."""
        name, words = line.words[0], line.words[1:]
        body = {"name": name, "type": "MATERIAL", "stock": None}
        given = dict(zip(words[1::2], words[0::2])) if words[:1] != ["stock"] else {}
        points = int(given["points"]) if "points" in given else None
        if "stock" in words:
            body["stock"] = int(words[words.index("stock") + 1])
        body = deep_merge(body, line.json or {})
        terms = body.pop("assignment", {})
        if body["type"] == "MATERIAL" and "parameters" not in body:
            product = self.call("POST", "/v1/products", {"source_id": "reward-" + name, "name": name})
            body["parameters"] = {"product": {"id": product["id"]}}
        reward = self.call("POST", "/v1/rewards", body)["id"]
        self.ids["reward." + name] = reward
        assignment = {"reward": reward}
        if points is not None:
            assignment["parameters"] = {"loyalty": {"points": points}}
        made = self.call("POST", f"/v1/loyalties/{self.programs[self.program]}/rewards",
                         [deep_merge(assignment, terms)])
        self.ids["assignment." + name] = made[0]["id"]

    @verb("product NAME [JSON]")
    def make_product(self, line):
        """A product of the catalogue by its source id; JSON: price, metadata, …"""
        name = line.words[0]
        body = deep_merge({"source_id": name, "name": name}, line.json or {})
        self.ids["product." + name] = self.call("POST", "/v1/products", body)["id"]

    @verb("collection NAME PRODUCT… [JSON]")
    def make_collection(self, line):
        """A static collection of products by their names; JSON instead for another kind."""
        body = {"name": line.words[0], "type": "STATIC",
                "products": [{"product_id": self.ids["product." + name], "id": self.ids["product." + name],
                              "object": "product"} for name in line.words[1:]]}
        made = self.call("POST", "/v1/product-collections", deep_merge(body, line.json or {}))
        self.ids["collection." + line.words[0]] = made["id"]

    # --- time -------------------------------------------------------------------------------------

    @verb("at DATE [TIME] [ZONE]")
    def at(self, line):
        """Moves the clock to a local moment of the project's zone (00:00 without TIME)."""
        zone = zoneinfo.ZoneInfo(line.words[2]) if len(line.words) > 2 else self.zone
        time = line.words[1] if len(line.words) > 1 else "00:00"
        moment = datetime.datetime.fromisoformat(f"{line.words[0]}T{time}")
        self.move_clock(moment if moment.tzinfo else moment.replace(tzinfo=zone))

    @verb("advance N days|hours|minutes|seconds")
    def advance(self, line):
        """Moves the clock on."""
        now = datetime.datetime.fromisoformat(self.get("/v1/clock")["now"])
        self.move_clock(now + datetime.timedelta(**{line.words[1]: int(line.words[0])}))

    def move_clock(self, to):
        to = to.astimezone(datetime.timezone.utc)
        while True:
            now = datetime.datetime.fromisoformat(self.get("/v1/clock")["now"])
            step = min(to, now + datetime.timedelta(days=DAYS_A_STEP))
            text = step.strftime("%Y-%m-%dT%H:%M:%S.") + f"{step.microsecond // 1000:03}Z"
            self.call("POST", "/v1/clock/advance", {"to": text})
            if step == to:
                return

    # --- what the shop does -----------------------------------------------------------------------

    def read_order(self, line):
        """NAME CUSTOMER QTYx ITEM@PRICE[-DISCOUNT] … amount= discount= status= meta.KEY= at="""
        body = {"status": "PAID"}
        items = []
        words = list(line.words)
        while words:
            word = words.pop(0)
            key, equals, value = word.partition("=")
            quantity = re.fullmatch(r"(\d+)x", word)
            if quantity:
                name, _, price = words.pop(0).partition("@")
                item = {"source_id": name, "product_id": name, "quantity": int(quantity.group(1))}
                price, _, discount = price.partition("-")
                if price:
                    item["price"] = self.money(price)
                if discount:
                    item["discount_amount"] = self.money(discount)
                items.append(item)
            elif equals and key in ("amount", "discount"):
                body["discount_amount" if key == "discount" else key] = self.money(value)
            elif equals and key == "status":
                body["status"] = value
            elif equals and key == "at":
                moment = datetime.datetime.fromisoformat(value).replace(tzinfo=self.zone)
                body["created_at"] = moment.astimezone(datetime.timezone.utc).strftime(
                    "%Y-%m-%dT%H:%M:%S.000Z")
            elif equals and key.startswith("meta."):
                body.setdefault("metadata", {})[key[5:]] = read_value(value)
            elif equals:
                body[key] = read_value(value)
            else:
                raise Unreadable(f"{word} is no part of an order")
        if items:
            body["items"] = items
        return deep_merge(body, line.json or {})

    @verb("order NAME CUSTOMER|- QTYx ITEM@PRICE[-DISCOUNT] … [amount=] [discount=] [status=] [meta.KEY=] [at=] [JSON]")
    def order(self, line):
        """Posts an order, PAID if nothing else is said: `order o1 anna 3x tea@4.50 1x gift_card@20`."""
        name, customer = line.words[:2]
        line.words = line.words[2:]
        body = self.read_order(line)
        body["source_id"] = name
        if customer != "-":
            body["customer"] = deep_merge({"source_id": customer}, body.get("customer", {}))
        self.orders[name] = body
        self.call("POST", "/v1/orders", body)

    @verb("repeat NAME")
    def repeat(self, line):
        """Posts an order again as it was sent."""
        self.call("POST", "/v1/orders", self.orders[line.words[0]])

    @verb("edit NAME QTYx ITEM@PRICE … [JSON]")
    def edit(self, line):
        """Puts a change of an order; only what is said is sent."""
        name = line.words[0]
        line.words = line.words[1:]
        said_status = any(word.startswith("status=") for word in line.words)
        body = self.read_order(line)
        if not said_status and "status" not in (line.json or {}):
            del body["status"]
        self.call("PUT", "/v1/orders/" + quoted(name), body)

    def put_status(self, line, status):
        body = deep_merge({"status": status}, line.json or {})
        self.call("PUT", "/v1/orders/" + quoted(line.words[0]), body)

    @verb("pay NAME")
    def pay(self, line):
        """Puts the order to PAID."""
        self.put_status(line, "PAID")

    @verb("fulfil NAME")
    def fulfil(self, line):
        """Puts the order to FULFILLED."""
        self.put_status(line, "FULFILLED")

    @verb("cancel NAME")
    def cancel(self, line):
        """Puts the order to CANCELED."""
        self.put_status(line, "CANCELED")

    @verb("status NAME STATUS")
    def status(self, line):
        """Puts the order to a status."""
        self.put_status(line, line.words[1])

    @verb("return NAME QTYx ITEM … [as SOURCE_ID] [JSON]")
    def give_back(self, line):
        """Returns lines of an order: `return o1 1x tea as R-1`."""
        name, words = line.words[0], line.words[1:]
        body = {"items": []}
        if "as" in words:
            at = words.index("as")
            body["source_id"] = words[at + 1]
            words = words[:at]
        for quantity, item in zip(words[0::2], words[1::2]):
            body["items"].append({"source_id": item, "quantity": int(quantity.removesuffix("x"))})
        self.call("POST", f"/v1/orders/{quoted(name)}/returns", deep_merge(body, line.json or {}))

    @verb("event NAME CUSTOMER [JSON]")
    def event(self, line):
        """A custom event; JSON is its metadata: `event review anna {"stars": 5}`."""
        body = {"event": line.words[0], "customer": {"source_id": line.words[1]}}
        if line.json is not None:
            body["metadata"] = line.json
        self.call("POST", "/v1/events", body)

    @verb("customer NAME [JSON]")
    def customer(self, line):
        """Makes or changes a customer by source id."""
        self.call("POST", "/v1/customers", deep_merge({"source_id": line.words[0]}, line.json or {}))

    @verb("join CUSTOMER[@PROGRAM] [JSON]")
    def join(self, line):
        """Gives a customer a card of the program."""
        program, customer = self.member_of(line.words[0])
        self.call("POST", f"/v1/loyalties/{program}/members",
                  deep_merge({"customer": {"source_id": customer}}, line.json or {}))

    @verb("adjust CUSTOMER +N|-N [reason] [JSON]")
    def adjust(self, line):
        """Adds or takes points by hand."""
        body = {"points": int(line.words[1])}
        if len(line.words) > 2:
            body["reason"] = line.words[2]
        self.call("POST", f"/v1/loyalties/members/{quoted(self.card(line.words[0]))}/balance",
                  deep_merge(body, line.json or {}))

    @verb("redeem CUSTOMER REWARD [JSON]")
    def redeem(self, line):
        """Spends points on a reward."""
        body = {"reward": {"id": self.ids["reward." + line.words[1]]}}
        self.call("POST", f"/v1/loyalties/members/{quoted(self.card(line.words[0]))}/redemption",
                  deep_merge(body, line.json or {}))

    # --- what must be so --------------------------------------------------------------------------

    @verb("balance CUSTOMER[@PROGRAM] N", check=True)
    def check_balance(self, line):
        """Points that can be spent now."""
        card = self.voucher(line.words[0])["loyalty_card"]
        self.same("balance", int(line.words[1]), card["balance"])

    @verb("pending CUSTOMER N", check=True)
    def check_pending(self, line):
        """Points that wait for their day."""
        card = self.voucher(line.words[0])["loyalty_card"]
        self.same("pending", int(line.words[1]), card["pending_points"])

    @verb("card CUSTOMER PATH=VALUE …", check=True)
    def check_card(self, line):
        """Properties of the card's answer: `card anna loyalty_card.expired_points=5`."""
        voucher = self.voucher(line.words[0])
        for word in line.words[1:]:
            path, _, text = word.partition("=")
            self.same(path, read_value(text), value_at(voucher, path))

    @verb("nocard CUSTOMER", check=True)
    def check_no_card(self, line):
        """The customer is no member."""
        program, customer = self.member_of(line.words[0])
        found = self.get(f"/v1/loyalties/{program}/members?customer={quoted(customer)}")
        self.same("cards", 0, len(found["vouchers"]))

    @verb("tier CUSTOMER NAME|-", check=True)
    def check_tier(self, line):
        """The member's tier; - is none."""
        found = self.get(f"/v1/loyalties/members/{quoted(self.card(line.words[0]))}/tiers")["data"]
        self.same("tier", line.words[1], found[0]["name"] if found else "-")

    @verb("transactions CUSTOMER N …", check=True)
    def check_transactions(self, line):
        """All movements of points from the first on: `transactions anna 10 -3`."""
        out, after = [], ""
        while True:
            page = self.get(f"/v1/loyalties/members/{quoted(self.card(line.words[0]))}/transactions"
                            f"?limit=100{after}")
            out += page["data"]
            if not page["has_more"]:
                break
            after = "&starting_after_id=" + page["more_starting_after"]
        points = [one["details"]["balance"]["points"] for one in reversed(out)]
        self.same("transactions", [int(word) for word in line.words[1:]], points)

    def request(self, method, line):
        self.call(method, line.words[0], line.json, line.status)

    @verb("done ID", check=True)
    def await_action(self, line):
        """Waits until an async action has ended well: `done $job`."""
        self.wait_for(self.fill(line.words[0]))

    @verb("not_replayed REASON=N …", check=True)
    def not_replayed(self, line):
        """What the backtest at the end of the file cannot come to: `not_replayed channel=1`."""
        for word in line.words:
            reason, _, count = word.partition("=")
            self.table.not_replayed[reason] = int(count)

    def wait_for(self, action):
        for _ in range(200):
            found = self.get(f"/v1/async-actions/{action}")
            if found["status"] in ("DONE", "FAILED"):
                if found["status"] == "FAILED":
                    raise Wrong(f"the action failed: {found}")
                return
            time.sleep(0.05)
        raise Wrong(f"the action has not ended: {found}")

    @verb("GET PATH [=> [STATUS] path=value path~part path!=value path=$name …]", check=True)
    def http_get(self, line):
        """Any request; $program, $card.anna, $rule.Base … stand for ids, `path=$name` keeps a value."""
        self.request("GET", line)

    @verb("POST PATH [JSON] [=> …]")
    def http_post(self, line):
        """Any request."""
        self.request("POST", line)

    @verb("PUT PATH [JSON] [=> …]")
    def http_put(self, line):
        """Any request."""
        self.request("PUT", line)

    @verb("DELETE PATH [=> …]")
    def http_delete(self, line):
        """Any request."""
        self.request("DELETE", line)


__all__ = ["Line", "Play"]

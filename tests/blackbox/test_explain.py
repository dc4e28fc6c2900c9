"""Why something was decided as it was: events, joining, days of the year, tiers and entries, years later and
after the program was changed."""
import harness
from harness import TestCase, each_database, line, order


def find(items, **wanted):
    """The only one with these values."""
    found = [one for one in items if all(one.get(name) == value for name, value in wanted.items())]
    assert len(found) == 1, (wanted, items)
    return found[0]


class Explain(TestCase):
    def start(self, kind):
        self.store = harness.Store(self, kind)
        self.client = self.store.start(sandbox=True)
        self.need = self.client.need

    def explain(self, **of):
        (word, value), = of.items()
        return self.need("GET", f"/v1/explain?{word}={value}")

    def advance(self, days):
        self.need("POST", "/v1/clock/advance", {"days": days})

    def program(self, rules, **more):
        made = self.need("POST", "/v1/loyalties", {
            "name": "Circle", "auto_join": True, "voucher": {
                "type": "LOYALTY_CARD", "loyalty_card": {
                    "points": 0, "expiration_rules": {"period_type": "MONTH", "period_value": 6}},
                "code_config": {"pattern": "C-########"}}, **more})
        self.base = f"/v1/loyalties/{made['id']}"
        self.rules = self.need("POST", f"{self.base}/earning-rules", rules)
        self.tiers = self.need("POST", f"{self.base}/tiers", [
            {"name": "Base", "points": {"from": 0}}, {"name": "Gold", "points": {"from": 100}}])

    def lines(self, code):
        return self.need("GET", f"/v1/loyalties/members/{code}/statement")["lines"]

    def card(self, customer):
        return self.need("GET", f"{self.base}/members?customer={customer}")["vouchers"][0]["code"]

    @each_database
    def test_an_event_two_years_later(self, kind):
        """The rule, the tier and the customer are others by then: what was decided is told as it was."""
        self.start(kind)
        self.program([
            {"name": "Review", "event": "review", "loyalty": {"type": "FIXED", "points": 30},
             "condition": "event.metadata.stars >= 4 && customer.metadata.vip"},
            {"name": "Long", "event": "review", "loyalty": {"type": "FIXED", "formula": "int(event.metadata.words) / 10"}},
        ])
        self.need("POST", "/v1/customers", {"source_id": "anna", "metadata": {"vip": True}})
        self.need("POST", "/v1/orders", order("O-1", "anna", items=[line("mug", 1, 100)]))
        self.need("POST", "/v1/events", {"event": "review", "customer": {"source_id": "anna"},
                                         "metadata": {"stars": 5, "words": 120}})
        self.need("POST", "/v1/events", {"event": "review", "customer": {"source_id": "anna"},
                                         "metadata": {"stars": 1, "words": 4}})
        earned = [one for one in
                  self.need("GET", f"/v1/loyalties/members/{self.card('anna')}/transactions")["data"]
                  if one["type"] == "POINTS_ACCRUAL"]
        event = earned[0]["details"]["event"]["id"]
        before = self.explain(event=event)
        self.assertEqual((before["decided"], before["points"]), (True, 42))
        rules = before["programs"][0]["earning_rules"]
        review = find(rules, name="Review")
        self.assertEqual((review["credited"], review["matches"]), (30, True))
        self.assertEqual({step["source"]: step["value"] for step in review["condition_trace"]},
                         {"event.metadata.stars >= 4": "true", "customer.metadata.vip": "true"})
        self.assertEqual((find(rules, name="Long")["credited"], find(rules, name="Long")["matches"]),
                         (12, True))

        for rule in self.rules:
            self.need("PUT", f"{self.base}/earning-rules/{rule['id']}",
                      {"condition": "event.metadata.stars >= 1"})
        self.need("DELETE", f"{self.base}/earning-rules/{self.rules[1]['id']}")
        self.need("PUT", f"{self.base}/tiers/{self.tiers[0]['id']}",
                  {"earning_rules": {self.rules[0]["id"]: {"type": "MULTIPLY", "multiplier": 3}}})
        self.need("PUT", "/v1/customers/anna", {"metadata": {"vip": False}})
        self.advance(731)
        self.assertEqual(self.explain(event=event), before)

        # The second one gave nothing by the first rule, and says why.
        activity = self.need("GET", "/v1/customers/anna/activity?type=customer.custom_event")["data"]
        second = self.explain(event=activity[0]["id"])
        review = find(second["programs"][0]["earning_rules"], name="Review")
        self.assertEqual((review["outcome"], review["points"]), ("condition_false", 0))
        member = self.explain(member=self.card("anna"))
        self.assertEqual((member["next_tier"]["name"], member["next_tier"]["needs"][0]["missing"]),
                         ("Gold", 100 - member["balance"]))
        self.check_error(self.client.get("/v1/explain?event=evcus_" + "0" * 32), 404, "not_found")
        self.check_error(self.client.get(f"/v1/explain?event={event}&member=x"), 400,
                         "invalid_query_params")
        self.store.stop_and_verify()

    @each_database
    def test_entries(self, kind):
        """Joining, a birthday, points by hand, a change of tier and an end each say what made them."""
        self.start(kind)
        self.program([
            {"name": "Hello", "event": "customer.loyalty.joined", "loyalty": {"type": "FIXED", "points": 20},
             "condition": "customer.metadata.vip"},
            {"name": "Birthday", "event": "customer.birthday", "loyalty": {"type": "FIXED", "formula": "customer.points + 1"}},
        ])
        now = self.need("GET", "/v1/clock")["now"]
        self.need("POST", "/v1/customers", {"source_id": "anna", "metadata": {"vip": True},
                                            "birthdate": f"1990-{now[5:7]}-{min(int(now[8:10]), 28):02}"})
        code = self.need("POST", f"{self.base}/members", {"customer": {"source_id": "anna"}})["code"]
        self.need("POST", f"/v1/loyalties/members/{code}/balance", {"points": 90, "reason": "A late parcel"})
        self.need("PUT", "/v1/customers/anna", {"metadata": {"vip": False}})
        self.advance(366)
        self.need("DELETE", f"{self.base}/earning-rules/{self.rules[0]['id']}")
        lines = self.lines(code)
        joined = self.explain(transaction=find(lines, points=20)["id"])
        self.assertEqual((joined["earning_rule"]["name"], joined["earning_rule"]["credited"],
                          joined["earning_rule"]["matches"]), ("Hello", 20, True))
        self.assertEqual(joined["earning_rule"]["condition_trace"][0]["value"], "true")
        by_hand = self.explain(transaction=find(lines, points=90)["id"])
        self.assertEqual(by_hand["cause"], {"by": "manual", "key": self.store.key[0],
                                            "reason": "A late parcel"})
        self.assertEqual(by_hand["explanation"], "Added by hand: A late parcel")
        gold = [one for one in lines if one["type"] == "TIER" and "Gold" in one["reason"]][0]
        tier = self.explain(transaction=gold["id"])["tier"]
        self.assertEqual((tier["name"], tier["counted"]["balance"]), ("Gold", 110))
        self.assertEqual(tier["needs"], [{"metric": "balance", "needed": 100, "counted": 110, "missing": 0}])
        birthday = [one for one in lines if "Birthday" in one["reason"]][-1]
        told = self.explain(transaction=birthday["id"])["earning_rule"]
        self.assertEqual((told["matches"], told["credited"]), (True, birthday["points"]))
        end = [one for one in lines if one["type"] == "POINTS_EXPIRATION"][0]
        told = self.explain(transaction=end["id"])
        self.assertEqual(sum(lot["points"] for lot in told["lots"]), end["points"])
        self.assertIn(told["lots"][0]["transaction_id"], [one["id"] for one in lines])
        member = self.explain(member=code)
        self.assertEqual((member["tier"]["name"], member["tier"]["transaction_id"]), ("Gold", gold["id"]))
        self.assertEqual(member["tier"]["needs"][0]["missing"], 100 - member["balance"])
        self.assertNotIn("next_tier", member)
        self.store.stop_and_verify()

    @each_database
    def test_orders_and_transfers(self, kind):
        self.start(kind)
        self.program([{"name": "Per amount", "event": "order.paid", "loyalty": {
            "type": "PROPORTIONAL", "calculation_type": "ORDER_AMOUNT",
            "order": {"amount": {"every": 100, "points": 1}}}}])
        for name in ("anna", "ben"):
            self.need("POST", "/v1/orders", order(f"O-{name}", name, items=[line("mug", 1, 5000)]))
        anna, ben = self.card("anna"), self.card("ben")
        self.need("POST", f"{self.base}/members/{ben}/transfers",
                  [{"code": anna, "points": 12, "reason": "One household", "source_id": "m-1"}])
        lines = self.lines(anna)
        of_order = self.explain(transaction=find(lines, points=50)["id"])
        self.assertEqual(of_order["cause"]["order"]["source_id"], "O-anna")
        decision = self.need("GET", of_order["decision"])
        self.assertEqual(decision["points"], 50)
        moved = self.explain(transaction=find(lines, points=-12)["id"])
        self.assertEqual((moved["cause"]["by"], moved["cause"]["reason"], moved["cause"]["key"]),
                         ("transfer", "One household", self.store.key[0]))
        self.assertEqual(moved["lots"][0]["points"], -12)

"""What a server gets from broken tills, curious people and scanners: a clear answer, nothing done."""
import json

from harness import (Answer, Store, TestCase, balance, card_of, counts, each_database, line, loyalty,
                     material_reward, order, quoted)
from raw_http import Raw, request

HUGE = 2**53          # the first number that is out of range
ORDER = {"source_id": "BAD", "status": "PAID", "customer": {"source_id": "mallory"}, "amount": 100}


def changed(**more):
    return {**ORDER, **more}


def nested(depth):
    return b'{"metadata":' + b'{"a":' * depth + b"1" + b"}" * depth + b"}"


BODIES = [  # name, method, path, body, status, key; {code} {campaign} {reward} are filled in
    ("empty", "POST", "/v1/orders", b"", 400, "invalid_payload"),
    ("half", "POST", "/v1/orders", b'{"source_id":"BAD', 400, "invalid_payload"),
    ("trailing comma", "POST", "/v1/orders", b'{"source_id":"BAD",}', 400, "invalid_payload"),
    ("two documents", "POST", "/v1/orders", b"{}{}", 400, "invalid_payload"),
    ("no object", "POST", "/v1/orders", b"[1,2]", 400, "invalid_payload"),
    ("a word", "POST", "/v1/orders", b"null", 400, "invalid_payload"),
    ("NaN", "POST", "/v1/orders", b'{"amount":NaN}', 400, "invalid_payload"),
    ("invalid UTF-8", "POST", "/v1/orders", b'{"source_id":"\xff\xfe"}', 400, "invalid_payload"),
    ("half a surrogate", "POST", "/v1/orders", b'{"source_id":"\\ud800"}', 400, "invalid_payload"),
    ("NUL in a text", "POST", "/v1/orders", b'{"source_id":"A\\u0000B"}', 400, "invalid_payload"),
    ("raw NUL", "POST", "/v1/orders", b'{"source_id":"A\x00B"}', 400, "invalid_payload"),
    ("deep nesting", "POST", "/v1/orders", nested(5000), 400, "invalid_payload"),
    ("deep arrays", "POST", "/v1/orders", b"[" * 100_000, 400, "invalid_payload"),
    ("text for amount", "POST", "/v1/orders", changed(amount="100"), 400, "invalid_payload"),
    ("fraction", "POST", "/v1/orders", changed(amount=1.5), 400, "invalid_payload"),
    ("bool for amount", "POST", "/v1/orders", changed(amount=True), 400, "invalid_payload"),
    ("negative amount", "POST", "/v1/orders", changed(amount=-1), 400, "invalid_payload"),
    ("huge amount", "POST", "/v1/orders", changed(amount=HUGE), 400, "invalid_payload"),
    ("1e400", "POST", "/v1/orders", b'{"source_id":"BAD","amount":1e400}', 400, "invalid_payload"),
    ("200 digits", "POST", "/v1/orders", b'{"amount":' + b"9" * 200 + b"}", 400, "invalid_payload"),
    ("negative quantity", "POST", "/v1/orders", changed(items=[line("mug", -1, 100)]), 400,
     "invalid_payload"),
    ("huge quantity", "POST", "/v1/orders", changed(items=[line("mug", HUGE, 1)]), 400,
     "invalid_payload"),
    ("price x quantity", "POST", "/v1/orders", changed(items=[line("mug", 10**9, 10**9)]), 400,
     "invalid_payload"),
    ("sum of lines", "POST", "/v1/orders",
     changed(items=[line("a", 1, HUGE - 1), line("b", 1, HUGE - 1)]), 400, "invalid_payload"),
    ("items no list", "POST", "/v1/orders", changed(items={"a": 1}), 400, "invalid_payload"),
    ("item no object", "POST", "/v1/orders", changed(items=[5]), 400, "invalid_payload"),
    ("unknown status", "POST", "/v1/orders", changed(status="PAYED"), 400, "invalid_payload"),
    ("customer a list", "POST", "/v1/orders", changed(customer=["anna"]), 400, "invalid_payload"),
    ("metadata a text", "POST", "/v1/orders", changed(metadata="x"), 400, "invalid_payload"),
    ("long source id", "POST", "/v1/orders", changed(source_id="x" * 5000), 400, "invalid_payload"),
    ("discount > amount", "POST", "/v1/orders", changed(discount_amount=101), 400, "invalid_order"),
    ("unknown customer", "POST", "/v1/orders",
     changed(customer={"id": "cust_" + "0" * 32}), 404, "not_found"),
    ("unknown order", "PUT", "/v1/orders/ord_" + "0" * 32, {"status": "PAID"}, 404, "not_found"),
    ("return nothing", "POST", "/v1/orders/OK-1/returns", {"items": []}, 400, "invalid_payload"),
    ("return -1", "POST", "/v1/orders/OK-1/returns",
     {"items": [{"source_id": "mug", "quantity": -1}]}, 400, "invalid_payload"),
    ("return too many", "POST", "/v1/orders/OK-1/returns",
     {"items": [{"source_id": "mug", "quantity": 3}]}, 400, "invalid_order"),
    ("return other", "POST", "/v1/orders/OK-1/returns",
     {"items": [{"source_id": "cup", "quantity": 1}]}, 404, "not_found"),
    ("unknown member", "POST", "/v1/loyalties/members/NOBODY/balance", {"points": 5}, 404,
     "not_found"),
    ("no points", "POST", "/v1/loyalties/members/{code}/balance", {}, 400, "invalid_payload"),
    ("0 points", "POST", "/v1/loyalties/members/{code}/balance", {"points": 0}, 400,
     "invalid_payload"),
    ("huge points", "POST", "/v1/loyalties/members/{code}/balance", {"points": HUGE}, 400,
     "invalid_payload"),
    ("points overflow", "POST", "/v1/loyalties/members/{code}/balance", {"points": HUGE - 1}, 400,
     None),
    ("more than there is", "POST", "/v1/loyalties/members/{code}/balance", {"points": -(HUGE - 1)},
     400, "loyalty_card_points_exceeded"),
    ("no date", "POST", "/v1/loyalties/members/{code}/balance",
     {"points": 5, "expiration_type": "CUSTOM_DATE", "expiration_date": "2030-02-30"}, 400,
     "invalid_payload"),
    ("unknown reward", "POST", "/v1/loyalties/members/{code}/redemption",
     {"reward": {"id": "rew_" + "0" * 32}}, 404, "not_found"),
    ("no reward", "POST", "/v1/loyalties/members/{code}/redemption", {}, 400, "invalid_payload"),
    ("too dear", "POST", "/v1/loyalties/members/{code}/redemption", {"reward": {"id": "{reward}"}},
     400, "loyalty_card_points_exceeded"),
    ("unknown redemption", "POST", "/v1/redemptions/r_" + "0" * 32 + "/rollback", {}, 404,
     "not_found"),
    ("nobody's event", "POST", "/v1/events", {"event": "hello"}, 400, "invalid_payload"),
    ("nameless event", "POST", "/v1/events", {"event": "", "customer": {"source_id": "m"}}, 400,
     "invalid_payload"),
    ("unknown program", "POST", "/v1/loyalties/camp_" + "0" * 32 + "/members",
     {"customer": {"source_id": "m"}}, 404, "not_found"),
    ("member without customer", "POST", "/v1/loyalties/{campaign}/members", {}, 400,
     "invalid_payload"),
    ("limit a word", "GET", "/v1/orders?limit=many", None, 400, "invalid_query_params"),
    ("limit 0", "GET", "/v1/orders?limit=0", None, 400, "invalid_query_params"),
    ("limit -1", "GET", "/v1/orders?limit=-1", None, 400, "invalid_query_params"),
    ("limit huge", "GET", f"/v1/orders?limit={10**30}", None, 400, "invalid_query_params"),
    ("page huge", "GET", "/v1/orders?page=100000", None, 400, "page_over_limit"),
    ("order by nothing", "GET", "/v1/orders?order=colour", None, 400, "invalid_query_params"),
    ("half a percent", "GET", "/v1/orders/%E0%A4%A", None, 400, None),
    ("no such route", "GET", "/v1/nothing", None, 404, "not_found"),
]


class BadInput(TestCase):
    def begin(self, kind, flags=()):
        self.store = Store(self, kind, flags)
        self.client = self.store.start()
        self.campaign = loyalty(self.client)
        self.reward = material_reward(self.client, self.campaign, 1000)
        self.client.need("POST", "/v1/orders", order("OK-1", "anna", items=[line("mug", 2, 1000)]))
        self.code = card_of(self.client, self.campaign, "anna")["code"]
        self.before = counts(self.client, self.campaign)

    def end(self):
        self.assertEqual(counts(self.client, self.campaign), self.before)
        self.assertEqual(balance(self.client.need("GET", f"/v1/loyalties/members/{self.code}")), 20)
        self.assertEqual(self.store.stop_and_verify()["entries"], 1)

    def filled(self, text):
        return (text.replace("{code}", self.code).replace("{campaign}", self.campaign)
                .replace("{reward}", self.reward))

    @each_database
    def test_bodies_and_ids(self, kind):
        self.begin(kind)
        for name, method, path, body, status, key in BODIES:
            with self.subTest(name):
                if isinstance(body, dict):
                    body = self.filled(json.dumps(body)).encode()
                answer = self.client.call(method, self.filled(path), body)
                self.check_error(answer, status, key)
        self.end()

    def test_every_mistake_of_a_body_is_named(self):
        self.begin("sqlite")
        answer = self.client.post("/v1/orders", {
            "amount": "x", "status": "NO", "items": [{"quantity": -1}, {"price": 1.5}]})
        errors = self.check_error(answer, 400, "invalid_payload")["errors"]
        self.assertEqual({error["pointer"] for error in errors},
                         {"/amount", "/status", "/items/0/quantity", "/items/1/price"})
        self.end()

    def test_points_out_of_range_change_nothing(self):
        """Two rules of which the first fits and the second does not: neither counts."""
        store = Store(self, "sqlite")
        client = store.start()
        campaign = loyalty(client)
        client.need("POST", f"/v1/loyalties/{campaign}/earning-rules", [
            {"name": "Too good", "event": "order.paid", "active": True,
             "loyalty": {"type": "PROPORTIONAL", "calculation_type": "ORDER_AMOUNT",
                         "order": {"amount": {"every": 1, "points": 9007199254740991}}}}])
        before = counts(client, campaign)
        self.check_error(client.post("/v1/orders", order("BAD", "mallory", HUGE - 1), key="k"), 400,
                         "points_out_of_range")
        self.assertEqual(counts(client, campaign), before)
        self.check_error(client.get("/v1/orders/BAD"), 404, "not_found")
        self.check_error(client.get("/v1/customers/mallory"), 404, "not_found")
        # One piece of the smallest coin fits, and then the card is full.
        self.assertEqual(client.post("/v1/orders", order("OK", "anna", 1)).status, 200)
        card = card_of(client, campaign, "anna")
        self.assertEqual(balance(card), HUGE - 1)
        answer = client.post("/v1/orders", order("MORE", "anna", 1))
        self.assertEqual(answer.status, 400, answer)
        self.check_error(answer, 400)
        answer = client.post(f"/v1/loyalties/members/{card['code']}/balance", {"points": 1})
        self.check_error(answer, 400)
        self.assertEqual(balance(card_of(client, campaign, "anna")), HUGE - 1)
        self.assertEqual(store.stop_and_verify()["entries"], 1)

    def raw(self, data, answers=1):
        with Raw(self.store.servers[0].port) as raw:
            raw.send(data)
            got = [raw.answer() for _ in range(answers)]
        self.assertNotIn(None, got, data[:200])
        return [Answer(status, headers, body) for status, headers, body in got]

    def test_raw_requests(self):
        self.begin("sqlite")
        keys = self.client.headers
        order_body = json.dumps(ORDER).encode()
        json_type = {**keys, "Content-Type": "application/json"}
        cases = [
            ("bytes in the path", request("GET", b"/v1/orders/\xff\xfe", keys), {400, 404}),
            ("invalid UTF-8 in the path", request("GET", b"/v1/orders/%FF%FE", keys), {400, 404}),
            ("NUL in the path", request("GET", b"/v1/orders/a%00b", keys), {400, 404}),
            ("control in the path", request("GET", b"/v1/ord\x01ers", keys), {400}),
            ("blank in the path", request("GET", b"/v1/a b", keys), {400}),
            ("no path", request("GET", b"v1/orders", keys), {400, 404}),
            ("dots", request("GET", b"/v1/../../etc/passwd", keys), {400, 404}),
            ("invalid UTF-8 in the query", request("GET", b"/v1/orders?order=%FF", keys), {400}),
            ("unknown method", request("BREW", b"/v1/orders", keys), {400, 405, 501}),
            ("text for a length",
             request("POST", b"/v1/orders", {**json_type, "Content-Length": "many"}), {400}),
            ("negative length",
             request("POST", b"/v1/orders", {**json_type, "Content-Length": "-5"}), {400}),
            ("two lengths", request("POST", b"/v1/orders", {
                **json_type, "Content-Length": "5", "content-length": "6"}, b"12345"), {400}),
            ("length and chunks", request("POST", b"/v1/orders", {
                **json_type, "Content-Length": "5", "Transfer-Encoding": "chunked"}, b"0\r\n\r\n"),
             {400}),
            ("unknown coding", request("POST", b"/v1/orders", {
                **json_type, "Transfer-Encoding": "gzip, chunked"}, b"0\r\n\r\n"), {400, 501}),
            ("no chunk", request("POST", b"/v1/orders", {
                **json_type, "Transfer-Encoding": "chunked"}, b"zz\r\n\r\n"), {400}),
            ("header too long", request("GET", b"/v1/orders", {**keys, "X-Long": "x" * 200_000}),
             {400, 431}),
            ("path too long", request("GET", b"/v1/orders/" + b"x" * 200_000, keys), {400, 414, 431}),
            ("no version", b"GET /v1/orders\r\n\r\n", {400, 505}),
            ("another version", b"GET /v1/orders HTTP/3.7\r\n\r\n", {400, 505}),
            ("not HTTP", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 60 + b"\r\n\r\n",
             {400}),
            ("odd type", request("POST", b"/v1/orders", {**keys, "Content-Type": "text/xml"},
                                 b"<order/>"), {400, 415}),
            ("form", request("POST", b"/v1/orders", {
                **keys, "Content-Type": "application/x-www-form-urlencoded"}, b"amount=5"),
             {400, 415}),
            ("too large", request("POST", b"/v1/orders", json_type, b" " * (1 << 20) + order_body),
             {413}),
            ("too large as chunks", request("POST", b"/v1/orders", {
                **json_type, "Transfer-Encoding": "chunked"},
                (b"100000\r\n" + b" " * 0x100000 + b"\r\n") * 2 + b"0\r\n\r\n"), {413}),
            ("declared too large", request("POST", b"/v1/orders", {
                **json_type, "Content-Length": str(1 << 40)}), {413}),
            ("long Idempotency-Key", request("POST", b"/v1/orders", {
                **json_type, "Idempotency-Key": "k" * 300}, order_body), {400}),
            ("empty Idempotency-Key", request("POST", b"/v1/orders", {
                **json_type, "Idempotency-Key": ""}, order_body), {400}),
        ]
        for name, data, statuses in cases:
            with self.subTest(name):
                [answer] = self.raw(data)
                self.assertIn(answer.status, statuses, answer)
                self.check_error(answer, answer.status)
        self.end()

    def test_a_body_that_is_too_slow(self):
        self.begin("sqlite", ["--body-timeout-ms", "300", "--header-timeout-ms", "300"])
        json_type = {**self.client.headers, "Content-Type": "application/json"}
        [answer] = self.raw(request("POST", b"/v1/orders", {**json_type, "Content-Length": "500"},
                                    b'{"source_id":"BAD"'))
        self.check_error(answer, 408)
        [answer] = self.raw(b"POST /v1/orders HTTP/1.1\r\nHost: x\r\nX-App-")
        self.check_error(answer, 408)
        self.client.close()
        self.end()

    def test_wrong_methods(self):
        """405 with what is allowed, on every path of the description."""
        self.begin("sqlite")
        paths = self.client.need("GET", "/openapi.json")["paths"]
        known = {"get", "post", "put", "delete", "patch"}
        refused = 0
        for path, operations in paths.items():
            there = {name for name in operations if name in known}
            real = "/".join("x" if part.startswith("{") else part for part in path.split("/"))
            for method in sorted(known - there):
                answer = self.client.call(method.upper(), real)
                if answer.status != 405:  # then another pattern takes this path
                    self.check_error(answer, answer.status)
                    continue
                refused += 1
                self.check_error(answer, 405, "method_not_allowed")
                allowed = {word.strip().lower() for word in answer.headers["Allow"].split(",")}
                self.assertLessEqual(there, allowed, (method, path))
                self.assertNotIn(method, allowed)
        self.assertGreater(refused, 2 * len(paths))
        self.check_error(self.client.call("DELETE", "/v1/orders"), 405, "method_not_allowed")
        self.check_error(self.client.call("PATCH", "/v1/customers/anna"), 405, "method_not_allowed")
        self.end()

    @each_database
    def test_one_number_is_one_paper(self, kind):
        """An order and a return may share a number: neither is swallowed by the other."""
        store = Store(self, kind)
        client = store.start()
        campaign = loyalty(client)
        for name in ("A", "B"):
            client.need("POST", "/v1/orders", order(name, name, items=[line("mug", 3, 1000)]))
        back = {"items": [{"source_id": "mug", "quantity": 1}]}
        client.need("POST", "/v1/orders/A/returns", {"source_id": "R", **back})
        self.assertTrue(client.need("POST", "/v1/orders/A/returns",
                                    {"source_id": "R", **back})["repeated"])
        self.check_error(client.post("/v1/orders/B/returns", {"source_id": "R", **back}), 400,
                         "duplicate_source_id")
        self.assertFalse(client.need("POST", "/v1/orders/A/returns",
                                     {"source_id": "A", **back})["repeated"])
        made = client.need("POST", "/v1/orders", order("R", "C", 5000))
        self.assertEqual((made["source_id"], made["amount"]), ("R", 5000))
        self.assertTrue(client.need("POST", "/v1/orders/A/returns",
                                    {"source_id": "R", **back})["repeated"])
        # A number that was only tried is free.
        self.check_error(client.post("/v1/orders", {"source_id": "TRIED", "status": "PAID",
                                                    "amount": 1, "discount_amount": 2}), 400)
        again = client.need("POST", "/v1/orders/B/returns", {"source_id": "TRIED", **back})
        self.assertEqual((again["repeated"], again["points"]), (False, 10))
        self.assertTrue(client.need("POST", "/v1/orders/B/returns",
                                    {"source_id": "TRIED", **back})["repeated"])
        client.need("POST", "/v1/orders", order("TRIED", "C", 5000))
        self.assertEqual([balance(card_of(client, campaign, name)) for name in "ABC"], [10, 20, 100])
        self.assertEqual(client.need("GET", "/v1/orders")["total"], 4)
        store.stop_and_verify()

    @each_database
    def test_ids_with_odd_characters(self, kind):
        """A shop's own ids may hold anything: they come back as they went in."""
        store = Store(self, kind)
        client = store.start()
        campaign = loyalty(client)
        names = ["a/b", "50%", "#1", "two words", "a+b", "a?b=c&d", "ü–漢字-🙂", "..", ".", "%2F",
                 "a;b,c", "\"quoted\" 'too'", "tab\there", "ord_123", "<b>", "a\\b", "x" * 253]
        for number, name in enumerate(names):
            with self.subTest(name):
                made = client.need("POST", "/v1/orders",
                                   order(f"O {name}", name, items=[line(name, 2, 1000)]))
                shown = client.need("GET", f"/v1/orders/{quoted('O ' + name)}")
                self.assertEqual((shown["id"], shown["source_id"]), (made["id"], "O " + name))
                self.assertEqual(client.need("GET", f"/v1/customers/{quoted(name)}")["source_id"],
                                 name)
                client.need("POST", f"/v1/loyalties/{campaign}/members",
                            {"customer": {"source_id": name}})
                card = card_of(client, campaign, name)
                self.assertEqual(balance(card), 20)
                back = client.need("POST", f"/v1/orders/{quoted('O ' + name)}/returns", {
                    "source_id": f"R {name}", "items": [{"source_id": name, "quantity": 1}]})
                self.assertEqual(back["points"], 10)
                code = f"C{number} {name}"[:255]
                client.need("POST", f"/v1/loyalties/{campaign}/members",
                            {"voucher": code, "customer": {"source_id": f"second {number}"}})
                self.assertEqual(client.need("GET", f"/v1/loyalties/members/{quoted(code)}")["code"],
                                 code)
        self.assertEqual(client.need("GET", "/v1/orders")["total"], len(names))
        self.assertEqual(store.stop_and_verify()["points"], 10 * len(names))

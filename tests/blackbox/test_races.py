"""Many at once: exactly once, exactly N. On PostgreSQL against two servers of one database."""
import collections
import time

from harness import (Store, TestCase, balance, card_of, each_database, line, loyalty,
                     material_reward, order, together, transactions)


def outcomes(answers):
    return collections.Counter((answer.status, answer.key) for answer in answers)


class Races(TestCase):
    def begin(self, kind):
        """A store with two servers where the database allows it; each thread keeps to one."""
        store = Store(self, kind)
        client = store.start(servers=2 if kind == "postgresql" else 1)
        return store, client

    def at_once(self, client, count, work):
        def one(number):
            client.use_server(number)
            try:
                return work(number)
            finally:
                client.close()
        return together(count, one)

    def funded(self, client, campaign, name, points):
        answer = client.post("/v1/orders", order(f"fund-{name}", name, points * 100))
        self.assertEqual(answer.status, 200, answer)
        card = card_of(client, campaign, name)
        self.assertEqual(balance(card), points)
        return card["code"]

    @each_database
    def test_one_order_delivered_ten_times_at_once_earns_once(self, kind):
        store, client = self.begin(kind)
        campaign = loyalty(client)
        for round_number in range(5):
            who = f"anna-{round_number}"
            answers = self.at_once(client, 10, lambda n: client.post(
                "/v1/orders", order(f"POS-{round_number}", who, 12345)))
            self.assertEqual(outcomes(answers), {(200, ""): 10})
            self.assertEqual(len({answer.json["id"] for answer in answers}), 1)
            card = card_of(client, campaign, who)
            self.assertEqual(balance(card), 123)
            self.assertEqual(len(transactions(client, card["code"])), 1)
        self.assertEqual(client.need("GET", "/v1/orders")["total"], 5)
        self.assertEqual(client.need("GET", "/v1/customers")["total"], 5)
        self.assertEqual(store.stop_and_verify(),
                         {"cards": 5, "entries": 5, "points": 5 * 123, "pending": 0})

    @each_database
    def test_one_order_under_ten_idempotency_keys_earns_once(self, kind):
        store, client = self.begin(kind)
        campaign = loyalty(client)
        answers = self.at_once(client, 10, lambda n: client.post(
            "/v1/orders", order("POS-1", "anna", 5000), key=f"key-{n}"))
        self.assertEqual(outcomes(answers), {(200, ""): 10})
        self.assertEqual([a for a in answers if a.headers.get("Idempotency-Replayed")], [])
        self.assertEqual(balance(card_of(client, campaign, "anna")), 50)
        self.assertEqual(store.stop_and_verify()["entries"], 1)

    @each_database
    def test_one_idempotency_key_is_one_order(self, kind):
        """Without a source_id only the key tells that it is the same."""
        store, client = self.begin(kind)
        campaign = loyalty(client)
        body = {"status": "PAID", "amount": 700, "customer": {"source_id": "bob"}}
        answers = self.at_once(client, 10, lambda n: client.post("/v1/orders", body, key="one"))
        self.assertEqual(outcomes(answers), {(200, ""): 10})
        self.assertEqual(len({answer.body for answer in answers}), 1)
        replayed = [a.headers.get("Idempotency-Replayed") for a in answers]
        self.assertEqual(collections.Counter(replayed), {None: 1, "true": 9})
        self.assertEqual(client.need("GET", "/v1/orders")["total"], 1)
        self.assertEqual(balance(card_of(client, campaign, "bob")), 7)
        self.assertEqual(store.stop_and_verify()["points"], 7)

    @each_database
    def test_another_body_under_the_same_key_is_refused(self, kind):
        store, client = self.begin(kind)
        campaign = loyalty(client)
        answers = self.at_once(client, 10, lambda n: client.post(
            "/v1/orders", {"status": "PAID", "amount": 100 * (n + 1),
                           "customer": {"source_id": "bob"}}, key="one"))
        self.assertEqual(outcomes(answers), {(200, ""): 1, (409, "idempotency_key_reused"): 9})
        winner = next(a for a in answers if a.status == 200)
        self.assertEqual(balance(card_of(client, campaign, "bob")), winner.json["amount"] // 100)
        self.check_error(client.post("/v1/orders", order("x", "bob", 1), key="one"), 409,
                         "idempotency_key_reused")
        self.assertEqual(client.need("GET", "/v1/orders")["total"], 1)
        self.check_error(client.post("/v1/orders", order("y", "carla", 1), key="one"), 409,
                         "idempotency_key_reused")
        store.stop_and_verify()

    @each_database
    def test_one_key_for_ten_subjects_at_once_is_one_order(self, kind):
        store, client = self.begin(kind)
        loyalty(client)
        answers = self.at_once(client, 10, lambda n: client.post(
            "/v1/orders", {"status": "PAID", "amount": 100,
                           "customer": {"source_id": f"c{n}"}}, key="shared"))
        self.assertEqual(outcomes(answers), {(200, ""): 1, (409, "idempotency_key_reused"): 9})
        self.assertEqual(client.need("GET", "/v1/orders")["total"], 1)
        self.assertEqual(store.stop_and_verify()["points"], 1)

    @each_database
    def test_one_name_is_given_once(self, kind):
        """Definitions with a unique name, made at once by all servers."""
        store, client = self.begin(kind)
        for path, body in [("/v1/product-collections", {"name": "All", "type": "STATIC", "products": []}),
                           ("/v1/categories", {"name": "Welcome", "hierarchy": 1}),
                           ("/v1/loyalties", {"name": "Circle", "voucher": {
                               "type": "LOYALTY_CARD", "loyalty_card": {"points": 0}}})]:
            with self.subTest(path):
                answers = self.at_once(client, 8, lambda n: client.post(path, body))
                self.assertEqual(outcomes(answers), {(200, ""): 1, (409, "duplicate_found"): 7})
        store.stop_and_verify()

    @each_database
    def test_200_redemptions_of_the_last_10_pieces(self, kind):
        store, client = self.begin(kind)
        campaign = loyalty(client)
        reward = material_reward(client, campaign, 30, stock=10)
        codes = [self.funded(client, campaign, f"m{n}", 100) for n in range(25)]
        began = time.time()
        answers = self.at_once(client, 200, lambda n: client.post(
            f"/v1/loyalties/members/{codes[n % 25]}/redemption", {"reward": {"id": reward}},
            key=f"redeem-{n}"))
        minutes = int(time.time() // 60 - began // 60) + 1
        seen = outcomes(answers)
        self.assertEqual(seen.pop((200, "")), 10, seen)
        self.assertEqual(seen, {(400, "reward_out_of_stock"): 190})
        refused = next(answer for answer in answers if answer.status == 400)
        self.check_error(refused, 400)
        spent = collections.Counter(
            codes[n % 25] for n, answer in enumerate(answers) if answer.status == 200)
        for code in codes:
            card = client.need("GET", f"/v1/loyalties/members/{code}")
            self.assertEqual(balance(card), 100 - 30 * spent[code])
            self.assertEqual(card["redemption"]["redeemed_quantity"], spent[code])
        self.assertEqual(client.need("GET", "/v1/redemptions?result=SUCCESS")["total"], 10)
        # However often a card was refused in a minute: one row.
        kept = client.need("GET", "/v1/redemptions?result=FAILURE")["total"]
        self.assertTrue(25 - 10 <= kept <= 25 * minutes, (kept, minutes))
        shown = client.need("GET", f"/v1/rewards/{reward}")
        self.assertEqual((shown["stock"], shown["redeemed"]), (10, 10))
        # A repeated request of a winner is answered again, and takes nothing.
        winner = next(n for n, answer in enumerate(answers) if answer.status == 200)
        again = client.post(f"/v1/loyalties/members/{codes[winner % 25]}/redemption",
                            {"reward": {"id": reward}}, key=f"redeem-{winner}")
        self.assertEqual((again.status, again.headers.get("Idempotency-Replayed")), (200, "true"))
        self.assertEqual(again.body, answers[winner].body)
        self.assertEqual(store.stop_and_verify()["points"], 25 * 100 - 10 * 30)

    @each_database
    def test_50_redemptions_of_one_card_with_points_for_3(self, kind):
        store, client = self.begin(kind)
        campaign = loyalty(client)
        reward = material_reward(client, campaign, 30)
        code = self.funded(client, campaign, "anna", 95)
        answers = self.at_once(client, 50, lambda n: client.post(
            f"/v1/loyalties/members/{code}/redemption", {"reward": {"id": reward}}))
        self.assertEqual(outcomes(answers),
                         {(200, ""): 3, (400, "loyalty_card_points_exceeded"): 47})
        card = client.need("GET", f"/v1/loyalties/members/{code}")
        self.assertEqual(balance(card), 5)
        self.assertEqual(card["redemption"]["redeemed_quantity"], 3)
        self.assertEqual(store.stop_and_verify()["points"], 5)

    @each_database
    def test_rollbacks_at_once_give_back_once(self, kind):
        store, client = self.begin(kind)
        campaign = loyalty(client)
        reward = material_reward(client, campaign, 30, stock=5)
        code = self.funded(client, campaign, "anna", 50)
        made = client.need("POST", f"/v1/loyalties/members/{code}/redemption",
                           {"reward": {"id": reward}})
        answers = self.at_once(client, 20, lambda n: client.post(
            f"/v1/redemptions/{made['id']}/rollback"))
        self.assertEqual(outcomes(answers), {(200, ""): 1, (400, "already_rolled_back"): 19})
        self.assertEqual(balance(client.need("GET", f"/v1/loyalties/members/{code}")), 50)
        self.assertEqual(client.need("GET", f"/v1/rewards/{reward}")["redeemed"], 0)
        self.assertEqual(store.stop_and_verify()["points"], 50)

    @each_database
    def test_holds_rollbacks_and_redemptions_of_the_last_10_pieces(self, kind):
        """Half of the takers hold; half of what was had is given back while others take."""
        store, client = self.begin(kind)
        campaign = loyalty(client)
        reward = material_reward(client, campaign, 30, stock=10)
        codes = [self.funded(client, campaign, f"m{n}", 300) for n in range(20)]

        def one(number):
            body = {"reward": {"id": reward}}
            if number % 2:
                body["hold_minutes"] = 60
            made = client.post(f"/v1/loyalties/members/{codes[number % 20]}/redemption", body)
            if made.status != 200:
                return (made.status, made.key), None
            done = None
            if number % 4 == 0:
                done = client.post(f"/v1/redemptions/{made.json['id']}/rollback").status
            elif number % 4 == 1:
                done = client.post(f"/v1/redemptions/{made.json['id']}/complete").status
            elif number % 4 == 3:
                done = client.post(f"/v1/redemptions/{made.json['id']}/cancel").status
            return (200, number % 4), done

        answers = self.at_once(client, 120, one)
        self.assertEqual({done for _, done in answers} - {None}, {200})
        seen = collections.Counter(answer for answer, _ in answers)
        kept = seen[200, 1] + seen[200, 2]
        self.assertLessEqual(kept, 10)
        self.assertEqual(sum(seen.values()), 120)
        self.assertLessEqual({key for key in seen if key[0] != 200},
                             {(400, "reward_out_of_stock")})
        # Whatever is left can be had, and not one piece more.
        shown = client.need("GET", f"/v1/rewards/{reward}")
        self.assertEqual(shown["redeemed"], kept)
        more = self.at_once(client, 20, lambda n: client.post(
            f"/v1/loyalties/members/{codes[n]}/redemption", {"reward": {"id": reward}}))
        self.assertEqual(outcomes(more)[200, ""], 10 - kept)
        self.assertEqual(store.stop_and_verify()["points"], 20 * 300 - 10 * 30)

    @each_database
    def test_one_hold_completed_and_canceled_at_once_is_one_of_both(self, kind):
        store, client = self.begin(kind)
        campaign = loyalty(client)
        reward = material_reward(client, campaign, 30, stock=5)
        code = self.funded(client, campaign, "anna", 100)
        left = 100
        for _ in range(5):
            made = client.need("POST", f"/v1/loyalties/members/{code}/redemption",
                               {"reward": {"id": reward}, "hold": True})
            answers = self.at_once(client, 10, lambda n: client.post(
                f"/v1/redemptions/{made['id']}/{'complete' if n % 2 else 'cancel'}"))
            status = client.need("GET", f"/v1/redemptions/{made['id']}")["fulfilment"]["status"]
            won = 5 if status == "COMPLETED" else 1  # completing again changes nothing
            self.assertEqual(outcomes(answers)[200, ""], won, outcomes(answers))
            left -= 30 if status == "COMPLETED" else 0
            self.assertEqual(balance(client.need("GET", f"/v1/loyalties/members/{code}")), left)
            if left < 30:
                break
        self.assertEqual(client.need("GET", f"/v1/rewards/{reward}")["redeemed"],
                         (100 - left) // 30)
        self.assertEqual(store.stop_and_verify()["points"], left)

    @each_database
    def test_returns_of_one_line_at_once(self, kind):
        """Five were bought; twenty want one each. The order is named by id and by source id."""
        store, client = self.begin(kind)
        campaign = loyalty(client)
        made = client.need("POST", "/v1/orders",
                           order("POS-1", "anna", items=[line("mug", 5, 1000)]))
        names = ["POS-1", made["id"]]
        answers = self.at_once(client, 20, lambda n: client.post(
            f"/v1/orders/{names[n // 2 % 2]}/returns",
            {"source_id": f"R-{n}", "items": [{"source_id": "mug", "quantity": 1}]}))
        seen = outcomes(answers)
        self.assertEqual(seen.pop((200, "")), 5, seen)
        self.assertEqual(sum(seen.values()), 15)
        for status, key in seen:
            self.assertIn((status, key), {(400, "invalid_order"), (404, "not_found")})
        self.assertEqual(balance(card_of(client, campaign, "anna")), 0)
        shown = client.need("GET", "/v1/orders/POS-1")
        self.assertEqual((shown["returned_amount"], shown["items"][0]["returned_quantity"]),
                         (5000, 5))
        self.assertEqual(store.stop_and_verify()["points"], 0)

    @each_database
    def test_one_return_delivered_ten_times_at_once(self, kind):
        store, client = self.begin(kind)
        campaign = loyalty(client)
        for number in range(5):
            who = f"anna-{number}"
            made = client.need("POST", "/v1/orders",
                               order(f"POS-{number}", who, items=[line("mug", 10, 1000)]))
            names = [f"POS-{number}", made["id"]]
            answers = self.at_once(client, 10, lambda n: client.post(
                f"/v1/orders/{names[n // 2 % 2]}/returns",
                {"source_id": f"R-{number}", "items": [{"source_id": "mug", "quantity": 1}]}))
            self.assertEqual(outcomes(answers), {(200, ""): 10})
            repeated = collections.Counter(answer.json["repeated"] for answer in answers)
            self.assertEqual(repeated, {False: 1, True: 9})
            self.assertEqual(balance(card_of(client, campaign, who)), 90)
        store.stop_and_verify()

    @each_database
    def test_one_balance_change_delivered_ten_times_at_once(self, kind):
        store, client = self.begin(kind)
        campaign = loyalty(client)
        code = self.funded(client, campaign, "anna", 1)
        answers = self.at_once(client, 10, lambda n: client.post(
            f"/v1/loyalties/members/{code}/balance", {"points": 40, "source_id": "ticket-1"}))
        self.assertEqual(outcomes(answers), {(200, ""): 10})
        self.assertEqual({answer.json["balance"] for answer in answers}, {41})
        # Ten changes that differ, under one source id: one is made, nothing else is claimed to be.
        answers = self.at_once(client, 10, lambda n: client.post(
            f"/v1/loyalties/members/{code}/balance", {"points": n + 1, "source_id": "ticket-2"}))
        won = [n + 1 for n, answer in enumerate(answers) if answer.status == 200]
        self.assertEqual(len(won), 1, outcomes(answers))
        self.assertEqual(outcomes(answers)[(400, "duplicate_source_id")], 9)
        self.assertEqual(balance(client.need("GET", f"/v1/loyalties/members/{code}")), 41 + won[0])
        store.stop_and_verify()

    @each_database
    def test_limits_of_points_are_exact(self, kind):
        """A budget of all members, and a day of one member, with everything at once."""
        store, client = self.begin(kind)
        campaign = loyalty(client)
        rules = f"/v1/loyalties/{campaign}/earning-rules"
        rule = client.need("GET", rules)["data"][0]["id"]
        client.need("PUT", f"{rules}/{rule}", {"limits": {"budget": 105}})
        answers = self.at_once(client, 40, lambda n: client.post(
            "/v1/orders", order(f"B-{n}", f"who-{n}", 1000)))
        self.assertEqual(outcomes(answers), {(200, ""): 40})
        given = sorted(balance(card_of(client, campaign, f"who-{n}")) for n in range(40))
        self.assertEqual(given, [0] * 29 + [5] + [10] * 10)
        client.need("PUT", f"{rules}/{rule}", {"limits": {"budget": None, "per_day": 55}})
        answers = self.at_once(client, 20, lambda n: client.post(
            "/v1/orders", order(f"D-{n}", "anna", 1000)))
        self.assertEqual(outcomes(answers), {(200, ""): 20})
        self.assertEqual(balance(card_of(client, campaign, "anna")), 55)
        store.stop_and_verify()

    @each_database
    def test_cancel_and_return_at_once_take_back_once(self, kind):
        store, client = self.begin(kind)
        campaign = loyalty(client)
        for number in range(5):
            who = f"anna-{number}"
            client.need("POST", "/v1/orders",
                        order(f"POS-{number}", who, items=[line("mug", 2, 1000)]))
            self.at_once(client, 8, lambda n: (
                client.put(f"/v1/orders/POS-{number}", {"status": "CANCELED"}) if n % 2 else
                client.post(f"/v1/orders/POS-{number}/returns",
                            {"items": [{"source_id": "mug", "quantity": 1}]})))
            shown = client.need("GET", f"/v1/orders/POS-{number}")
            self.assertEqual(shown["status"], "CANCELED")
            self.assertEqual(balance(card_of(client, campaign, who)), 0)
        self.assertEqual(store.stop_and_verify()["points"], 0)

    @each_database
    def test_one_customer_everywhere_at_once_gets_one_card(self, kind):
        """Orders, events and a join of a new customer: one customer, one card, all points."""
        store, client = self.begin(kind)
        campaign = loyalty(client)
        client.need("POST", f"/v1/loyalties/{campaign}/earning-rules",
                    [{"name": "Hello", "event": "hello", "active": True,
                      "loyalty": {"type": "FIXED", "points": 5}}])

        def one(number):
            if number % 3 == 0:
                return client.post("/v1/orders", order(f"POS-{number}", "anna", 1000))
            if number % 3 == 1:
                return client.post("/v1/events",
                                   {"event": "hello", "customer": {"source_id": "anna"}})
            return client.post(f"/v1/loyalties/{campaign}/members",
                               {"customer": {"source_id": "anna"}})

        answers = self.at_once(client, 30, one)
        self.assertEqual(outcomes(answers), {(200, ""): 30})
        self.assertEqual(client.need("GET", "/v1/customers")["total"], 1)
        self.assertEqual(client.need("GET", f"/v1/loyalties/{campaign}/members")["total"], 1)
        self.assertEqual(balance(card_of(client, campaign, "anna")), 10 * 10 + 10 * 5)
        self.assertEqual(store.stop_and_verify()["points"], 150)

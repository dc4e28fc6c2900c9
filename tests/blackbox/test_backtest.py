"""Backtests and re-scoring: beside live traffic, and killed on the way."""
from harness import Store, TestCase, buy_beside_a_kill, card_of, each_database, loyalty, order, together, until

MEMBERS = 240


def done(client, job, seconds=120):
    until(lambda: client.need("GET", f"/v1/async-actions/{job}")["status"] in ("DONE", "FAILED"), seconds)
    action = client.need("GET", f"/v1/async-actions/{job}")
    assert action["status"] == "DONE", action
    return action["result"]


def backtest(client, campaign, body, seconds=120):
    job = client.need("POST", f"/v1/loyalties/{campaign}/backtests", body)["id"]
    done(client, job, seconds)
    return client.need("GET", f"/v1/loyalties/{campaign}/backtests/{job}")["result"]


class Backtest(TestCase):
    @each_database
    def test_killed_on_the_way(self, kind):
        store = Store(self, kind)
        client = store.start()
        campaign = loyalty(client)
        rule = client.need("GET", f"/v1/loyalties/{campaign}/earning-rules")["data"][0]["id"]

        def buy(thread):
            own = store.client()
            for number in range(thread, MEMBERS, 8):
                for which in range(3):
                    own.need("POST", "/v1/orders", order(f"{which}-{number}", f"m{number}", 1000 + 100 * number))
            own.close()

        together(8, buy)
        given = sum(3 * (10 + number) for number in range(MEMBERS))
        body = {"from": "2020-01-01", "to": "2100-01-01", "changes": {"earning_rules": [
            {"id": rule, "loyalty": {"order": {"amount": {"every": 100, "points": 3}}}}]}}
        job = client.need("POST", f"/v1/loyalties/{campaign}/backtests", body)["id"]
        store.kill()
        store.serve()
        client = store.client()
        done(client, job)
        result = client.need("GET", f"/v1/loyalties/{campaign}/backtests/{job}")["result"]
        self.assertEqual(result["members"], MEMBERS)
        self.assertEqual(result["orders"], 3 * MEMBERS)
        self.assertEqual(result["as_they_were"]["points"], given)
        self.assertEqual(result["of_the_time"]["points"], given)
        self.assertEqual(result["not_replayed"]["count"], 0)
        self.assertEqual(result["changed"]["points"], 3 * given)
        self.assertEqual(result["affected"]["gain"], MEMBERS)

        # The change is made, and everyone is to have it: killed while it is applied, beside people who buy.
        client.need("PUT", f"/v1/loyalties/{campaign}/earning-rules/{rule}",
                    {"loyalty": {"order": {"amount": {"every": 100, "points": 3}}}})
        job = client.need("POST", f"/v1/loyalties/{campaign}/retier", {"rescore": True})["async_action_id"]
        client = buy_beside_a_kill(store, [order(f"B-{number}", f"m{number}", 5000) for number in range(100, 150)])
        done(client, job, 240)
        for number in range(0, MEMBERS, 7):
            points = 9 * (10 + number) + (150 if 100 <= number < 150 else 0)
            self.assertEqual(card_of(client, campaign, f"m{number}")["loyalty_card"]["balance"], points, number)
        again = client.need("POST", f"/v1/loyalties/{campaign}/retier", {"rescore": True})["async_action_id"]
        points = done(client, again)["points"]
        self.assertEqual((points["gain"], points["lose"], points["decided_anew"]), (0, 0, 0))
        after = backtest(client, campaign, {"from": "2020-01-01", "to": "2100-01-01"})
        self.assertEqual(after["not_replayed"]["count"], 0)
        self.assertEqual(after["as_they_were"]["points"], 3 * given + 50 * 150)
        self.assertEqual(after["difference"]["points"], 0)
        # All that was re-scored comes back with its order.
        client.need("PUT", "/v1/orders/0-7", {"status": "CANCELED"})
        client.need("PUT", "/v1/orders/1-7", {"status": "CANCELED"})
        client.need("PUT", "/v1/orders/2-7", {"status": "CANCELED"})
        self.assertEqual(card_of(client, campaign, "m7")["loyalty_card"]["balance"], 0)
        store.stop_and_verify()

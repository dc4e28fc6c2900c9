"""Re-tiering beside live traffic, killed on the way: everyone ends in the tier of the program, once."""
from harness import Store, TestCase, buy_beside_a_kill, card_of, each_database, loyalty, order, together, until

MEMBERS = 240


class Retier(TestCase):
    @each_database
    def test_a_killed_server_goes_on_where_it_was(self, kind):
        store = Store(self, kind)
        client = store.start()
        campaign = loyalty(client, loyalty_tiers_expiration={
            "qualification_type": "POINTS_IN_PERIOD", "qualification_window": "ALL_TIME"})
        tiers = client.need("POST", f"/v1/loyalties/{campaign}/tiers", [
            {"name": "Low", "points": {"from": 0, "to": 100}}, {"name": "High", "points": {"from": 100}}])

        def buy(thread):
            own = store.client()
            for number in range(thread, MEMBERS, 8):
                own.need("POST", "/v1/orders", order(f"A-{number}", f"m{number}", 100 * number))
            own.close()

        together(8, buy)
        # High was from 100 points: the members 100 and above. Now it is from 150.
        client.need("PUT", f"/v1/loyalties/{campaign}/tiers", [
            {"id": tiers[0]["id"], "points": {"from": 0, "to": 150}},
            {"id": tiers[1]["id"], "points": {"from": 150}}])
        job = client.need("POST", f"/v1/loyalties/{campaign}/retier", {})["async_action_id"]

        # Some buy meanwhile, and reach it again.
        client = buy_beside_a_kill(store, [order(f"B-{number}", f"m{number}", 5000) for number in range(100, 150)])
        until(lambda: client.need("GET", f"/v1/async-actions/{job}")["status"] == "DONE", 240)
        result = client.need("GET", f"/v1/async-actions/{job}")["result"]
        self.assertEqual(result["members"], MEMBERS)
        self.assertLessEqual(result["gain"] + result["lose"], 50)
        self.assertEqual(result["by_hand"], 0)
        for number in range(0, MEMBERS, 7):
            points = number + (50 if 100 <= number < 150 else 0)
            card = card_of(client, campaign, f"m{number}")
            held = client.need("GET", f"/v1/loyalties/members/{card['code']}/tiers")["data"][0]["name"]
            self.assertEqual(held, "High" if points >= 150 else "Low", number)
        again = client.need("POST", f"/v1/loyalties/{campaign}/retier", {})["async_action_id"]
        until(lambda: client.need("GET", f"/v1/async-actions/{again}")["status"] == "DONE", 60)
        result = client.need("GET", f"/v1/async-actions/{again}")["result"]
        self.assertEqual((result["gain"], result["lose"], result["unchanged"]), (0, 0, MEMBERS))
        store.stop_and_verify()

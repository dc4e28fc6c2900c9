"""What must stay the same when the same facts are told otherwise: deliveries in another order or twice,
lines split, everything brought back, another database. PERENNIAL_SEED repeats a run."""
import os
import random

from harness import DATABASES, LONG, Store, TestCase, balance, card_of, loyalty, quoted, transactions

PRODUCTS = {"tea": 333, "cup": 501, "pot": 1999, "coat": 12345}


def basket(chance):
    """Lines of an order: name, quantity, price, discount."""
    out = []
    for name in chance.sample(sorted(PRODUCTS), chance.randint(1, 4)):
        quantity = chance.randint(1, 5)
        price = PRODUCTS[name] + chance.randint(0, 40)
        out.append((name, quantity, price, chance.choice([0, 0, price * quantity // 7])))
    if chance.random() < 0.3:
        out.append(("prod_5h1pp1ng", 1, 490, 0))
    return out


def items_of(lines):
    return [{"source_id": name, "product_id": name, "quantity": quantity, "price": price,
             "discount_amount": discount} for name, quantity, price, discount in lines]


class Metamorphic(TestCase):
    def begin(self, kind):
        store = Store(self, kind)
        client = store.start(sandbox=True)
        campaign = loyalty(client, every=100, points=1)
        client.need("POST", f"/v1/loyalties/{campaign}/earning-rules", [
            {"name": "Goods", "event": "order.paid", "exclude": ["SHIPPING"],
             "loyalty": {"type": "PROPORTIONAL", "calculation_type": "ORDER_TOTAL_AMOUNT",
                         "order": {"total_amount": {"every": 250, "points": 3}}}},
            {"name": "Tea", "event": "order.paid",
             "loyalty": {"type": "PROPORTIONAL", "calculation_type": "ORDER_ITEMS_QUANTITY",
                         "order_items": {"quantity": {"every": 2, "points": 5, "object": "product",
                                                      "id": "tea"}}}},
            {"name": "Formula", "event": "order.paid", "condition": "order.amount >= 5000",
             "pending_points": {"period_type": "DAY", "period_value": 5},
             "loyalty": {"type": "FIXED", "formula": "floor(decimal('0.013') * order.amount)"}}])
        client.need("POST", f"/v1/loyalties/{campaign}/multipliers",
                    {"name": "Coats", "multiplier": 1.37,
                     "condition": "order.items.exists(i, i.product_source_id == 'coat')"})
        return store, client, campaign

    def sums(self, client, campaign, who):
        card = card_of(client, campaign, who)
        if card is None:
            return (0, 0)
        return balance(card), card["loyalty_card"]["pending_points"]

    def place(self, client, name, who, lines, status="PAID"):
        client.need("POST", "/v1/orders", {"source_id": name, "status": status,
                                           "customer": {"source_id": who}, "items": items_of(lines)})

    def life(self, chance, store, client, campaign):
        """The whole story, told in several ways. Returns what must be equal on all databases."""
        told = []
        for number in range(12 if LONG else 4):
            plain, shuffled, split, gone, canceled, again = (
                f"{word}{number}" for word in ("plain", "shuffled", "split", "gone", "canceled", "again"))
            baskets = [basket(chance) for _ in range(3)]
            for at, lines in enumerate(baskets):
                self.place(client, f"{plain}-{at}", plain, lines)
            expected = self.sums(client, campaign, plain)

            # Deliveries in any order, some twice.
            deliveries = [(at, status) for at in range(3)
                          for status in ("CREATED", "PAID", "PAID", "FULFILLED")]
            chance.shuffle(deliveries)
            for at, status in deliveries:
                self.place(client, f"{shuffled}-{at}", shuffled, baskets[at], status)
            self.assertEqual(self.sums(client, campaign, shuffled), expected, deliveries)

            # The same lines, split and in another order.
            for at, lines in enumerate(baskets):
                parts = []
                for name, quantity, price, discount in lines:
                    first = chance.randint(0, quantity)
                    for pieces, less in ((first, discount if first else 0),
                                         (quantity - first, 0 if first else discount)):
                        if pieces:
                            parts.append((name, pieces, price, min(less, pieces * price)))
                # A discount that no longer fits its part changes the order: then it is not split.
                same = sum(part[3] for part in parts) == sum(line[3] for line in lines)
                parts = parts if same else list(lines)
                chance.shuffle(parts)
                self.place(client, f"{split}-{at}", split, parts)
            self.assertEqual(self.sums(client, campaign, split), expected, baskets)

            # Everything comes back, in parts, in any order; some of it before the payment.
            for at, lines in enumerate(baskets):
                pieces = [name for name, quantity, _, _ in lines for _ in range(quantity)]
                chance.shuffle(pieces)
                early = chance.randint(0, len(pieces)) if at == 0 else 0
                self.place(client, f"{gone}-{at}", gone, lines, "CREATED")
                for step, name in enumerate(pieces):
                    if step == early:
                        self.place(client, f"{gone}-{at}", gone, lines)
                    client.need("POST", f"/v1/orders/{quoted(f'{gone}-{at}')}/returns", {
                        "source_id": f"{gone}-{at}-{step}",
                        "items": [{"source_id": name, "quantity": 1}]})
            self.assertEqual(self.sums(client, campaign, gone), (0, 0), baskets)

            # A part comes back, then the order is canceled.
            for at, lines in enumerate(baskets):
                self.place(client, f"{canceled}-{at}", canceled, lines)
                if chance.random() < 0.7:
                    client.need("POST", f"/v1/orders/{quoted(f'{canceled}-{at}')}/returns", {
                        "items": [{"source_id": lines[0][0], "quantity": 1}]})
                client.need("PUT", f"/v1/orders/{quoted(f'{canceled}-{at}')}", {"status": "CANCELED"})
            self.assertEqual(self.sums(client, campaign, canceled), (0, 0), baskets)

            # Told twice: every request again changes nothing.
            def story():
                for at, lines in enumerate(baskets):
                    self.place(client, f"{again}-{at}", again, lines)
                client.need("POST", f"/v1/orders/{quoted(f'{again}-0')}/returns", {
                    "source_id": f"{again}-R", "items": [{"source_id": baskets[0][0][0],
                                                          "quantity": 1}]})
            story()
            code = card_of(client, campaign, again)["code"]
            before = transactions(client, code)
            story()
            self.assertEqual(transactions(client, code), before)

            for who in (plain, shuffled, split, gone, canceled, again):
                card = card_of(client, campaign, who)
                told.append([who, self.sums(client, campaign, who), card and [
                    one["details"]["balance"]["points"]
                    for one in transactions(client, card["code"])]])
        client.need("POST", "/v1/clock/advance", {"days": 6})
        told.append([self.sums(client, campaign, entry[0]) for entry in told])
        store.stop_and_verify()
        return told

    def test_told_otherwise_it_is_the_same(self):
        seed = int(os.environ.get("PERENNIAL_SEED") or random.randrange(1_000_000))
        told = {}
        for kind in DATABASES:
            with self.subTest(database=kind, PERENNIAL_SEED=seed):
                told[kind] = self.life(random.Random(seed), *self.begin(kind))
        if len(told) > 1:
            self.assertEqual(told["sqlite"], told["postgresql"], f"PERENNIAL_SEED={seed}")

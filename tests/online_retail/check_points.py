#!/usr/bin/env python3
"""An independent check of the points that an import of the Online Retail file must give.

    check_points.py FILE.csv[.gz] [--members MEMBERS.csv]

It reads the raw file, not the mapping, and shares no code with the product. Rule checked: 1 point
for each full pound of an order, (a) before any return, (b) after all returns.

Meanings that it assumes (examples/online-retail/mapping.json says the same):
  1. Lines of one InvoiceNo are one order, wherever they stand in the file.
  2. An invoice whose number begins with C is a return; one that begins with A is bookkeeping and
     left out; all others are orders. Invoices without CustomerID give nobody points and take none.
  3. An order with a customer earns on the sum of ALL its lines: goods, postage (POST, DOT, C2),
     manual lines (M), bank charges, lines of price 0. No code is left out.
  4. The amount of a line is quantity x price, rounded to pennies, a half upwards.
  5. The time of an invoice is the earliest of its lines; invoices come in order of time, those of
     the same time in order of their first line in the file.
  6. StockCode is compared in capitals (codes occur in two cases).
  7. Every line of a return, whatever its code, gives back the customer's latest earlier line of
     the code with enough left: one line must suffice; among lines of the same time the later line
     of the file. What finds no line takes nothing back.
  8. What remains of a line is its price x the quantity left, rounded as in 4; points taken back
     from an order = full pounds as decided - full pounds of what remains.
"""
import argparse
import collections
import csv
import gzip
import json
from decimal import ROUND_HALF_UP, Decimal

PENNY = Decimal("0.01")


def pennies(price, quantity):
    return int((price * quantity).quantize(PENNY, rounding=ROUND_HALF_UP) * 100)


class Line:
    def __init__(self, number, code, quantity, price):
        self.number = number
        self.code = code
        self.quantity = quantity
        self.left = quantity
        self.price = price
        self.bought_at = None  # of a line of an order: the order's time


class Invoice:
    def __init__(self, customer):
        self.customer = customer
        self.times = []
        self.lines = []

    def key(self):
        return (min(self.times), self.lines[0].number)

    def amount(self):
        return sum(pennies(line.price, line.quantity) for line in self.lines)

    def amount_left(self):
        return sum(pennies(line.price, line.left) for line in self.lines)

    def amount_left_by_share(self):
        """The other reading of rule 8: the share of the rounded amount. It must not matter here."""
        total = Decimal(0)
        for line in self.lines:
            share = Decimal(pennies(line.price, line.quantity) * line.left) / line.quantity
            total += share.quantize(Decimal(1), rounding=ROUND_HALF_UP)
        return int(total)


def read_invoices(path):
    opener = gzip.open if path.endswith(".gz") else open
    invoices = {}
    with opener(path, "rt", encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        for row in reader:
            number = row["InvoiceNo"]
            if number.startswith("A") or not row["CustomerID"]:
                continue
            invoice = invoices.setdefault(number, Invoice(row["CustomerID"]))
            assert invoice.customer == row["CustomerID"], f"two customers in {number}"
            invoice.times.append(row["InvoiceDate"])
            invoice.lines.append(Line(reader.line_num, row["StockCode"].upper(),
                                      int(row["Quantity"]), Decimal(row["UnitPrice"])))
    return invoices


def find_bought(bought, wanted):
    enough = [line for line in bought if line.left >= wanted]
    return max(enough, key=lambda line: (line.bought_at, line.number), default=None)


def take_returns(invoices, figures):
    """Walks through all invoices in order of time; lowers `left` of what comes back."""
    bought = collections.defaultdict(list)  # (customer, code) -> lines
    for number, invoice in sorted(invoices.items(), key=lambda item: item[1].key()):
        if not number.startswith("C"):
            for line in invoice.lines:
                assert line.quantity > 0, f"line {line.number}"
                line.bought_at = min(invoice.times)
                bought[invoice.customer, line.code].append(line)
            continue
        matched = 0
        for line in invoice.lines:
            assert line.quantity < 0, f"line {line.number}"
            source = find_bought(bought[invoice.customer, line.code], -line.quantity)
            if source is None:
                figures["unmatched_lines"] += 1
                figures["unmatched_pennies"] += pennies(line.price, -line.quantity)
                continue
            source.left += line.quantity
            matched += 1
        figures["matched_lines"] += matched
        whole = "whole" if matched == len(invoice.lines) else "part" if matched else "not"
        figures[f"returns_matched_{whole}"] += 1


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("file")
    parser.add_argument("--members", help="write customer,points_before,points_after here")
    arguments = parser.parse_args()

    invoices = read_invoices(arguments.file)
    orders = {n: i for n, i in invoices.items() if not n.startswith("C")}
    returns = {n: i for n, i in invoices.items() if n.startswith("C")}
    figures = dict.fromkeys(
        ["matched_lines", "unmatched_lines", "unmatched_pennies", "returns_matched_whole",
         "returns_matched_part", "returns_matched_not"], 0)
    take_returns(invoices, figures)

    before = collections.Counter()
    after = collections.Counter()
    differ = 0
    for order in orders.values():
        before[order.customer] += order.amount() // 100
        after[order.customer] += order.amount_left() // 100
        differ += order.amount_left() != order.amount_left_by_share()

    if arguments.members:
        with open(arguments.members, "w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(["customer", "points_before", "points_after"])
            for customer in sorted(before):
                writer.writerow([customer, before[customer], after[customer]])

    print(json.dumps({
        "orders": len(orders),
        "order_lines": sum(len(i.lines) for i in orders.values()),
        "customers": len(before),
        "order_pennies": sum(i.amount() for i in orders.values()),
        "returns": len(returns),
        "return_lines": sum(len(i.lines) for i in returns.values()),
        "returned_pennies": -sum(i.amount() for i in returns.values()),
        **figures,
        "remaining_pennies": sum(i.amount_left() for i in orders.values()),
        "orders_where_readings_of_8_differ": differ,
        "points_before": sum(before.values()),
        "points_after": sum(after.values()),
        "points_taken_back": sum(before.values()) - sum(after.values()),
        "members_who_lose_points": sum(1 for c in before if before[c] != after[c]),
    }, indent=2))


if __name__ == "__main__":
    main()

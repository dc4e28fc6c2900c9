#!/usr/bin/env python3
"""Makes a small shop file in the shape of Online Retail, with all its oddities.

    generate.py [--orders 300] [--seed 1] > FILE.csv

The same numbers give the same bytes. For machines without the real file. Beyond the real one it
has an order whose lines stand far apart, line breaks in a name, and orders of one minute that
interleave.
"""
import argparse
import datetime
import random
import sys

COUNTRIES = ["United Kingdom"] * 8 + ["Germany", "France", "EIRE", "Unspecified"]
GIFT_CARDS = [("gift_0001_10", "Dotcomgiftshop Gift Voucher £10.00", "8.33"),
              ("gift_0001_20", "Dotcomgiftshop Gift Voucher £20.00", "16.67")]


class Shop:
    def __init__(self, orders, seed):
        self.random = random.Random(seed)
        self.orders = orders
        self.now = datetime.datetime(2010, 12, 1, 8, 26)
        self.number = 536365
        self.rows = []
        self.bought = []  # (customer, code, quantity, price, country)
        self.products = self.make_products()
        self.countries = {}

    def pick(self, things):
        return things[self.random.randrange(len(things))]

    def chance(self, percent):
        return self.random.randrange(100) < percent

    def make_products(self):
        nouns = ["MUG", "T-LIGHT HOLDER", "BUNTING", "CAKE STAND", 'CLOCK 10" WIDE', "LUNCH, BOX"]
        products = []
        for i in range(60):
            code = f"{21000 + 37 * i}"
            if i % 4 == 0:
                code += self.pick(["A", "B", "BL"])
            name = f"{self.pick(['RED', 'BLUE', 'SET OF 6', 'VINTAGE'])} {nouns[i % len(nouns)]}"
            products.append((code, name, f"{self.random.randrange(19, 1295) / 100:.2f}"))
        return products

    def row(self, invoice, code, name, quantity, price, customer, country, time=None):
        self.rows.append((invoice, code, name, quantity, time or self.now, price, customer,
                          country))

    def next_invoice(self, prefix=""):
        self.number += self.pick([1, 1, 1, 2])
        self.now += datetime.timedelta(minutes=self.pick([0, 1, 3, 40, 400]))
        return f"{prefix}{self.number}"

    def customer(self):
        name = str(12346 + self.random.randrange(60))
        country = self.countries.setdefault(name, self.pick(COUNTRIES))
        return name, country

    def goods(self, invoice, customer, country, lines, may_be_free=True):
        for _ in range(lines):
            code, name, price = self.pick(self.products)
            quantity = self.pick([1, 1, 2, 3, 6, 12, 24])
            if may_be_free and self.chance(1):
                price = "0"
            if code[-1].isalpha() and self.chance(20):
                code = code.lower()
            self.row(invoice, code, name, quantity, price, customer, country)
            if customer:
                self.bought.append((customer, code, quantity, price, country))

    def order(self):
        invoice = self.next_invoice()
        customer, country = ("", "United Kingdom") if self.chance(20) else self.customer()
        start = len(self.rows)
        self.goods(invoice, customer, country, self.pick([1, 2, 4, 7]), customer != "")
        if self.chance(20):
            code, name, price = self.pick([("POST", "POSTAGE", "18"), ("C2", "CARRIAGE", "50"),
                                           ("DOT", "DOTCOM POSTAGE", "11.17")])
            self.row(invoice, code, name, 1, price, customer, country)
        if self.chance(8):
            price = self.pick(["0.39", "1.25", "15"])
            self.row(invoice, "M", "Manual", 1, price, customer, country)
        if self.chance(4):
            self.row(invoice, "PADS", "PADS TO MATCH ALL CUSHIONS", 1, "0.001", customer, country)
        if not customer and self.chance(30):
            self.row(invoice, *self.pick_gift_card(), customer, country)
        if self.chance(5):  # the rest of the order was entered a minute later
            for i in range(start + 1, len(self.rows)):
                self.rows[i] = self.rows[i][:4] + (self.now + datetime.timedelta(minutes=1),) + \
                    self.rows[i][5:]

    def pick_gift_card(self):
        code, name, price = self.pick(GIFT_CARDS)
        return code, name, self.pick([1, 1, 2]), price

    def fee_order(self):
        invoice = self.next_invoice()
        customer, country = self.customer()
        self.row(invoice, "BANK CHARGES", "Bank Charges", 1, "15", customer, country)
        self.row(invoice, "BANK CHARGES", "Bank Charges", 1, "0.001", customer, country)

    def return_invoice(self):
        invoice = self.next_invoice("C")
        if self.chance(10) or not self.bought:
            self.nobodys_return(invoice)
            return
        customer, _, _, _, country = self.pick(self.bought)
        own = [line for line in self.bought if line[0] == customer]
        for _ in range(self.pick([1, 1, 2, 3])):
            _, code, quantity, price, _ = self.pick(own)
            back = self.pick([1, quantity, quantity, max(1, quantity // 2), quantity + 1])
            self.row(invoice, code.upper(), "", -back, price, customer, country)
        if self.chance(20):
            code, name, price = self.pick([
                ("D", "Discount", "27.5"), ("CRUK", "CRUK Commission", "1.6"),
                ("POST", "POSTAGE", "18"), ("M", "Manual", "1.25")])
            self.row(invoice, code, name, -1, price, customer, country)

    def nobodys_return(self, invoice):
        code, name, price = self.pick([
            ("S", "SAMPLES", "12.95"), ("AMAZONFEE", "AMAZON FEE", "13541.33"),
            ("BANK CHARGES", "Bank Charges", "16.8")])
        self.row(invoice, code, name, -1, price, "", "United Kingdom")

    def stock_correction(self):
        invoice = self.next_invoice()
        code, _, _ = self.pick(self.products)
        name = self.pick(["", "", "check", "damaged", "found", "?", "thrown away"])
        self.row(invoice, code, name, self.pick([-1, -10, -240, 12, 50]), "0", "", "United Kingdom")

    def bad_debt(self):
        for price in ["11062.06", "-11062.06", "-11062.06"]:
            self.row(self.next_invoice("A"), "B", "Adjust bad debt", 1, price, "", "United Kingdom")

    def interleaved(self):
        first, second = self.next_invoice(), str(self.number + 1)
        self.number += 1
        for invoice in [first, second, first]:
            self.row(invoice, "22139", "RETROSPOT TEA SET\nCERAMIC 11 PC", 4, "4.25", "12346",
                     "United Kingdom")
        self.now += datetime.timedelta(minutes=1)
        self.row(f"C{self.number + 1}", "22139", "", -3, "4.25", "12346", "United Kingdom")
        self.row(f"C{self.number + 1}", "22139", "", -3, "4.25", "12346", "United Kingdom")
        self.number += 1

    def run(self):
        self.return_invoice()  # of something bought before the file begins
        early = self.next_invoice()
        self.row(early, "22139", "RETROSPOT TEA SET", 1, "4.95", "12347", "Iceland")
        self.countries["12346"] = "United Kingdom"
        self.countries["12347"] = "Iceland"
        for i in range(self.orders):
            self.order()
            if self.chance(18):
                self.return_invoice()
            if self.chance(5):
                self.stock_correction()
            if self.chance(1):
                self.fee_order()
            if i == self.orders // 2:
                self.bad_debt()
                self.interleaved()
        self.fee_order()
        self.row(early, "POST", "POSTAGE", 1, "3.2", "12347", "Iceland")  # far from its other line

    def write(self, out):
        quoted = lambda text: '"' + text.replace('"', '""') + '"'
        out.write('"InvoiceNo","StockCode","Description","Quantity","InvoiceDate","UnitPrice",'
                  '"CustomerID","Country"\n')
        for invoice, code, name, quantity, time, price, customer, country in self.rows:
            out.write(",".join([quoted(invoice), quoted(code), quoted(name), str(quantity),
                                quoted(time.strftime("%Y-%m-%d %H:%M:%S")), price, customer,
                                quoted(country)]) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--orders", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    shop = Shop(arguments.orders, arguments.seed)
    shop.run()
    sys.stdout.reconfigure(encoding="utf-8", newline="\n")
    shop.write(sys.stdout)


if __name__ == "__main__":
    main()

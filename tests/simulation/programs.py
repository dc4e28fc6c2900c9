"""Draws a program, and its edits. A program is what the model reads; shop.py says it in the API's words."""
import copy

PRODUCTS = ("tea", "cup", "pot")
ZONES = ("Europe/Bucharest", "Europe/Berlin", "America/New_York", "America/Santiago",
         "Australia/Lord_Howe", "Africa/Cairo", "Pacific/Auckland", "UTC")


def draw_all(dice):
    """The programs of a project; who is not asked for joins the first one."""
    drawn = [draw(dice) for _ in range(dice.choice([1, 1, 2]))]
    for number, program in enumerate(drawn):
        program["auto_join"] = number == 0 or dice.random() < .5
        program["birthdays"] = drawn[0]["birthdays"]
    return drawn


def draw(dice):
    """A whole program."""
    expiration = draw_expiration(dice)
    rules = [{"name": "Base", "event": "order.paid", "kind": "amount", "every": dice.choice([70, 100, 100]),
              "points": dice.choice([1, 1, 2, 3]), "active": True, "limits": {}}]
    if dice.random() < .5:
        rules.append({"name": "Big", "event": "order.paid", "kind": "fixed", "points": 40,
                      "least_amount": 5000, "active": True, "limits": {}})
    if dice.random() < .5:
        rules.append({"name": "Tea", "event": "order.paid", "kind": "quantity", "product": "tea",
                      "every": 2, "points": 7, "active": True, "limits": {}})
    rules.append({"name": "Review", "event": "review", "kind": "fixed", "points": 15, "active": True,
                  "limits": {}})
    if dice.random() < .5:
        rules.append({"name": "Steps", "event": "review", "kind": "event_value", "every": 10,
                      "points": 3, "active": True, "limits": {}})
    for event in ("customer.birthday", "customer.loyalty.anniversary"):
        if dice.random() < .3:
            rules.append({"name": event, "event": event, "kind": "fixed", "points": 45,
                          "active": True, "limits": {}})
    for rule in rules:
        if rule["event"] == "order.paid" and dice.random() < .35:
            rule["pending"] = dice.choice([1, 7, 14, 30])
        if "inactivity" not in expiration and dice.random() < .25:
            rule["expiration"] = {"period_type": "MONTH", "period_value": dice.choice([0, 1, 3])}
        if not rule["event"].startswith("customer.") and dice.random() < .3:
            rule["limits"] = draw_limits(dice, rule["event"] == "order.paid")
    return {
        "expiration": expiration,
        "initial": dice.choice([0, 0, 0, 25]),
        "debt": dice.random() < .5,
        "rules": rules,
        "limits": dice.choice([{}, {}, {"per_day": 400}, {"per_month": 1500},
                               {"budget": 20000, "per_day": 900}, {"per_order": 200}]),
        "promotions": [{"name": "Day", "event": dice.choice(["order.paid", "review"]),
                        "factor": dice.choice(["2", "1.5", "1.15"]), "active": True,
                        "days": sorted(dice.sample(range(7), dice.randint(1, 4)))}
                       for _ in range(dice.choice([0, 1, 2]))],
        "multiplier_policy": dice.choice(["HIGHEST", "PRODUCT"]),
        "tiers": draw_tiers(dice, rules),
        "birthdays": {f"m{n}": dice.choice([(1, 1), (2, 29), (3, 28), (7, 14), (12, 31)])
                      for n in range(0, 7, 2)},
        "rewards": {"mug": {"price": 50, "stock": dice.choice([3, 10, 30])},
                    "cap": {"price": dice.choice([20, 120]), "stock": None},
                    "cash": {"ratio": dice.choice([10, 100]), "stock": None}},
    }


def draw_limits(dice, of_order):
    spans = ["per_day", "per_week", "per_month", "per_year", "per_member"] + ["per_order"] * of_order
    return {span: dice.choice([60, 150, 500]) for span in dice.sample(spans, dice.randint(1, 2))}


def draw_expiration(dice):
    return copy.deepcopy(dice.choice([
        {},
        {"period_type": "MONTH", "period_value": dice.choice([0, 1, 2, 6, 12])},
        {"period_type": "MONTH", "period_value": dice.choice([1, 3]),
         "rounding_type": dice.choice(["END_OF_MONTH", "END_OF_QUARTER", "END_OF_HALF_YEAR",
                                       "END_OF_YEAR"])},
        {"period_type": "FIXED_DAY_OF_YEAR", "fixed_month": dice.choice([1, 3, 12]),
         "fixed_day": dice.choice([1, 28, 31])},
        {"inactivity": dice.choice(["P2M", "P6M", "P45D"])},
    ]))


def draw_tiers(dice, rules, some=False):
    kinds = ["balance", "period", "period", "window", "all_time"]
    kind = dice.choice(kinds if some else kinds + ["none"])
    if kind == "none":
        return {"counts": "BALANCE", "end": "BALANCE_DROP", "ladder": []}
    counts = "BALANCE" if kind == "balance" else \
        dice.choice(["POINTS", "POINTS", "SPEND", "ORDERS", "TENURE_DAYS"])
    tiers = {"counts": counts, "end": "BALANCE_DROP", "ladder": draw_ladder(dice, counts, rules)}
    if kind == "period":
        tiers["period"] = dice.choice(["MONTH", "QUARTER", "HALF_YEAR", "YEAR"])
        tiers["end"] = dice.choice(["END_OF_PERIOD", "END_OF_NEXT_PERIOD"])
        tiers["starts"] = dice.choice(["IMMEDIATE", "IMMEDIATE", "NEXT_PERIOD"])
    if kind == "window":
        tiers["window"] = dice.choice(["P30D", "P90D", "P6M"])
    if dice.random() < .4:
        tiers["grace"] = dice.choice(["P10D", "P30D"])
    if dice.random() < .5:
        tiers["downgrade"] = dice.choice(["BY_ONE_LEVEL", "NEVER"])
        if tiers["downgrade"] == "BY_ONE_LEVEL" and tiers["end"] == "BALANCE_DROP":
            tiers.setdefault("grace", "P20D")
    return tiers


STEPS = {"spend": [10000, 40000], "orders": [3, 8], "tenure_days": [20, 100]}


def draw_ladder(dice, counts, rules):
    """In some the higher tiers ask for several things, all of them or any."""
    steps = STEPS.get(counts.lower(), [100, 400])
    first = dice.choice([0, 0, steps[0] // 3])
    factors = [{"Base": "1", "Review": "1"}, {"Base": "1.5", "Review": "1"},
               {"Base": "2", "Review": "1.25"}]
    ladder = [{"name": name, "from": least, "factors": factors[number if dice.random() < .7 else 0]}
              for number, (name, least) in enumerate(zip(("Seed", "Leaf", "Tree"), [first] + steps))]
    if counts != "BALANCE" and dice.random() < .3:
        for number, tier in enumerate(ladder[1:]):
            asked = dice.sample(["points", "spend", "orders", "tenure_days"], dice.randint(1, 3))
            tier["requirements"] = {"match": dice.choice(["ALL", "ANY"]), "least": {
                metric: STEPS.get(metric, [100, 400])[number] for metric in asked}}
    return ladder


def asks_for_days(counts, ladder):
    return counts == "TENURE_DAYS" or any("tenure_days" in tier["requirements"]["least"] for tier in ladder
                                          if tier.get("requirements"))


def draw_edit(dice, program):
    """A change of the running program: (what, the part as it is from now on)."""
    what = dice.choice(["rule", "rule", "expiration", "ladder", "promotion", "limit", "debt", "stock"])
    if what == "rule":
        rule = copy.deepcopy(dice.choice(program["rules"]))
        way = dice.choice(["points", "active", "pending"])
        if way == "points":
            rule["points"] = dice.choice([1, 2, 5, 30])
        elif way == "active":
            rule["active"] = not rule["active"]
        elif rule["event"] == "order.paid":
            rule["pending"] = dice.choice([0, 3, 21])
        return {"what": what, "rule": rule}
    if what == "expiration":
        expiration = draw_expiration(dice)
        if any(rule.get("expiration") for rule in program["rules"]) and "inactivity" in expiration:
            expiration = {}
        return {"what": what, "expiration": expiration}
    if what == "ladder" and program["tiers"]["ladder"]:
        ladder = draw_ladder(dice, program["tiers"]["counts"], program["rules"])
        # Days as a member that lie behind turn a tier or don't, as it was last decided: those are re-tiered.
        if not any(asks_for_days(program["tiers"]["counts"], one)
                   for one in (ladder, program["tiers"]["ladder"])):
            return {"what": what, "ladder": ladder}
    if what == "promotion" and program["promotions"]:
        number = dice.randrange(len(program["promotions"]))
        return {"what": what, "number": number, "promotion": {
            **program["promotions"][number], "factor": dice.choice(["3", "1.1", "0.5"]),
            "active": dice.random() < .8}}
    if what == "limit":
        limited = [rule for rule in program["rules"] if rule["limits"]]
        if limited:
            rule = copy.deepcopy(dice.choice(limited))
            rule["limits"] = {span: dice.choice([30, 100, 1000]) for span in rule["limits"]}
            return {"what": "rule", "rule": rule}
    if what == "stock":
        return {"what": what, "reward": "mug", "stock": dice.choice([1, 5, 20, 60])}
    return {"what": "debt", "debt": not program["debt"]}


def apply_edit(program, edit):
    what = edit["what"]
    if what == "rule":
        program["rules"] = [edit["rule"] if rule["name"] == edit["rule"]["name"] else rule
                            for rule in program["rules"]]
    elif what == "expiration":
        program["expiration"] = edit["expiration"]
    elif what == "ladder":
        program["tiers"]["ladder"] = edit["ladder"]
    elif what == "tiers":
        program["tiers"] = edit["tiers"]
    elif what == "promotion":
        program["promotions"][edit["number"]] = edit["promotion"]
    elif what == "stock":
        program["rewards"][edit["reward"]]["stock"] = edit["stock"]
    else:
        program["debt"] = edit["debt"]

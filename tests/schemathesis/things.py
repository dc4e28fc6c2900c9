"""One of each thing of the API, so that made-up requests can name what is there: name of a path
parameter -> ids. Some have a spare: the second id is for what deletes, merges or revokes it."""
import re

from harness import line, loyalty, order


def make(client):
    need = client.need
    program, spare_program = loyalty(client, name="Circle"), loyalty(client, name="Spare")
    base = f"/v1/loyalties/{program}"
    rule = need("GET", f"{base}/earning-rules")["data"][0]["id"]
    late = {"event": "order.paid", "loyalty": {"type": "FIXED", "points": 40},
            "pending_points": {"period_type": "DAY", "period_value": 10}}
    spare_rule = need("POST", f"{base}/earning-rules", [late])[0]["id"]
    tiers = need("POST", f"{base}/tiers", [{"name": "Silver", "points": {"from": 10}},
                                           {"name": "Gold", "points": {"from": 9000}}])
    multipliers = [need("POST", f"{base}/multipliers",
                        {"name": name, "event": "order.paid", "multiplier": 1.5})["id"]
                   for name in ("Tuesday", "Spare")]
    products = [need("POST", "/v1/products", {"source_id": name, "name": name, "price": 500})["id"]
                for name in ("mug", "spoon")]
    skus = [need("POST", f"/v1/products/{products[0]}/skus", {"source_id": name, "sku": name})["id"]
            for name in ("red", "blue")]
    collections = [need("POST", "/v1/product-collections",
                        {"name": name, "type": "STATIC",
                         "products": [{"id": products[0], "object": "product"}]})["id"]
                   for name in ("Kitchen", "Spare")]
    rewards = [need("POST", "/v1/rewards", {"name": name, "type": "MATERIAL", "stock": 5000,
                                            "parameters": {"product": {"id": products[0]}}})["id"]
               for name in ("Mug", "Spare")]
    assignments = [need("POST", f"/v1/rewards/{reward}/assignments",
                        {"campaign": program, "parameters": {"loyalty": {"points": 1}}})["id"]
                   for reward in rewards]
    webhook, spare_webhook = (
        need("POST", "/v1/webhooks", {"target_url": f"http://127.0.0.1:9/{name}", "active": True,
                                      "events": ["customer.order.paid"]})["id"]
        for name in ("one", "two"))
    need("POST", "/v1/customers", {"source_id": "gone"})
    customers = ["anna", "ben", "erased", "merged"]
    orders = []
    for name in customers:
        made = need("POST", "/v1/orders", order(f"O-{name}", name, items=[line("mug", 9, 90000)]))
        orders.append(made["id"])
    for number in range(2):  # more points that pend
        need("POST", "/v1/orders", order(f"O-{number}", "anna", items=[line("mug", 1, 90000)]))
    need("POST", "/v1/events", {"event": "visit", "customer": {"source_id": "anna"}})
    cards = {name: need("GET", f"{base}/members?customer={name}")["vouchers"][0]["code"]
             for name in customers}
    pending = [one["id"] for one in
               need("GET", f"/v1/loyalties/members/{cards['anna']}/pending-points")["data"]]
    redemptions = [need("POST", f"/v1/loyalties/members/{cards['anna']}/redemption",
                        {"reward": {"id": rewards[0]}})["id"] for _ in range(3)]
    exports = [need("POST", "/v1/exports", {"exported_object": "order", "parameters": {}})["id"]
               for _ in range(2)]
    bulk = need("POST", "/v1/customers/bulk/async", [{"source_id": "dora", "name": "Dora"}])
    backtest = need("POST", f"{base}/backtests", {"from": "2026-01-01", "to": "2026-12-31"})["id"]
    project = need("GET", "/v1/project")["id"]
    schemas = f"/management/v1/projects/{project}"
    schema = [need("POST", f"{schemas}/metadata-schemas",
                   {"related_object": kind, "properties": {"size": {"type": "number"}}})["id"]
              for kind in ("campaign", "reward")]
    event_schema = [need("POST", f"{schemas}/custom-event-schemas",
                         {"name": name, "properties": {}})["id"] for name in ("opened", "closed")]
    keys = [need("POST", "/v1/keys", {"name": name, "role": "VIEWER"})["id"] for name in ("a", "b")]
    consents = [need("POST", "/v1/consents", {"name": name})["id"] for name in ("Letter", "Spare")]
    categories = [need("POST", "/v1/categories", {"name": name, "hierarchy": 1})["id"]
                  for name in ("Welcome", "Spare")]
    binned = need("POST", "/v1/products", {"source_id": "binned", "name": "binned"})["id"]
    need("DELETE", f"/v1/products/{binned}")
    bin_entry = need("GET", "/v1/trash-bin")["data"][0]["id"]
    delivery = need("GET", f"/v1/webhooks/{webhook}/deliveries")["data"][0]["id"]
    return {
        "campaignId": [program, spare_program], "memberId": [cards["anna"], cards["ben"]],
        "code": [cards["anna"], cards["ben"]], "loyaltyTierId": [tier["id"] for tier in tiers],
        "earningRuleId": [rule, spare_rule], "multiplierId": multipliers,
        "customerId": ["anna", "gone", "erased", "merged"], "orderId": orders[:2],
        "productId": products, "skuId": skus, "productCollectionId": collections,
        "rewardId": rewards, "assignmentId": assignments, "pendingPointsId": pending,
        "redemptionId": redemptions, "exportId": exports, "webhookId": [webhook, spare_webhook],
        "deliveryId": [delivery], "projectId": [project], "keyId": keys, "categoryId": categories,
        "resource": ["campaign"], "metadataSchemaId": schema, "customEventSchemaId": event_schema,
        "consentId": consents, "binEntryId": [bin_entry],
        "asyncActionId": [bulk["async_action_id"]], "backtestId": [backtest],
    }


# What is asked for with which of the ids, besides the first; by method and a part of the path.
SPARE = [("delete", "", 1), ("post", "permanent-deletion", 2), ("post", "/merge", 3), ("post", "rotate", 1),
         ("post", "/cancel", 1), ("post", "/balance", 2)]


def with_ids(example, ids):
    """The example of a body with the ids of what is there."""
    if isinstance(example, dict):
        return {name: with_ids(value, ids) for name, value in example.items()}
    if isinstance(example, list):
        return [with_ids(value, ids) for value in example]
    if isinstance(example, str) and re.fullmatch(r"[a-z]+_[0-9a-f]{32}", example):
        return ids.get(example.partition("_")[0], example)
    return NAMES.get(example, example) if isinstance(example, str) else example


# Names that the examples of bodies have for what is called otherwise here.
NAMES = {"Club": "Circle", "tote-1": "mug", "CARD-0042": "", "LATTE": "mug"}


def name_them(document, things):
    """The description with the ids as the values of its path parameters and in the examples of bodies;
    beside them one that is not there."""
    real = {one.partition("_")[0]: one for values in things.values() for one in values[:1]
            if re.fullmatch(r"[a-z]+_[0-9a-f]{32}", one)}
    NAMES["CARD-0042"] = things["code"][1]
    for path, item in document["paths"].items():
        for method, operation in item.items():
            for content in operation.get("requestBody", {}).get("content", {}).values():
                content["example"] = with_ids(content["example"], real)
            for parameter in operation.get("parameters", []):
                if path == "/v1/explain" and parameter.get("name") == "order":
                    parameter["example"] = things["orderId"][0]
            at = next((n for verb, part, n in SPARE if verb == method and part in path), 0)
            own = path.rstrip("/").rpartition("{")[2].rstrip("}").partition("}")[0]
            for parameter in operation.get("parameters", []):
                ids = things.get(parameter.get("name")) if parameter.get("in") == "path" else None
                if not ids:
                    continue
                is_own = parameter["name"] == own
                one = ids[min(at if is_own else 0, len(ids) - 1)]
                parameter["schema"] = {"type": "string", "enum": [one, "none-such"]}
                parameter["example"] = one
    return document

"""Metadata schemas, custom event schemas and categories: what is checked, and where."""
from harness import Store, TestCase, each_database, loyalty


class Schemas(TestCase):
    def begin(self, kind="sqlite"):
        self.store = Store(self, kind)
        self.client = self.store.start()
        self.project = self.client.need("GET", "/v1/project")["id"]

    def schema(self, related_object, properties, **more):
        return self.client.need("POST", f"/management/v1/projects/{self.project}/metadata-schemas",
                                {"related_object": related_object, "properties": properties, **more})

    def refused(self, method, path, body, details):
        answer = self.client.call(method, path, body)
        self.check_error(answer, 400, "metadata_validation_failed")
        self.assertEqual(answer.json["details"], details)
        return answer.json

    @each_database
    def test_life(self, kind):
        self.begin(kind)
        made = self.schema("customer", {"segment": {"type": "string", "eq": ["a", "b"]},
                                        "age": {"type": "number", "gte": 18, "lt": 120}})
        self.assertEqual(made["properties"]["segment"],
                         {"type": "string", "array": False, "optional": True, "eq": ["a", "b"]})
        self.assertEqual((made["object"], made["allow_defined_only"]), ("metadata_schema", False))
        base = f"/management/v1/projects/{self.project}/metadata-schemas"
        self.check_error(self.client.post(base, {"related_object": "customer", "properties": {}}),
                         409, "duplicate_found")
        self.assertEqual(self.client.need("GET", "/v1/metadata-schemas/customer"), made)
        listed = self.client.need("GET", "/v1/metadata-schemas")
        self.assertEqual((listed["data_ref"], listed["schemas"], listed["total"]), ("schemas", [made], 1))
        wrong = self.client.put(f"{base}/{made['id']}", {"properties": {
            "x": {"type": "colour"}, "y": {}, "z": {"type": "string", "lt": 1},
            "n": {"type": "number", "eq": ["1"]}}})
        self.assertEqual({one["pointer"] for one in self.check_error(wrong, 400)["errors"]},
                         {"/properties/x/type", "/properties/y/type", "/properties/z/lt",
                          "/properties/n/eq"})
        self.check_error(self.client.put(f"{base}/{made['id']}", {"related_object": "order"}), 400)
        changed = self.client.need("PUT", f"{base}/{made['id']}",
                                   {"properties": {"age": None}, "allow_defined_only": True})
        self.assertEqual(list(changed["properties"]), ["segment"])
        self.refused("POST", "/v1/customers", {"source_id": "x", "metadata": {"age": 20}},
                     "age: is not allowed")
        self.assertEqual(self.client.call("DELETE", f"{base}/{made['id']}").status, 204)
        self.assertEqual(self.client.post("/v1/customers",
                                          {"source_id": "x", "metadata": {"age": 2}}).status, 200)
        self.check_error(self.client.get("/v1/metadata-schemas/customer"), 404, "not_found")
        self.store.stop_and_verify()

    @each_database
    def test_customers(self, kind):
        self.begin(kind)
        self.schema("customer", {
            "vendor": {"type": "string", "eq": ["a", "b"]}, "age": {"type": "number", "gte": 18},
            "born": {"type": "date"}, "seen": {"type": "datetime"}, "face": {"type": "image_url"},
            "home": {"type": "geopoint"}, "likes": {"type": "string", "array": True, "maxLength": 3},
            "pet": {"type": "object", "objectType": "pet"}, "club": {"type": "boolean"}})
        self.schema("pet", {"name": {"type": "string", "optional": False}}, allow_defined_only=True)
        good = {"vendor": "a", "age": 18, "born": "2000-02-29", "seen": "2020-01-01T00:00:00Z",
                "face": "https://shop.example/a.png", "home": "44.4,26.1", "likes": ["tea", "ăâî"],
                "pet": {"name": "Rex"}, "club": True, "anything": [1]}
        self.client.need("POST", "/v1/customers", {"source_id": "anna", "metadata": good})
        told = self.refused("POST", "/v1/customers", {"source_id": "anna", "metadata": {
            "vendor": 5, "age": 17, "born": "2001-02-29", "home": "91,0", "likes": ["tea", "coffee"],
            "pet": {"age": 1}, "club": "yes"}},
            "vendor: must be a string, age: must be greater than or equal to 18, "
            "born: must be a date, as 2036-01-31, home: must be a geopoint, as 52.23,21.01, "
            "likes/1: must have at most 3 characters, pet/age: is not allowed, "
            "pet/name: is required, club: must be a boolean")
        self.assertEqual(told["errors"][0]["pointer"], "/metadata/vendor")
        self.refused("PUT", "/v1/customers/anna", {"metadata": {"vendor": "c"}},
                     "vendor: must be equal to one of a, b")
        # Nothing of it was written.
        self.assertEqual(self.client.need("GET", "/v1/customers/anna")["metadata"], good)

    def test_what_must_be_there(self):
        self.begin()
        self.client.need("POST", "/v1/customers", {"source_id": "old"})
        self.schema("customer", {"vendor": {"type": "string", "optional": False}})
        self.refused("POST", "/v1/customers", {"source_id": "anna"}, "vendor: is required")
        self.check_error(self.client.get("/v1/customers/anna"), 404)
        self.client.need("POST", "/v1/customers", {"source_id": "anna", "metadata": {"vendor": "a"}})
        # What is there already need not be sent again, and who was there before is left in peace.
        self.client.need("PUT", "/v1/customers/anna", {"metadata": {"other": 1}})
        self.client.need("PUT", "/v1/customers/old", {"name": "Old"})
        self.refused("PUT", "/v1/customers/old", {"metadata": {"other": 1}}, "vendor: is required")
        self.refused("PUT", "/v1/customers/anna", {"metadata": {"vendor": None}}, "vendor: is required")

    def test_orders_products_and_programs(self):
        self.begin()
        for name in ("order", "order_item", "product", "reward", "loyalty_tier", "earning_rule", "voucher"):
            self.schema(name, {"n": {"type": "number"}})
        bad, good = {"metadata": {"n": "x"}}, {"metadata": {"n": 1}}
        campaign = loyalty(self.client)
        self.refused("POST", "/v1/orders", {"source_id": "o", "amount": 1, **bad}, "n: must be a number")
        told = self.refused("POST", "/v1/orders", {
            "source_id": "o", "items": [
                {"source_id": "tea", "related_object": "product", "quantity": 1, "price": 1, **good},
                {"source_id": "tea", "related_object": "product", "quantity": 1, "price": 1, **bad,
                 "product": {"override": True, "name": "Tea", **bad}}]},
            "n: must be a number, n: must be a number")
        self.assertEqual([one["pointer"] for one in told["errors"]],
                         ["/items/1/metadata/n", "/items/1/product/metadata/n"])
        made = self.client.need("POST", "/v1/orders", {"source_id": "o", "amount": 1, **good})
        self.refused("PUT", f"/v1/orders/{made['id']}", bad, "n: must be a number")
        self.refused("POST", "/v1/products", {"name": "Tea", **bad}, "n: must be a number")
        self.refused("POST", "/v1/rewards", {
            "name": "Mug", "type": "MATERIAL", "parameters": {"product": {"id": "mug"}}, **bad},
            "n: must be a number")
        self.refused("POST", f"/v1/loyalties/{campaign}/tiers",
                     [{"name": "One", "points": {"from": 0, "to": 10}, **bad}], "n: must be a number")
        self.refused("POST", f"/v1/loyalties/{campaign}/earning-rules", [
            {"name": "R", "event": "order.paid", **bad, "loyalty": {"type": "FIXED", "points": 1}}],
            "n: must be a number")
        self.client.need("POST", "/v1/customers", {"source_id": "anna"})
        self.refused("POST", f"/v1/loyalties/{campaign}/members",
                     {"customer": {"source_id": "anna"}, **bad}, "n: must be a number")
        self.store.stop_and_verify()

    @each_database
    def test_events(self, kind):
        self.begin(kind)
        base = f"/management/v1/projects/{self.project}/custom-event-schemas"
        made = self.client.need("POST", base, {"name": "review", "schema": {"properties": {
            "stars": {"type": "number", "optional": False, "gte": 1, "lte": 5}}}})
        self.assertEqual(made["object"], "custom_event_schema")
        self.assertIn("stars", made["schema"]["properties"])
        anna = {"source_id": "anna"}
        self.refused("POST", "/v1/events", {"event": "review", "customer": anna}, "stars: is required")
        self.refused("POST", "/v1/events",
                     {"event": "review", "customer": anna, "metadata": {"stars": 6}},
                     "stars: must be less than or equal to 5")
        for body in ({"event": "review", "metadata": {"stars": 5}}, {"event": "anything"}):
            self.client.need("POST", "/v1/events", {**body, "customer": anna})
        # A strict project takes only events that it knows.
        self.client.need("PUT", "/v1/project", {"strict_events": True})
        refused = self.client.post("/v1/events", {"event": "anything", "customer": anna})
        self.assertEqual(self.check_error(refused, 400, "invalid_payload")["errors"][0]["pointer"], "/event")
        self.client.need("POST", "/v1/events",
                         {"event": "review", "customer": anna, "metadata": {"stars": 1}})
        self.store.stop_and_verify()

    @each_database
    def test_categories(self, kind):
        self.begin(kind)
        made = self.client.need("POST", "/v1/categories", {"name": "Welcome", "hierarchy": 1})
        self.assertEqual(set(made), {"id", "name", "hierarchy", "created_at", "object"})
        self.check_error(self.client.post("/v1/categories", {"name": "Welcome", "hierarchy": 2}), 409,
                         "duplicate_found")
        wrong = self.client.post("/v1/categories", {"hierarchy": -1})
        self.assertEqual({one["pointer"] for one in self.check_error(wrong, 400)["errors"]},
                         {"/name", "/hierarchy"})
        changed = self.client.need("PUT", f"/v1/categories/{made['id']}", {
            "hierarchy": 5, "stacking_rules_type": "JOINT"})
        self.assertEqual((changed["name"], changed["hierarchy"], changed["stacking_rules_type"]),
                         ("Welcome", 5, "JOINT"))
        self.assertIn("updated_at", changed)
        self.assertEqual(self.client.need("GET", "/v1/categories")["data"], [changed])
        self.assertEqual(self.client.call("DELETE", f"/v1/categories/{made['id']}").status, 204)
        self.check_error(self.client.get(f"/v1/categories/{made['id']}"), 404, "not_found")

"""What a change of the tables left to do is done after the start, once."""
import sqlite3

import harness
from harness import TestCase, each_database, until


class Backfill(TestCase):
    def execute(self, *statements):
        """On the stopped store."""
        if self.store.kind == "postgresql":
            for statement in statements:
                self.store.cluster.sql(statement, self.store.database)
            return
        connection = sqlite3.connect(self.store.file)
        with connection:
            for statement in statements:
                connection.execute(statement)
        connection.close()

    @each_database
    def test_customers_from_before_the_lookup_keys(self, kind):
        self.store = harness.Store(self, kind)
        client = self.store.start()
        for number in range(450):
            client.need("POST", "/v1/customers", {"source_id": f"c{number}", "phone": f"+40 722 {number:06}",
                                                  "email": f"c{number}@example.org"})
        client.need("DELETE", "/v1/customers/c7")
        self.store.stop()
        self.execute("DELETE FROM customer_keys", "INSERT INTO backfills (kind, project) "
                     "SELECT 'customers.lookup_keys', project FROM projects")
        self.store.serve(2 if kind == "postgresql" else 1)
        client = self.store.client()

        def found(number):
            data = client.need("GET", f"/v1/members/find?phone=0722{number:06}")["data"]
            return [one["customer"]["source_id"] for one in data]
        until(lambda: all(found(number) == [f"c{number}"] for number in (0, 199, 200, 449)))
        self.assertEqual(found(7), [])
        self.assertEqual(client.need("GET", "/v1/customers?email=c321@example.org")["total"], 1)
        self.store.stop()
        # Nothing is owed any more: the next start makes no job.
        self.execute("DELETE FROM customer_keys")
        self.store.serve()
        client = self.store.client()
        self.assertEqual(found(0), [])

-- Indexes for lists and scans hold only what a query asks for with "bucket >= 0". So no statement that
-- knows the key can be planned over them: with young statistics PostgreSQL took timers_by_due to delete
-- one timer by its key, and orders_by_age to find one order, and read thousands of entries each time.
DROP INDEX customers_by_age;
CREATE INDEX customers_by_age ON customers (project, created_at, id) WHERE bucket >= 0;
DROP INDEX products_by_age;
CREATE INDEX products_by_age ON products (project, created_at, id) WHERE bucket >= 0;
DROP INDEX skus_by_product;
CREATE INDEX skus_by_product ON skus (project, product, created_at, id) WHERE bucket >= 0;
DROP INDEX orders_by_age;
CREATE INDEX orders_by_age ON orders (project, created_at, id) WHERE bucket >= 0;
DROP INDEX cards_by_program;
CREATE INDEX cards_by_program ON cards (project, program, created_at, id) WHERE bucket >= 0;
DROP INDEX redemptions_by_age;
CREATE INDEX redemptions_by_age ON redemptions (project, created_at, id) WHERE bucket >= 0;
DROP INDEX timers_by_due;
CREATE INDEX timers_by_due ON timers (project, due_at) WHERE bucket >= 0;
DROP INDEX deliveries_by_webhook;
CREATE INDEX deliveries_by_webhook ON deliveries (project, webhook, id) WHERE bucket >= 0;

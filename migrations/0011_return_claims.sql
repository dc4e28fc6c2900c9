-- Numbers of returns have claims of their own (kind 7): an order and a return may share a number.
UPDATE claims SET kind = 7
WHERE kind = 2
  AND NOT EXISTS (SELECT 1 FROM orders WHERE orders.project = claims.project AND orders.id = claims.id
                  AND orders.source_id = claims.word);

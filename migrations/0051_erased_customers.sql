-- 1: the person was erased; the row is left as the holder of the ledger's cards, and is shown nowhere.
ALTER TABLE customers ADD COLUMN erased $int;

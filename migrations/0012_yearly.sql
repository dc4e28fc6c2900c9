-- The next birthday or anniversary on which a card may earn, and the birthday (month * 100 + day) with the
-- last year in which it earned (year * 10000).
ALTER TABLE cards ADD COLUMN yearly_at $int;
ALTER TABLE cards ADD COLUMN birthday $int NOT NULL DEFAULT 0;

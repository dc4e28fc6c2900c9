-- What tiers need to know of a card besides the running period: days of a sliding window, a grace, a
-- tier given by hand, when time alone moves it (ledger::TierState).
ALTER TABLE cards ADD COLUMN tier_state $blob;

-- When all points of a card end because nothing happened on it; when its next notice of points that
-- end is due, and which were given.
ALTER TABLE cards ADD COLUMN idle_until $int;
ALTER TABLE cards ADD COLUMN remind_at $int;
ALTER TABLE cards ADD COLUMN reminded $blob;
CREATE INDEX cards_pending ON cards (project, program, id) WHERE pending > 0;

-- The ledger's sums are kept by kind and local month. What was posted until now comes into "@before".
INSERT INTO sums (bucket, project, name, scope, total)
SELECT bucket, project,
       CASE kind WHEN 1 THEN 'ledger.accrual@before' WHEN 2 THEN 'ledger.redemption@before'
                 WHEN 3 THEN 'ledger.refund@before' WHEN 4 THEN 'ledger.addition@before'
                 WHEN 5 THEN 'ledger.removal@before' WHEN 6 THEN 'ledger.expiration@before'
                 WHEN 7 THEN 'ledger.transfer_in@before' WHEN 8 THEN 'ledger.transfer_out@before'
                 WHEN 9 THEN 'ledger.activation@before' WHEN 10 THEN 'ledger.cancellation@before'
                 WHEN 11 THEN 'ledger.pending_accrual@before'
                 ELSE 'ledger.pending_cancellation@before' END,
       program, CAST(sum(CASE WHEN kind IN (11, 12) THEN pending ELSE points END) AS bigint)
FROM entries WHERE kind <> 13 GROUP BY bucket, project, kind, program;
DELETE FROM sums WHERE name IN ('ledger.issued', 'ledger.redeemed', 'ledger.expired',
    'ledger.adjusted', 'ledger.transferred', 'ledger.members', 'ledger.pending');

-- A night of a million timers at one moment is read in pages, in this order.
DROP INDEX timers_by_due;
CREATE INDEX timers_by_due ON timers (project, due_at, subject, kind) WHERE bucket >= 0;

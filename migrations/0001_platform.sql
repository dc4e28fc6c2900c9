-- One row a transaction of the committer (decisions.md 5): whoever lost the connection at COMMIT
-- finds here whether it was done. Each committer removes its own old rows.
CREATE TABLE commit_markers (
    bucket $small NOT NULL,
    id $blob NOT NULL,
    created_at $int NOT NULL,
    PRIMARY KEY (bucket, id)
) $clustered;

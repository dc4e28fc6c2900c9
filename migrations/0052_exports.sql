-- A file of rows that somebody asked for; its parts lie in job_parts under the same id. The token opens
-- only this file, which lies beside it, so it is kept as it is; both go at expires_at.
CREATE TABLE exports (
    bucket $small NOT NULL,
    project $small NOT NULL,
    id $blob NOT NULL,
    object $text NOT NULL,
    parameters $text NOT NULL,
    status $small NOT NULL,
    token $text NOT NULL,
    parts $int NOT NULL,
    created_at $int NOT NULL,
    expires_at $int NOT NULL,
    PRIMARY KEY (bucket, project, id)
) $clustered;
CREATE INDEX exports_by_age ON exports (project, created_at, id) WHERE bucket >= 0;

-- Every answer of a customer to a consent, for ever: the newest of each holds.
CREATE TABLE consent_changes (
    bucket $small NOT NULL,
    project $small NOT NULL,
    customer $blob NOT NULL,
    id $blob NOT NULL,
    consent $blob NOT NULL,
    granted $int NOT NULL,
    channel $text NOT NULL,
    app_id $text NOT NULL,
    created_at $int NOT NULL,
    PRIMARY KEY (bucket, project, customer, id)
) $clustered;

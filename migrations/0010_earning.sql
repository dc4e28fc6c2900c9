-- What a card has earned under rules and programs with limits, in the running period of each kind.
CREATE TABLE earning_usage (
    bucket $small NOT NULL,
    project $small NOT NULL,
    card $blob NOT NULL,
    scope $blob NOT NULL,
    period $small NOT NULL,
    period_start $int NOT NULL,
    used $int NOT NULL,
    PRIMARY KEY (bucket, project, card, scope, period)
) $clustered;

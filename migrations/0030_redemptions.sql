-- Refused attempts lie beside redemptions; `failure` is their key. Lists of a card and of a program have
-- indexes of their own, refused ones (bounded: docs/GLOSSARY.md) a partial one.
ALTER TABLE redemptions ADD COLUMN failure $text;
CREATE INDEX redemptions_by_card ON redemptions (bucket, project, card, created_at, id)
    WHERE bucket >= 0;
CREATE INDEX redemptions_by_program ON redemptions (project, program, created_at, id)
    WHERE bucket >= 0;
CREATE INDEX redemptions_failed ON redemptions (project, created_at, id) WHERE failure IS NOT NULL;

-- Who is given to. What was given is a kept sum (donation.given); what was paid on is `settled`.
CREATE TABLE donation_recipients (
    bucket $small NOT NULL,
    project $small NOT NULL,
    id $blob NOT NULL,
    name $text NOT NULL,
    settled $int NOT NULL,
    created_at $int NOT NULL,
    PRIMARY KEY (bucket, project, id)
) $clustered;

CREATE TABLE donation_settlements (
    bucket $small NOT NULL,
    project $small NOT NULL,
    id $blob NOT NULL,
    recipient $blob NOT NULL,
    amount $int NOT NULL,
    reference $text,
    app_id $text NOT NULL,
    created_at $int NOT NULL,
    PRIMARY KEY (bucket, project, id)
) $clustered;
CREATE INDEX donation_settlements_by_age ON donation_settlements (project, created_at, id)
    WHERE bucket >= 0;

-- Who has an e-mail address or a phone number (customers/lookup_keys.hpp); a key lies in the bucket of
-- its own hash. A customer that was merged into another is another name of that one.
CREATE TABLE customer_keys (
    bucket $small NOT NULL,
    project $small NOT NULL,
    word $blob NOT NULL,
    customer $blob NOT NULL,
    PRIMARY KEY (bucket, project, word, customer)
) $clustered;
ALTER TABLE customers ADD COLUMN merged_into $blob;

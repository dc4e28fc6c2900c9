-- What a change of the tables left to do, by project; a server turns each row into a job. Customers that were
-- stored before their lookup keys (0041) have none.
CREATE TABLE backfills (
    kind $text NOT NULL,
    project $small NOT NULL,
    PRIMARY KEY (kind, project)
);
INSERT INTO backfills (kind, project) SELECT 'customers.lookup_keys', project FROM projects;

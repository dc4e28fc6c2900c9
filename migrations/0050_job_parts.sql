-- What a job works on (removed as it is done), and what it makes: the file of an export.
CREATE TABLE job_parts (
    bucket $small NOT NULL,
    project $small NOT NULL,
    owner $blob NOT NULL,
    part $int NOT NULL,
    data $blob NOT NULL,
    PRIMARY KEY (bucket, project, owner, part)
);

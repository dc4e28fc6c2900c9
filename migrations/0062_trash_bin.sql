-- What was deleted without force, until somebody empties the bin.
CREATE TABLE trash_bin (
    project $small NOT NULL,
    id $blob NOT NULL,
    resource_type $text NOT NULL,
    resource_id $text NOT NULL,
    resource_name $text NOT NULL,
    resource_parent $text,
    app_id $text NOT NULL,
    created_at $int NOT NULL,
    PRIMARY KEY (project, id)
) $clustered;
CREATE INDEX trash_bin_by_name ON trash_bin (project, resource_type, resource_name);

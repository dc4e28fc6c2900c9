-- Rotation: the token before is good until previous_until. last_used_at is true to the hour.
ALTER TABLE api_keys ADD COLUMN previous_hash $blob;
ALTER TABLE api_keys ADD COLUMN previous_until $int;
ALTER TABLE api_keys ADD COLUMN rotated_at $int;
ALTER TABLE api_keys ADD COLUMN last_used_at $int;

-- Bearer tokens (POST /v1/oauth/token): minutes old at most; only hashes are stored.
CREATE TABLE oauth_tokens (
    token_hash $blob PRIMARY KEY,
    project $small NOT NULL,
    app_id $text NOT NULL,
    scope $text NOT NULL,
    created_at $int NOT NULL,
    expires_at $int NOT NULL,
    revoked_at $int
);
CREATE INDEX oauth_tokens_by_project ON oauth_tokens (project, expires_at);

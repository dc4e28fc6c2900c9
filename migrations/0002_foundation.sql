-- Every big table is keyed (bucket, project, id …): docs/ARCHITECTURE.md. Definitions are small and have no bucket.

CREATE TABLE projects (
    project $small PRIMARY KEY,
    id $blob NOT NULL,
    name $text NOT NULL,
    settings $text NOT NULL,
    sandbox $int NOT NULL,
    clock_at $int,
    version $int NOT NULL,
    created_at $int NOT NULL
);

CREATE TABLE api_keys (
    app_id $text PRIMARY KEY,
    project $small NOT NULL REFERENCES projects (project),
    token_hash $blob NOT NULL,
    name $text NOT NULL,
    kind $text NOT NULL,
    role $text NOT NULL,
    created_at $int NOT NULL,
    expires_at $int,
    revoked_at $int
);

CREATE TABLE setup_links (
    token_hash $blob PRIMARY KEY,
    project $small NOT NULL,
    created_at $int NOT NULL,
    used_at $int
);

CREATE TABLE definitions (
    project $small NOT NULL,
    kind $text NOT NULL,
    id $blob NOT NULL,
    version $int NOT NULL,
    parent $blob,
    name $text NOT NULL,
    doc $text NOT NULL,
    deleted $int NOT NULL,
    created_at $int NOT NULL,
    updated_at $int,
    PRIMARY KEY (project, kind, id, version)
) $clustered;

CREATE TABLE sums (
    bucket $small NOT NULL,
    project $small NOT NULL,
    name $text NOT NULL,
    scope $blob NOT NULL,
    total $int NOT NULL,
    PRIMARY KEY (bucket, project, name, scope)
) $clustered;

CREATE TABLE claims (
    bucket $small NOT NULL,
    project $small NOT NULL,
    kind $small NOT NULL,
    word $text NOT NULL,
    id $blob NOT NULL,
    PRIMARY KEY (bucket, project, kind, word)
) $clustered;

CREATE TABLE idempotency_keys (
    bucket $small NOT NULL,
    project $small NOT NULL,
    word $text NOT NULL,
    request_hash $blob NOT NULL,
    status $int NOT NULL,
    answer $text NOT NULL,
    created_at $int NOT NULL,
    PRIMARY KEY (bucket, project, word)
) $clustered;
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);

CREATE TABLE customers (
    bucket $small NOT NULL,
    project $small NOT NULL,
    id $blob NOT NULL,
    source_id $text,
    name $text,
    email $text,
    phone $text,
    profile $text,
    metadata $text,
    cards $blob,
    last_order $blob,
    last_event $blob,
    orders_count $int NOT NULL,
    orders_amount $int NOT NULL,
    last_order_amount $int NOT NULL,
    last_order_at $int,
    created_at $int NOT NULL,
    updated_at $int,
    version $int NOT NULL,
    PRIMARY KEY (bucket, project, id)
) $updated;
CREATE INDEX customers_by_age ON customers (project, created_at, id);

CREATE TABLE products (
    bucket $small NOT NULL,
    project $small NOT NULL,
    id $blob NOT NULL,
    source_id $text,
    name $text,
    price $int,
    attributes $text,
    metadata $text,
    image_url $text,
    created_at $int NOT NULL,
    updated_at $int,
    PRIMARY KEY (bucket, project, id)
) $clustered;
CREATE INDEX products_by_age ON products (project, created_at, id);

CREATE TABLE skus (
    bucket $small NOT NULL,
    project $small NOT NULL,
    id $blob NOT NULL,
    product $blob NOT NULL,
    source_id $text,
    name $text,
    price $int,
    currency $text,
    attributes $text,
    metadata $text,
    image_url $text,
    created_at $int NOT NULL,
    updated_at $int,
    PRIMARY KEY (bucket, project, id)
) $clustered;
CREATE INDEX skus_by_product ON skus (project, product, created_at, id);

CREATE TABLE orders (
    bucket $small NOT NULL,
    project $small NOT NULL,
    id $blob NOT NULL,
    source_id $text,
    customer $blob,
    previous $blob,
    status $small NOT NULL,
    amount $int NOT NULL,
    discount_amount $int NOT NULL,
    returned_amount $int NOT NULL,
    items $text NOT NULL,
    metadata $text,
    decision $text,
    created_at $int NOT NULL,
    updated_at $int,
    paid_at $int,
    version $int NOT NULL,
    PRIMARY KEY (bucket, project, id)
) $updated;
CREATE INDEX orders_by_age ON orders (project, created_at, id);

CREATE TABLE events (
    bucket $small NOT NULL,
    project $small NOT NULL,
    id $blob NOT NULL,
    customer $blob NOT NULL,
    previous $blob,
    name $text NOT NULL,
    metadata $text,
    decision $text,
    created_at $int NOT NULL,
    PRIMARY KEY (bucket, project, id)
) $clustered;

CREATE TABLE cards (
    bucket $small NOT NULL,
    project $small NOT NULL,
    id $blob NOT NULL,
    program $blob NOT NULL,
    customer $blob,
    code $text NOT NULL,
    active $int NOT NULL,
    balance $int NOT NULL,
    pending $int NOT NULL,
    credited $int NOT NULL,
    redeemed $int NOT NULL,
    expired $int NOT NULL,
    subtracted $int NOT NULL,
    debt $int NOT NULL,
    lots $blob NOT NULL,
    next_lot $int NOT NULL,
    tier $blob,
    tier_since $int,
    tier_until $int,
    period_start $int NOT NULL,
    period_points $int NOT NULL,
    period_spend $int NOT NULL,
    seq $int NOT NULL,
    head $blob,
    head_hash $blob,
    due_at $int,
    metadata $text,
    created_at $int NOT NULL,
    updated_at $int,
    PRIMARY KEY (bucket, project, id)
) $updated;
CREATE INDEX cards_by_program ON cards (project, program, created_at, id);

CREATE TABLE entries (
    bucket $small NOT NULL,
    project $small NOT NULL,
    id $blob NOT NULL,
    card $blob NOT NULL,
    seq $int NOT NULL,
    previous $blob,
    program $blob NOT NULL,
    kind $small NOT NULL,
    points $int NOT NULL,
    pending $int NOT NULL,
    balance $int NOT NULL,
    credited $int NOT NULL,
    effective_at $int NOT NULL,
    recorded_at $int NOT NULL,
    lots $blob NOT NULL,
    cause $blob,
    detail $text,
    salt $blob NOT NULL,
    commitment $blob,
    hash $blob NOT NULL,
    PRIMARY KEY (bucket, project, id)
) $clustered;

CREATE TABLE counters (
    bucket $small NOT NULL,
    project $small NOT NULL,
    id $blob NOT NULL,
    used $int NOT NULL,
    PRIMARY KEY (bucket, project, id)
) $clustered;

CREATE TABLE redemptions (
    bucket $small NOT NULL,
    project $small NOT NULL,
    id $blob NOT NULL,
    card $blob NOT NULL,
    customer $blob,
    program $blob NOT NULL,
    reward $blob NOT NULL,
    points $int NOT NULL,
    status $small NOT NULL,
    body $text NOT NULL,
    created_at $int NOT NULL,
    rolled_back_at $int,
    PRIMARY KEY (bucket, project, id)
) $clustered;
CREATE INDEX redemptions_by_age ON redemptions (project, created_at, id);

CREATE TABLE timers (
    bucket $small NOT NULL,
    project $small NOT NULL,
    due_at $int NOT NULL,
    kind $small NOT NULL,
    subject $blob NOT NULL,
    PRIMARY KEY (bucket, project, due_at, kind, subject)
) $clustered;
CREATE INDEX timers_by_due ON timers (project, due_at);

-- Waiting or running while state < 2. run_at is when it is due; while it runs, when its lease ends.
CREATE TABLE jobs (
    bucket $small NOT NULL,
    project $small NOT NULL,
    id $blob NOT NULL,
    kind $text NOT NULL,
    action $text,
    state $small NOT NULL,
    payload $text NOT NULL,
    progress $small NOT NULL,
    position $text NOT NULL,
    result $text,
    request_id $text NOT NULL,
    attempts $int NOT NULL,
    run_at $int NOT NULL,
    lease $int NOT NULL,
    took_ms $int NOT NULL,
    created_at $int NOT NULL,
    updated_at $int,
    PRIMARY KEY (bucket, project, id)
) $clustered;
CREATE INDEX jobs_by_due ON jobs (run_at) WHERE state < 2;
CREATE INDEX jobs_by_age ON jobs (project, created_at, id) WHERE action IS NOT NULL;

CREATE TABLE outbox (
    bucket $small NOT NULL,
    project $small NOT NULL,
    id $blob NOT NULL,
    customer $blob,
    seq $int NOT NULL,
    type $text NOT NULL,
    data $text NOT NULL,
    origin $text NOT NULL,
    created_at $int NOT NULL,
    PRIMARY KEY (bucket, project, id)
) $clustered;

-- To be sent while state < 2 (0 in the customer's order, 1 out of it). next_at is when; while it is
-- being sent, when the lease ends. The two partial indexes hold only what is to be sent.
CREATE TABLE deliveries (
    bucket $small NOT NULL,
    project $small NOT NULL,
    id $blob NOT NULL,
    event $blob NOT NULL,
    webhook $blob NOT NULL,
    customer $blob,
    seq $int NOT NULL,
    state $small NOT NULL,
    attempts $int NOT NULL,
    next_at $int NOT NULL,
    lease $int NOT NULL,
    last_status $int,
    last_error $text,
    last_at $int,
    created_at $int NOT NULL,
    PRIMARY KEY (bucket, project, id)
) $clustered;
CREATE INDEX deliveries_by_due ON deliveries (webhook, next_at) WHERE state < 2;
CREATE INDEX deliveries_by_order ON deliveries (bucket, project, webhook, customer, seq) WHERE state = 0;
CREATE INDEX deliveries_by_webhook ON deliveries (project, webhook, id);

CREATE TABLE imports (
    project $small NOT NULL,
    fingerprint $text NOT NULL,
    kind $text NOT NULL,
    done $int NOT NULL,
    report $text NOT NULL,
    created_at $int NOT NULL,
    updated_at $int NOT NULL,
    PRIMARY KEY (project, fingerprint)
) $clustered;

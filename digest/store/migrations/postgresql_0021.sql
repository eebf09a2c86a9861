-- What a database of PostgreSQL begins with: the tables as they were at migration 0021. Nobody changes this file.

CREATE TABLE webhook (
    id VARCHAR COLLATE "C" NOT NULL,
    address TEXT COLLATE "C" NOT NULL,
    events JSON NOT NULL,
    with_addresses BOOLEAN NOT NULL,
    who TEXT COLLATE "C" NOT NULL,
    made_at TIMESTAMP WITH TIME ZONE NOT NULL,
    generation INTEGER NOT NULL,
    both_until TIMESTAMP WITH TIME ZONE,
    ended_at TIMESTAMP WITH TIME ZONE,
    last_success TIMESTAMP WITH TIME ZONE,
    failing_since TIMESTAMP WITH TIME ZONE,
    fault TEXT COLLATE "C" DEFAULT '' NOT NULL,
    CONSTRAINT pk_webhook PRIMARY KEY (id),
    CONSTRAINT ck_webhook_who CHECK (who <> '')
);

CREATE TABLE staff (
    id VARCHAR COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    address TEXT COLLATE "C" NOT NULL,
    folded TEXT COLLATE "C" NOT NULL,
    phrase TEXT COLLATE "C" NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    role VARCHAR COLLATE "C" DEFAULT 'editor' NOT NULL,
    seen_at TIMESTAMP WITH TIME ZONE,
    factor TEXT COLLATE "C" DEFAULT '' NOT NULL,
    factor_step INTEGER DEFAULT '0' NOT NULL,
    CONSTRAINT pk_staff PRIMARY KEY (id),
    CONSTRAINT ck_staff_role CHECK (role IN ('editor', 'approver', 'admin')),
    CONSTRAINT uq_staff_folded UNIQUE (folded)
);

COMMENT ON COLUMN staff.folded IS 'the address in small letters';

COMMENT ON COLUMN staff.phrase IS 'Argon2id of the pass phrase';

COMMENT ON COLUMN staff.factor IS 'secret of the second factor, encrypted';

COMMENT ON COLUMN staff.factor_step IS 'time step of the last code';

CREATE TABLE one_time_link (
    key VARCHAR(64) COLLATE "C" NOT NULL,
    opens VARCHAR COLLATE "C" NOT NULL,
    staff VARCHAR COLLATE "C" NOT NULL,
    ends_at TIMESTAMP WITH TIME ZONE NOT NULL,
    used_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_one_time_link PRIMARY KEY (key),
    CONSTRAINT ck_one_time_link_opens CHECK (opens IN ('first', 'phrase', 'forgotten')),
    CONSTRAINT ck_one_time_link_whose CHECK ((opens = 'first') = (staff = ''))
);

COMMENT ON COLUMN one_time_link.key IS 'SHA-256 of the token';

COMMENT ON COLUMN one_time_link.staff IS 'whose pass phrase it changes';

CREATE TABLE invitation (
    id VARCHAR COLLATE "C" NOT NULL,
    key VARCHAR(64) COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    address TEXT COLLATE "C" NOT NULL,
    folded TEXT COLLATE "C" NOT NULL,
    role VARCHAR COLLATE "C" NOT NULL,
    invited_by TEXT COLLATE "C" NOT NULL,
    invited_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ends_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_invitation PRIMARY KEY (id),
    CONSTRAINT ck_invitation_role CHECK (role IN ('editor', 'approver', 'admin')),
    CONSTRAINT uq_invitation_key UNIQUE (key),
    CONSTRAINT uq_invitation_folded UNIQUE (folded)
);

COMMENT ON COLUMN invitation.key IS 'SHA-256 of the token';

COMMENT ON COLUMN invitation.folded IS 'the address in small letters';

CREATE TABLE audit (
    id SERIAL NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    who TEXT COLLATE "C" NOT NULL,
    matter VARCHAR COLLATE "C" NOT NULL,
    what TEXT COLLATE "C" NOT NULL,
    about TEXT COLLATE "C" NOT NULL,
    remote TEXT COLLATE "C" NOT NULL,
    times INTEGER DEFAULT '1' NOT NULL,
    CONSTRAINT pk_audit PRIMARY KEY (id),
    CONSTRAINT ck_audit_matter CHECK (matter IN ('log-in', 'account', 'staff', 'people', 'settings', 'editions')),
    CONSTRAINT ck_audit_what CHECK (what <> ''),
    CONSTRAINT ck_audit_times CHECK (times >= 1),
    CONSTRAINT ck_audit_of_editions CHECK (matter <> 'editions'),
    CONSTRAINT ck_audit_addresses CHECK (strpos(what, '@') = 0 AND strpos(about, '@') = 0)
);

CREATE INDEX ix_audit_at ON audit (at);

CREATE TABLE change (
    number INTEGER NOT NULL
);

INSERT INTO change (number) VALUES (0);

CREATE TABLE worker (
    id VARCHAR COLLATE "C" NOT NULL,
    host VARCHAR COLLATE "C" NOT NULL,
    boot VARCHAR COLLATE "C" NOT NULL,
    pid INTEGER NOT NULL,
    lease TIMESTAMP WITH TIME ZONE NOT NULL,
    written INTEGER NOT NULL,
    CONSTRAINT pk_worker PRIMARY KEY (id)
);

COMMENT ON COLUMN worker.lease IS 'until when what it claimed is its own';

COMMENT ON COLUMN worker.written IS 'records that its journal had at least';

CREATE TABLE bell (
    number INTEGER NOT NULL
);

INSERT INTO bell (number) VALUES (0);

CREATE TABLE link_checked (
    address TEXT COLLATE "C" NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    since TIMESTAMP WITH TIME ZONE NOT NULL,
    state VARCHAR COLLATE "C" NOT NULL,
    status INTEGER NOT NULL,
    said TEXT COLLATE "C" NOT NULL,
    CONSTRAINT pk_link_checked PRIMARY KEY (address),
    CONSTRAINT ck_link_checked_state CHECK (state IN ('ok', 'gone', 'trouble', 'no host', 'timed out', 'no answer', 'refused')),
    CONSTRAINT ck_link_checked_since CHECK (since <= at)
);

COMMENT ON COLUMN link_checked.since IS 'when it was first found to answer like this';

COMMENT ON COLUMN link_checked.status IS 'of HTTP; 0: none';

CREATE TABLE revision (
    id VARCHAR(64) COLLATE "C" NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    files JSON NOT NULL,
    CONSTRAINT pk_revision PRIMARY KEY (id)
);

COMMENT ON COLUMN revision.id IS 'SHA-256 over the files';

COMMENT ON COLUMN revision.files IS 'path -> text';

CREATE TABLE source (
    id VARCHAR COLLATE "C" NOT NULL,
    etag TEXT COLLATE "C" DEFAULT '' NOT NULL,
    last_modified TEXT COLLATE "C" DEFAULT '' NOT NULL,
    last_asked TIMESTAMP WITH TIME ZONE,
    last_success TIMESTAMP WITH TIME ZONE,
    last_new TIMESTAMP WITH TIME ZONE,
    failing_since TIMESTAMP WITH TIME ZONE,
    fault TEXT COLLATE "C" DEFAULT '' NOT NULL,
    asked_as VARCHAR(64) COLLATE "C" DEFAULT '' NOT NULL,
    body VARCHAR(64) COLLATE "C" DEFAULT '' NOT NULL,
    failures INTEGER DEFAULT '0' NOT NULL,
    wait_until TIMESTAMP WITH TIME ZONE,
    gone BOOLEAN DEFAULT false NOT NULL,
    CONSTRAINT pk_source PRIMARY KEY (id),
    CONSTRAINT ck_source_failing CHECK ((failures = 0) = (failing_since IS NULL))
);

COMMENT ON COLUMN source.asked_as IS 'SHA-256 over its settings';

COMMENT ON COLUMN source.body IS 'SHA-256 of what it gave last';

CREATE TABLE insight (
    id VARCHAR COLLATE "C" NOT NULL,
    source VARCHAR COLLATE "C" NOT NULL,
    title TEXT COLLATE "C" NOT NULL,
    summary TEXT COLLATE "C" NOT NULL,
    link TEXT COLLATE "C" NOT NULL,
    published TIMESTAMP WITH TIME ZONE NOT NULL,
    date_from VARCHAR COLLATE "C" NOT NULL,
    first_seen TIMESTAMP WITH TIME ZONE NOT NULL,
    canonical TEXT COLLATE "C" NOT NULL,
    author TEXT COLLATE "C" NOT NULL,
    image TEXT COLLATE "C" NOT NULL,
    categories JSON NOT NULL,
    CONSTRAINT pk_insight PRIMARY KEY (id)
);

CREATE INDEX ix_insight_source ON insight (source);

CREATE TABLE clock (
    newsletter VARCHAR COLLATE "C" NOT NULL,
    since TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_clock PRIMARY KEY (newsletter)
);

CREATE TABLE usage (
    server VARCHAR COLLATE "C" NOT NULL,
    minute TIMESTAMP WITH TIME ZONE NOT NULL,
    part INTEGER DEFAULT '0' NOT NULL,
    messages INTEGER NOT NULL,
    CONSTRAINT pk_usage PRIMARY KEY (server, minute, part),
    CONSTRAINT ck_usage_messages CHECK (messages > 0)
);

COMMENT ON COLUMN usage.part IS 'whose; 0 in SQLite';

CREATE TABLE vector (
    encoder VARCHAR COLLATE "C" NOT NULL,
    text VARCHAR(64) COLLATE "C" NOT NULL,
    used TIMESTAMP WITH TIME ZONE NOT NULL,
    numbers BYTEA NOT NULL,
    CONSTRAINT pk_vector PRIMARY KEY (encoder, text)
);

COMMENT ON COLUMN vector.encoder IS 'the weights it was made with';

COMMENT ON COLUMN vector.text IS 'SHA-256 of the text';

COMMENT ON COLUMN vector.used IS 'when it was last needed';

COMMENT ON COLUMN vector.numbers IS 'little-endian float32';

CREATE TABLE picture_asked (
    address TEXT COLLATE "C" NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    failures INTEGER NOT NULL,
    fault TEXT COLLATE "C" NOT NULL,
    next_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_picture_asked PRIMARY KEY (address),
    CONSTRAINT ck_picture_asked_failing CHECK (CASE WHEN failures > 0 THEN fault <> '' ELSE next_at IS NULL END)
);

COMMENT ON COLUMN picture_asked.next_at IS 'when it may be asked again; none where it never is';

CREATE TABLE subscriber (
    id VARCHAR COLLATE "C" NOT NULL,
    comparable VARCHAR COLLATE "C" NOT NULL,
    address VARCHAR COLLATE "C" NOT NULL,
    first_name TEXT COLLATE "C" NOT NULL,
    last_name TEXT COLLATE "C" NOT NULL,
    tags JSON NOT NULL,
    fields JSON NOT NULL,
    suppression_key VARCHAR(64) COLLATE "C" NOT NULL,
    traits TEXT COLLATE "C" DEFAULT '' NOT NULL,
    first_folded TEXT COLLATE "C" GENERATED ALWAYS AS (lower(first_name)) STORED,
    last_folded TEXT COLLATE "C" GENERATED ALWAYS AS (lower(last_name)) STORED,
    CONSTRAINT pk_subscriber PRIMARY KEY (id)
);

CREATE UNIQUE INDEX ix_subscriber_comparable ON subscriber (comparable);

CREATE INDEX ix_subscriber_suppression_key ON subscriber (suppression_key);

CREATE INDEX ix_subscriber_last_folded ON subscriber (last_folded);

CREATE INDEX ix_subscriber_first_folded ON subscriber (first_folded);

COMMENT ON COLUMN subscriber.traits IS 'what rules compare (domain/traits.py)';

CREATE TABLE suppression (
    key VARCHAR(64) COLLATE "C" NOT NULL,
    reason TEXT COLLATE "C" NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_suppression PRIMARY KEY (key)
);

COMMENT ON COLUMN suppression.key IS 'keyed hash of the address';

CREATE TABLE roster (
    id SERIAL NOT NULL,
    newsletter VARCHAR COLLATE "C" NOT NULL,
    content_hash VARCHAR(64) COLLATE "C" NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    counts JSON DEFAULT '{}' NOT NULL,
    CONSTRAINT pk_roster PRIMARY KEY (id)
);

CREATE INDEX ix_roster_newsletter ON roster (newsletter);

COMMENT ON COLUMN roster.counts IS 'what it came to: word -> people';

CREATE TABLE growth (
    newsletter VARCHAR COLLATE "C" NOT NULL,
    day VARCHAR(10) COLLATE "C" NOT NULL,
    what VARCHAR COLLATE "C" NOT NULL,
    how VARCHAR COLLATE "C" NOT NULL,
    people INTEGER NOT NULL,
    CONSTRAINT pk_growth PRIMARY KEY (newsletter, day, what, how),
    CONSTRAINT ck_growth_people CHECK (people > 0)
);

COMMENT ON COLUMN growth.day IS '2026-11-24, in UTC';

COMMENT ON COLUMN growth.what IS 'joined, left, bounced, complained, erased';

COMMENT ON COLUMN growth.how IS 'by which way, such as the words of a consent source';

CREATE TABLE asking (
    id VARCHAR COLLATE "C" NOT NULL,
    newsletter VARCHAR COLLATE "C" NOT NULL,
    comparable VARCHAR COLLATE "C" NOT NULL,
    address VARCHAR COLLATE "C" NOT NULL,
    first_name TEXT COLLATE "C" NOT NULL,
    last_name TEXT COLLATE "C" NOT NULL,
    themes JSON NOT NULL,
    cadence VARCHAR COLLATE "C" NOT NULL,
    words TEXT COLLATE "C" NOT NULL,
    remote VARCHAR COLLATE "C" NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    handled_at TIMESTAMP WITH TIME ZONE,
    confirmed_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_asking PRIMARY KEY (id)
);

CREATE INDEX ix_asking_new ON asking (at) WHERE handled_at IS NULL;

CREATE INDEX ix_asking_comparable ON asking (comparable);

COMMENT ON COLUMN asking.remote IS 'the network address that asked';

CREATE TABLE mailbox (
    name VARCHAR COLLATE "C" NOT NULL,
    validity BIGINT NOT NULL,
    last BIGINT NOT NULL,
    CONSTRAINT pk_mailbox PRIMARY KEY (name)
);

CREATE TABLE api_token (
    id VARCHAR COLLATE "C" NOT NULL,
    key VARCHAR(64) COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    scopes JSON NOT NULL,
    staff VARCHAR COLLATE "C" NOT NULL,
    made_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ends_at TIMESTAMP WITH TIME ZONE,
    used_at TIMESTAMP WITH TIME ZONE,
    withdrawn_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_api_token PRIMARY KEY (id),
    CONSTRAINT ck_api_token_name CHECK (name <> ''),
    CONSTRAINT uq_api_token_key UNIQUE (key),
    CONSTRAINT fk_api_token_staff FOREIGN KEY(staff) REFERENCES staff (id)
);

CREATE INDEX ix_api_token_staff ON api_token (staff);

COMMENT ON COLUMN api_token.key IS 'SHA-256 of the token';

CREATE TABLE sitting (
    key VARCHAR(64) COLLATE "C" NOT NULL,
    staff VARCHAR COLLATE "C" NOT NULL,
    begun_at TIMESTAMP WITH TIME ZONE NOT NULL,
    seen_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ends_at TIMESTAMP WITH TIME ZONE NOT NULL,
    secret VARCHAR(64) COLLATE "C" NOT NULL,
    remote TEXT COLLATE "C" DEFAULT '' NOT NULL,
    browser TEXT COLLATE "C" DEFAULT '' NOT NULL,
    CONSTRAINT pk_sitting PRIMARY KEY (key),
    CONSTRAINT fk_sitting_staff FOREIGN KEY(staff) REFERENCES staff (id)
);

CREATE INDEX ix_sitting_staff ON sitting (staff);

COMMENT ON COLUMN sitting.key IS 'SHA-256 of the token';

COMMENT ON COLUMN sitting.secret IS 'what the tokens of its forms are made with';

CREATE TABLE recovery_code (
    key VARCHAR(64) COLLATE "C" NOT NULL,
    staff VARCHAR COLLATE "C" NOT NULL,
    CONSTRAINT pk_recovery_code PRIMARY KEY (key),
    CONSTRAINT fk_recovery_code_staff FOREIGN KEY(staff) REFERENCES staff (id)
);

CREATE INDEX ix_recovery_code_staff ON recovery_code (staff);

COMMENT ON COLUMN recovery_code.key IS 'keyed hash of the code';

CREATE TABLE insight_now (
    insight VARCHAR COLLATE "C" NOT NULL,
    said JSON NOT NULL,
    CONSTRAINT pk_insight_now PRIMARY KEY (insight),
    CONSTRAINT fk_insight_now_insight FOREIGN KEY(insight) REFERENCES insight (id)
);

COMMENT ON COLUMN insight_now.said IS 'what may be corrected of it';

CREATE TABLE edition (
    id VARCHAR COLLATE "C" NOT NULL,
    newsletter VARCHAR COLLATE "C" NOT NULL,
    slot TIMESTAMP WITH TIME ZONE NOT NULL,
    number INTEGER NOT NULL,
    state VARCHAR COLLATE "C" NOT NULL,
    revision VARCHAR(64) COLLATE "C" NOT NULL,
    drafted_at TIMESTAMP WITH TIME ZONE NOT NULL,
    note TEXT COLLATE "C" DEFAULT '' NOT NULL,
    approved_by TEXT COLLATE "C" DEFAULT '' NOT NULL,
    approved_at TIMESTAMP WITH TIME ZONE,
    planned_at TIMESTAMP WITH TIME ZONE,
    step INTEGER DEFAULT '0' NOT NULL,
    written JSON DEFAULT '{}' NOT NULL,
    left_out JSON DEFAULT '[]' NOT NULL,
    special BOOLEAN DEFAULT false NOT NULL,
    corrects VARCHAR COLLATE "C",
    CONSTRAINT pk_edition PRIMARY KEY (id),
    CONSTRAINT uq_edition_newsletter_slot UNIQUE (newsletter, slot),
    CONSTRAINT ck_edition_state CHECK (state IN ('draft', 'approved', 'holding', 'sending', 'paused', 'sent', 'discarded', 'skipped', 'missed', 'cancelled')),
    CONSTRAINT fk_edition_revision FOREIGN KEY(revision) REFERENCES revision (id),
    CONSTRAINT fk_edition_corrects FOREIGN KEY(corrects) REFERENCES edition (id)
);

CREATE INDEX ix_edition_corrects ON edition (corrects);

COMMENT ON COLUMN edition.step IS 'how often people changed its content';

COMMENT ON COLUMN edition.written IS 'what staff wrote beside its stories';

COMMENT ON COLUMN edition.left_out IS 'stories that somebody left out';

COMMENT ON COLUMN edition.special IS 'at a time beside the schedule';

COMMENT ON COLUMN edition.corrects IS 'the edition that it corrects';

CREATE TABLE picture (
    address TEXT COLLATE "C" NOT NULL,
    shape VARCHAR COLLATE "C" NOT NULL,
    name VARCHAR COLLATE "C" NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    content_type VARCHAR COLLATE "C" NOT NULL,
    content BYTEA NOT NULL,
    CONSTRAINT pk_picture PRIMARY KEY (address, shape),
    CONSTRAINT fk_picture_address FOREIGN KEY(address) REFERENCES picture_asked (address)
);

CREATE INDEX ix_picture_name ON picture (name);

CREATE TABLE subscription (
    subscriber VARCHAR COLLATE "C" NOT NULL,
    newsletter VARCHAR COLLATE "C" NOT NULL,
    state VARCHAR COLLATE "C" NOT NULL,
    themes JSON NOT NULL,
    cadence VARCHAR COLLATE "C" NOT NULL,
    consent_source TEXT COLLATE "C" NOT NULL,
    consent_at TIMESTAMP WITH TIME ZONE,
    paused_until TIMESTAMP WITH TIME ZONE,
    traits TEXT COLLATE "C" DEFAULT '' NOT NULL,
    joined_at TIMESTAMP WITH TIME ZONE,
    joined_by TEXT COLLATE "C" DEFAULT '' NOT NULL,
    file_row VARCHAR COLLATE "C" DEFAULT '' NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_subscription PRIMARY KEY (subscriber, newsletter),
    CONSTRAINT ck_subscription_state CHECK (state IN ('pending', 'active', 'unsubscribed', 'bounced', 'complained', 'erased')),
    CONSTRAINT ck_subscription_consent CHECK (state <> 'active' OR (consent_source <> '' AND consent_at IS NOT NULL)),
    CONSTRAINT fk_subscription_subscriber FOREIGN KEY(subscriber) REFERENCES subscriber (id)
);

CREATE INDEX ix_subscription_apart ON subscription (newsletter, state) WHERE state <> 'active';

COMMENT ON COLUMN subscription.traits IS 'what rules compare (domain/traits.py)';

COMMENT ON COLUMN subscription.file_row IS 'hash of their row in the file read last';

COMMENT ON COLUMN subscription.ended_at IS 'when they came to get no more; none while it lasts';

CREATE TABLE consent (
    id SERIAL NOT NULL,
    subscriber VARCHAR COLLATE "C" NOT NULL,
    newsletter VARCHAR COLLATE "C" NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    what VARCHAR COLLATE "C" NOT NULL,
    how TEXT COLLATE "C" NOT NULL,
    words TEXT COLLATE "C" NOT NULL,
    remote VARCHAR COLLATE "C" NOT NULL,
    CONSTRAINT pk_consent PRIMARY KEY (id),
    CONSTRAINT ck_consent_what CHECK (what IN ('given', 'kept', 'withdrawn')),
    CONSTRAINT fk_consent_subscriber FOREIGN KEY(subscriber) REFERENCES subscriber (id)
);

CREATE INDEX ix_consent_subscriber ON consent (subscriber);

COMMENT ON COLUMN consent.remote IS 'the network address that asked';

CREATE TABLE notice (
    id VARCHAR COLLATE "C" NOT NULL,
    kind VARCHAR COLLATE "C" NOT NULL,
    newsletter VARCHAR COLLATE "C" NOT NULL,
    subscriber VARCHAR COLLATE "C" NOT NULL,
    asking VARCHAR COLLATE "C",
    state VARCHAR COLLATE "C" NOT NULL,
    made_at TIMESTAMP WITH TIME ZONE NOT NULL,
    next_at TIMESTAMP WITH TIME ZONE NOT NULL,
    attempts INTEGER NOT NULL,
    claimed_at TIMESTAMP WITH TIME ZONE,
    settled_at TIMESTAMP WITH TIME ZONE,
    reply TEXT COLLATE "C" DEFAULT '' NOT NULL,
    CONSTRAINT pk_notice PRIMARY KEY (id),
    CONSTRAINT ck_notice_state CHECK (state IN ('pending', 'claimed', 'sent', 'failed', 'unknown', 'skipped')),
    CONSTRAINT ck_notice_kind CHECK (kind IN ('confirm', 'known', 'welcome', 'keep')),
    CONSTRAINT ck_notice_claim CHECK (state <> 'claimed' OR claimed_at IS NOT NULL),
    CONSTRAINT fk_notice_subscriber FOREIGN KEY(subscriber) REFERENCES subscriber (id),
    CONSTRAINT fk_notice_asking FOREIGN KEY(asking) REFERENCES asking (id)
);

CREATE INDEX ix_notice_waiting ON notice (next_at) WHERE state IN ('pending', 'claimed');

CREATE INDEX ix_notice_subscriber ON notice (subscriber);

CREATE INDEX ix_notice_made ON notice (kind, made_at);

CREATE TABLE feedback (
    key VARCHAR(64) COLLATE "C" NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    subscriber VARCHAR COLLATE "C",
    newsletter VARCHAR COLLATE "C" NOT NULL,
    edition VARCHAR COLLATE "C" NOT NULL,
    kind VARCHAR COLLATE "C" NOT NULL,
    status VARCHAR COLLATE "C" NOT NULL,
    how TEXT COLLATE "C" NOT NULL,
    CONSTRAINT pk_feedback PRIMARY KEY (key),
    CONSTRAINT fk_feedback_subscriber FOREIGN KEY(subscriber) REFERENCES subscriber (id)
);

CREATE INDEX ix_feedback_subscriber ON feedback (subscriber);

COMMENT ON COLUMN feedback.key IS 'SHA-256 of the message and whom it is about';

COMMENT ON COLUMN feedback.kind IS 'hard, soft, complaint, left';

COMMENT ON COLUMN feedback.status IS 'RFC 3463';

COMMENT ON COLUMN feedback.how IS 'by which way it came';

CREATE TABLE api_replay (
    token VARCHAR COLLATE "C" NOT NULL,
    key VARCHAR COLLATE "C" NOT NULL,
    request VARCHAR(64) COLLATE "C" NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    status INTEGER DEFAULT '0' NOT NULL,
    body TEXT COLLATE "C" DEFAULT '' NOT NULL,
    CONSTRAINT pk_api_replay PRIMARY KEY (token, key),
    CONSTRAINT fk_api_replay_token FOREIGN KEY(token) REFERENCES api_token (id)
);

CREATE INDEX ix_api_replay_at ON api_replay (at);

COMMENT ON COLUMN api_replay.key IS 'Idempotency-Key';

COMMENT ON COLUMN api_replay.request IS 'SHA-256 of the request';

COMMENT ON COLUMN api_replay.status IS '0 until there is an answer';

CREATE TABLE webhook_message (
    id VARCHAR COLLATE "C" NOT NULL,
    webhook VARCHAR COLLATE "C" NOT NULL,
    event VARCHAR COLLATE "C" NOT NULL,
    at TIMESTAMP WITH TIME ZONE,
    edition VARCHAR COLLATE "C",
    newsletter VARCHAR COLLATE "C" NOT NULL,
    subscriber VARCHAR COLLATE "C",
    who TEXT COLLATE "C" DEFAULT '' NOT NULL,
    why TEXT COLLATE "C" DEFAULT '' NOT NULL,
    tries INTEGER DEFAULT '0' NOT NULL,
    first_try TIMESTAMP WITH TIME ZONE,
    next_at TIMESTAMP WITH TIME ZONE,
    given_up_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_webhook_message PRIMARY KEY (id),
    CONSTRAINT ck_webhook_message_about CHECK ((edition IS NULL) <> (subscriber IS NULL)),
    CONSTRAINT fk_webhook_message_webhook FOREIGN KEY(webhook) REFERENCES webhook (id),
    CONSTRAINT fk_webhook_message_edition FOREIGN KEY(edition) REFERENCES edition (id),
    CONSTRAINT fk_webhook_message_subscriber FOREIGN KEY(subscriber) REFERENCES subscriber (id) ON DELETE CASCADE
);

CREATE INDEX ix_webhook_message_webhook ON webhook_message (webhook);

CREATE INDEX ix_webhook_message_open ON webhook_message (next_at) WHERE given_up_at IS NULL;

CREATE INDEX ix_webhook_message_edition ON webhook_message (edition);

CREATE INDEX ix_webhook_message_subscriber ON webhook_message (subscriber);

COMMENT ON COLUMN webhook_message.next_at IS 'none: at once';

CREATE TABLE delivery (
    edition VARCHAR COLLATE "C" NOT NULL,
    subscriber VARCHAR COLLATE "C" NOT NULL,
    segment VARCHAR COLLATE "C" NOT NULL,
    variant VARCHAR COLLATE "C" NOT NULL,
    wave INTEGER NOT NULL,
    state VARCHAR COLLATE "C" NOT NULL,
    reason TEXT COLLATE "C" NOT NULL,
    attempts INTEGER NOT NULL,
    next_at TIMESTAMP WITH TIME ZONE NOT NULL,
    worker VARCHAR COLLATE "C",
    claim INTEGER,
    settled_at TIMESTAMP WITH TIME ZONE,
    reply TEXT COLLATE "C" DEFAULT '' NOT NULL,
    outcome TEXT COLLATE "C" GENERATED ALWAYS AS (CASE WHEN state = 'claimed' THEN 'waiting' WHEN state <> 'pending' THEN state WHEN attempts > 0 THEN 'put_off' ELSE 'waiting' END) STORED,
    answer TEXT COLLATE "C" GENERATED ALWAYS AS (CASE WHEN reply ~ '^[45][0-9][0-9] [45]\.[0-9].*\.[0-9]' AND split_part(substr(reply, 5), ' ', 1) !~ '[^0-9.]' AND length(split_part(substr(reply, 5), ' ', 1)) < 10 THEN substr(reply, 1, 4) || split_part(substr(reply, 5), ' ', 1) WHEN reply ~ '^[45][0-9][0-9]' THEN substr(reply, 1, 3) WHEN starts_with(reason, 'it came back') THEN 'came back' WHEN starts_with(reply, 'no message could be made') THEN 'no message' ELSE '' END) STORED,
    why TEXT COLLATE "C" GENERATED ALWAYS AS (CASE WHEN state = 'skipped' THEN reason WHEN state = 'unknown' THEN split_part(reason, ':', 1) WHEN state = 'failed' OR (state = 'pending' AND attempts > 0) THEN CASE WHEN reply ~ '^[45][0-9][0-9] [45]\.[0-9].*\.[0-9]' AND split_part(substr(reply, 5), ' ', 1) !~ '[^0-9.]' AND length(split_part(substr(reply, 5), ' ', 1)) < 10 THEN substr(reply, 1, 4) || split_part(substr(reply, 5), ' ', 1) WHEN reply ~ '^[45][0-9][0-9]' THEN substr(reply, 1, 3) WHEN starts_with(reason, 'it came back') THEN 'came back' WHEN starts_with(reply, 'no message could be made') THEN 'no message' ELSE '' END ELSE '' END) STORED,
    CONSTRAINT pk_delivery PRIMARY KEY (edition, subscriber),
    CONSTRAINT ck_delivery_state CHECK (state IN ('pending', 'claimed', 'sent', 'failed', 'unknown', 'skipped')),
    CONSTRAINT ck_delivery_claim CHECK (state <> 'claimed' OR (worker IS NOT NULL AND claim IS NOT NULL)),
    CONSTRAINT ck_delivery_free CHECK (state <> 'pending' OR worker IS NULL),
    CONSTRAINT ck_delivery_variant CHECK (state = 'skipped' OR variant <> ''),
    CONSTRAINT fk_delivery_edition FOREIGN KEY(edition) REFERENCES edition (id),
    CONSTRAINT fk_delivery_subscriber FOREIGN KEY(subscriber) REFERENCES subscriber (id),
    CONSTRAINT fk_delivery_worker FOREIGN KEY(worker) REFERENCES worker (id)
);

CREATE INDEX ix_delivery_exceptional ON delivery (edition, state) WHERE state = 'failed' OR state = 'unknown' OR state = 'skipped';

CREATE INDEX ix_delivery_early ON delivery (edition) WHERE wave < 2;

CREATE INDEX ix_delivery_claimed ON delivery (worker, claim) WHERE state = 'claimed';

CREATE INDEX ix_delivery_pending ON delivery (edition, wave, next_at, subscriber) WHERE state = 'pending';

CREATE INDEX ix_delivery_put_off ON delivery (edition, next_at) WHERE state = 'pending' AND attempts > 0;

CREATE TABLE outcome (
    edition VARCHAR COLLATE "C" NOT NULL,
    wave INTEGER NOT NULL,
    outcome TEXT COLLATE "C" NOT NULL,
    why TEXT COLLATE "C" NOT NULL,
    part INTEGER DEFAULT '0' NOT NULL,
    people INTEGER NOT NULL,
    moves INTEGER NOT NULL,
    last_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_outcome PRIMARY KEY (edition, wave, outcome, why, part),
    CONSTRAINT ck_outcome_people CHECK (people >= 0 OR part <> 0),
    CONSTRAINT fk_outcome_edition FOREIGN KEY(edition) REFERENCES edition (id)
);

COMMENT ON COLUMN outcome.why IS 'the reason, or the codes of the server''s answer; nobody''s address';

COMMENT ON COLUMN outcome.part IS 'whose; 0 in SQLite';

COMMENT ON COLUMN outcome.moves IS 'how often one came to count here';

COMMENT ON COLUMN outcome.last_at IS 'when one was settled here last';

CREATE TABLE pace (
    edition VARCHAR COLLATE "C" NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    part INTEGER DEFAULT '0' NOT NULL,
    messages INTEGER NOT NULL,
    CONSTRAINT pk_pace PRIMARY KEY (edition, at, part),
    CONSTRAINT fk_pace_edition FOREIGN KEY(edition) REFERENCES edition (id)
);

COMMENT ON COLUMN pace.part IS 'as of an outcome';

CREATE TABLE decided (
    edition VARCHAR COLLATE "C" NOT NULL,
    subscriber VARCHAR COLLATE "C" NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    who TEXT COLLATE "C" NOT NULL,
    CONSTRAINT pk_decided PRIMARY KEY (edition, subscriber),
    CONSTRAINT ck_decided_who CHECK (who <> ''),
    CONSTRAINT fk_decided_edition FOREIGN KEY(edition) REFERENCES edition (id),
    CONSTRAINT fk_decided_subscriber FOREIGN KEY(subscriber) REFERENCES subscriber (id)
);

CREATE TABLE link_round (
    edition VARCHAR COLLATE "C" NOT NULL,
    slot TIMESTAMP WITH TIME ZONE NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_link_round PRIMARY KEY (edition, slot),
    CONSTRAINT fk_link_round_edition FOREIGN KEY(edition) REFERENCES edition (id)
);

CREATE TABLE told (
    edition VARCHAR COLLATE "C" NOT NULL,
    telling VARCHAR COLLATE "C" NOT NULL,
    occasion TIMESTAMP WITH TIME ZONE NOT NULL,
    whom VARCHAR(64) COLLATE "C" NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_told PRIMARY KEY (edition, telling, occasion, whom),
    CONSTRAINT ck_told_telling CHECK (telling IN ('ready', 'taken back', 'held', 'links', 'paused', 'sent', 'skipped')),
    CONSTRAINT fk_told_edition FOREIGN KEY(edition) REFERENCES edition (id)
);

COMMENT ON COLUMN told.whom IS 'keyed hash of the address';

CREATE TABLE event (
    id SERIAL NOT NULL,
    edition VARCHAR COLLATE "C" NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    who TEXT COLLATE "C" NOT NULL,
    what TEXT COLLATE "C" NOT NULL,
    why TEXT COLLATE "C" NOT NULL,
    CONSTRAINT pk_event PRIMARY KEY (id),
    CONSTRAINT fk_event_edition FOREIGN KEY(edition) REFERENCES edition (id)
);

CREATE INDEX ix_event_edition ON event (edition);

CREATE TABLE step (
    edition VARCHAR COLLATE "C" NOT NULL,
    number INTEGER NOT NULL,
    turn VARCHAR COLLATE "C" NOT NULL,
    "of" INTEGER NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    who TEXT COLLATE "C" NOT NULL,
    what TEXT COLLATE "C" NOT NULL,
    content JSON NOT NULL,
    CONSTRAINT pk_step PRIMARY KEY (edition, number),
    CONSTRAINT ck_step_turn CHECK (turn IN ('edit', 'undo', 'redo')),
    CONSTRAINT fk_step_edition FOREIGN KEY(edition) REFERENCES edition (id)
);

COMMENT ON COLUMN step.content IS 'all that people decide about, as it was afterwards';

CREATE TABLE placement (
    edition VARCHAR COLLATE "C" NOT NULL,
    position INTEGER NOT NULL,
    story VARCHAR COLLATE "C" NOT NULL,
    theme VARCHAR COLLATE "C" NOT NULL,
    reasons JSON NOT NULL,
    score FLOAT NOT NULL,
    "check" BOOLEAN NOT NULL,
    runner_up VARCHAR COLLATE "C" NOT NULL,
    pinned BOOLEAN DEFAULT false NOT NULL,
    first_in VARCHAR COLLATE "C",
    place INTEGER DEFAULT '0' NOT NULL,
    wording JSON DEFAULT '{}' NOT NULL,
    CONSTRAINT pk_placement PRIMARY KEY (edition, position),
    CONSTRAINT uq_placement_edition_story UNIQUE (edition, story),
    CONSTRAINT fk_placement_edition FOREIGN KEY(edition) REFERENCES edition (id),
    CONSTRAINT fk_placement_story FOREIGN KEY(story) REFERENCES insight (id),
    CONSTRAINT fk_placement_first_in FOREIGN KEY(first_in) REFERENCES edition (id)
);

COMMENT ON COLUMN placement.first_in IS 'the edition it stood in first; none: this one';

COMMENT ON COLUMN placement.place IS 'where a person wants it under its theme';

COMMENT ON COLUMN placement.wording IS 'what staff wrote in place of its source';

CREATE TABLE edition_insight (
    edition VARCHAR COLLATE "C" NOT NULL,
    insight VARCHAR COLLATE "C" NOT NULL,
    story VARCHAR COLLATE "C" NOT NULL,
    CONSTRAINT pk_edition_insight PRIMARY KEY (edition, insight),
    CONSTRAINT fk_edition_insight_edition FOREIGN KEY(edition) REFERENCES edition (id),
    CONSTRAINT fk_edition_insight_insight FOREIGN KEY(insight) REFERENCES insight (id),
    CONSTRAINT fk_edition_insight_story FOREIGN KEY(story) REFERENCES insight (id)
);

CREATE INDEX ix_edition_insight_insight ON edition_insight (insight);

CREATE TABLE reviewed (
    id SERIAL NOT NULL,
    newsletter VARCHAR COLLATE "C" NOT NULL,
    edition VARCHAR COLLATE "C" NOT NULL,
    insight VARCHAR COLLATE "C" NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    who TEXT COLLATE "C" NOT NULL,
    before VARCHAR COLLATE "C" NOT NULL,
    checked BOOLEAN NOT NULL,
    theme VARCHAR COLLATE "C" NOT NULL,
    withdrawn BOOLEAN DEFAULT false NOT NULL,
    CONSTRAINT pk_reviewed PRIMARY KEY (id),
    CONSTRAINT ck_reviewed_who CHECK (who <> ''),
    CONSTRAINT fk_reviewed_edition FOREIGN KEY(edition) REFERENCES edition (id),
    CONSTRAINT fk_reviewed_insight FOREIGN KEY(insight) REFERENCES insight (id)
);

CREATE INDEX ix_reviewed_newsletter ON reviewed (newsletter);

COMMENT ON COLUMN reviewed.before IS 'the theme it stood under';

COMMENT ON COLUMN reviewed.checked IS 'it was marked there: check this';

COMMENT ON COLUMN reviewed.withdrawn IS 'it was undone';

CREATE TABLE excluded (
    newsletter VARCHAR COLLATE "C" NOT NULL,
    insight VARCHAR COLLATE "C" NOT NULL,
    story VARCHAR COLLATE "C" NOT NULL,
    edition VARCHAR COLLATE "C" NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    who TEXT COLLATE "C" NOT NULL,
    CONSTRAINT pk_excluded PRIMARY KEY (newsletter, insight),
    CONSTRAINT ck_excluded_who CHECK (who <> ''),
    CONSTRAINT fk_excluded_insight FOREIGN KEY(insight) REFERENCES insight (id),
    CONSTRAINT fk_excluded_story FOREIGN KEY(story) REFERENCES insight (id),
    CONSTRAINT fk_excluded_edition FOREIGN KEY(edition) REFERENCES edition (id)
);

CREATE TABLE variant (
    edition VARCHAR COLLATE "C" NOT NULL,
    slug VARCHAR COLLATE "C" NOT NULL,
    segment VARCHAR COLLATE "C" NOT NULL,
    subject TEXT COLLATE "C" NOT NULL,
    preheader TEXT COLLATE "C" NOT NULL,
    html TEXT COLLATE "C" NOT NULL,
    text TEXT COLLATE "C" NOT NULL,
    sha256 VARCHAR(64) COLLATE "C" NOT NULL,
    stories JSON NOT NULL,
    people INTEGER NOT NULL,
    CONSTRAINT pk_variant PRIMARY KEY (edition, slug),
    CONSTRAINT fk_variant_edition FOREIGN KEY(edition) REFERENCES edition (id)
);

CREATE TABLE approval (
    id SERIAL NOT NULL,
    edition VARCHAR COLLATE "C" NOT NULL,
    who TEXT COLLATE "C" NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    signed JSON NOT NULL,
    step INTEGER DEFAULT '0' NOT NULL,
    revision VARCHAR(64) COLLATE "C",
    complete BOOLEAN DEFAULT true NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    ended_by TEXT COLLATE "C" DEFAULT '' NOT NULL,
    ended_why TEXT COLLATE "C" DEFAULT '' NOT NULL,
    CONSTRAINT pk_approval PRIMARY KEY (id),
    CONSTRAINT fk_approval_edition FOREIGN KEY(edition) REFERENCES edition (id),
    CONSTRAINT fk_approval_revision FOREIGN KEY(revision) REFERENCES revision (id)
);

CREATE INDEX ix_approval_edition ON approval (edition);

COMMENT ON COLUMN approval.signed IS '[slug, SHA-256, people] of every variant';

COMMENT ON COLUMN approval.step IS 'the content that was signed';

COMMENT ON COLUMN approval.revision IS 'the files that made the bytes';

COMMENT ON COLUMN approval.complete IS 'not the first of two';

COMMENT ON COLUMN approval.ended_at IS 'when it was taken back; none where it stands';

CREATE TABLE click (
    edition VARCHAR COLLATE "C" NOT NULL,
    link TEXT COLLATE "C" NOT NULL,
    day VARCHAR(10) COLLATE "C" NOT NULL,
    clicks INTEGER NOT NULL,
    CONSTRAINT pk_click PRIMARY KEY (edition, link, day),
    CONSTRAINT ck_click_clicks CHECK (clicks > 0),
    CONSTRAINT fk_click_edition FOREIGN KEY(edition) REFERENCES edition (id)
);

COMMENT ON COLUMN click.day IS '2026-11-24, in UTC';

CREATE TABLE reading (
    key VARCHAR(64) COLLATE "C" NOT NULL,
    edition VARCHAR COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    made_by TEXT COLLATE "C" NOT NULL,
    made_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ends_at TIMESTAMP WITH TIME ZONE NOT NULL,
    withdrawn_at TIMESTAMP WITH TIME ZONE,
    withdrawn_by TEXT COLLATE "C" DEFAULT '' NOT NULL,
    CONSTRAINT pk_reading PRIMARY KEY (key),
    CONSTRAINT ck_reading_names CHECK (name <> '' AND made_by <> ''),
    CONSTRAINT ck_reading_withdrawn CHECK ((withdrawn_at IS NULL) = (withdrawn_by = '')),
    CONSTRAINT fk_reading_edition FOREIGN KEY(edition) REFERENCES edition (id)
);

CREATE INDEX ix_reading_edition ON reading (edition);

COMMENT ON COLUMN reading.key IS 'SHA-256 of the token';

COMMENT ON COLUMN reading.name IS 'whom it is for';

CREATE TABLE comment (
    id VARCHAR COLLATE "C" NOT NULL,
    edition VARCHAR COLLATE "C" NOT NULL,
    reading VARCHAR(64) COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    step INTEGER NOT NULL,
    story VARCHAR COLLATE "C" NOT NULL,
    text TEXT COLLATE "C" NOT NULL,
    settled_at TIMESTAMP WITH TIME ZONE,
    settled_by TEXT COLLATE "C" DEFAULT '' NOT NULL,
    CONSTRAINT pk_comment PRIMARY KEY (id),
    CONSTRAINT ck_comment_text CHECK (length(text) BETWEEN 1 AND 2000),
    CONSTRAINT ck_comment_settled CHECK ((settled_at IS NULL) = (settled_by = '')),
    CONSTRAINT fk_comment_edition FOREIGN KEY(edition) REFERENCES edition (id),
    CONSTRAINT fk_comment_reading FOREIGN KEY(reading) REFERENCES reading (key)
);

CREATE INDEX ix_comment_reading ON comment (reading);

CREATE INDEX ix_comment_edition ON comment (edition);

COMMENT ON COLUMN comment.step IS 'the content that was read';

COMMENT ON COLUMN comment.story IS 'the story it is about; empty: the edition';

CREATE FUNCTION count_planned() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN INSERT INTO outcome (edition, wave, outcome, why, part, people, moves, last_at) SELECT edition, wave, outcome, why, pg_backend_pid(), sum(one), greatest(sum(one), 0), CASE WHEN sum(one) > 0 THEN max(settled_at) END FROM (SELECT edition, wave, outcome, why, 1 AS one, settled_at FROM after_it) AS moved GROUP BY edition, wave, outcome, why HAVING sum(one) <> 0 ON CONFLICT (edition, wave, outcome, why, part) DO UPDATE SET people = outcome.people + excluded.people, moves = outcome.moves + excluded.moves, last_at = greatest(outcome.last_at, excluded.last_at); RETURN NULL; END$$;

CREATE TRIGGER count_planned AFTER INSERT ON delivery REFERENCING NEW TABLE AS after_it FOR EACH STATEMENT EXECUTE FUNCTION count_planned();

CREATE FUNCTION count_moved() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN INSERT INTO outcome (edition, wave, outcome, why, part, people, moves, last_at) SELECT edition, wave, outcome, why, pg_backend_pid(), sum(one), greatest(sum(one), 0), CASE WHEN sum(one) > 0 THEN max(settled_at) END FROM (SELECT edition, wave, outcome, why, 1 AS one, settled_at FROM after_it UNION ALL SELECT edition, wave, outcome, why, -1, NULL FROM before_it) AS moved GROUP BY edition, wave, outcome, why HAVING sum(one) <> 0 ON CONFLICT (edition, wave, outcome, why, part) DO UPDATE SET people = outcome.people + excluded.people, moves = outcome.moves + excluded.moves, last_at = greatest(outcome.last_at, excluded.last_at); RETURN NULL; END$$;

CREATE TRIGGER count_moved AFTER UPDATE ON delivery REFERENCING OLD TABLE AS before_it NEW TABLE AS after_it FOR EACH STATEMENT EXECUTE FUNCTION count_moved();

CREATE FUNCTION ring_bell() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN UPDATE bell SET number = number + 1; RETURN NULL; END$$;

CREATE TRIGGER ring_bell AFTER UPDATE OF state ON edition FOR EACH ROW WHEN (NEW.state IN ('approved', 'sending')) EXECUTE FUNCTION ring_bell();

CREATE FUNCTION tell_made() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN INSERT INTO webhook_message (id, webhook, event, edition, newsletter) SELECT 'msg_' || replace(gen_random_uuid()::text, '-', ''), webhook.id, CASE NEW.state WHEN 'draft' THEN 'edition.drafted' ELSE 'edition.' || NEW.state END, NEW.id, NEW.newsletter FROM webhook WHERE ended_at IS NULL AND EXISTS (SELECT 1 FROM json_array_elements_text(webhook.events) AS one WHERE one = CASE NEW.state WHEN 'draft' THEN 'edition.drafted' ELSE 'edition.' || NEW.state END); RETURN NULL; END$$;

CREATE TRIGGER tell_made AFTER INSERT ON edition FOR EACH ROW WHEN (NEW.state IN ('draft', 'skipped', 'missed')) EXECUTE FUNCTION tell_made();

CREATE FUNCTION tell_moved() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN INSERT INTO webhook_message (id, webhook, event, edition, newsletter) SELECT 'msg_' || replace(gen_random_uuid()::text, '-', ''), webhook.id, CASE NEW.state WHEN 'draft' THEN 'edition.approval_taken_back' WHEN 'sending' THEN CASE OLD.state WHEN 'paused' THEN 'edition.resumed' ELSE 'edition.sending' END ELSE 'edition.' || NEW.state END, NEW.id, NEW.newsletter FROM webhook WHERE ended_at IS NULL AND EXISTS (SELECT 1 FROM json_array_elements_text(webhook.events) AS one WHERE one = CASE NEW.state WHEN 'draft' THEN 'edition.approval_taken_back' WHEN 'sending' THEN CASE OLD.state WHEN 'paused' THEN 'edition.resumed' ELSE 'edition.sending' END ELSE 'edition.' || NEW.state END); RETURN NULL; END$$;

CREATE TRIGGER tell_moved AFTER UPDATE OF state ON edition FOR EACH ROW WHEN (OLD.state <> NEW.state AND NEW.state <> 'holding' AND NOT (OLD.state = 'holding' AND NEW.state = 'approved')) EXECUTE FUNCTION tell_moved();

CREATE FUNCTION tell_event() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN UPDATE webhook_message SET at = NEW.at, who = NEW.who, why = NEW.why WHERE edition = NEW.edition AND at IS NULL; RETURN NULL; END$$;

CREATE TRIGGER tell_event AFTER INSERT ON event FOR EACH ROW EXECUTE FUNCTION tell_event();

CREATE FUNCTION tell_place() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN INSERT INTO webhook_message (id, webhook, event, at, newsletter, subscriber) SELECT 'msg_' || replace(gen_random_uuid()::text, '-', ''), webhook.id, CASE NEW.state WHEN 'active' THEN 'subscriber.confirmed' ELSE 'subscriber.' || NEW.state END, coalesce(NEW.ended_at, clock_timestamp()), NEW.newsletter, NEW.subscriber FROM webhook WHERE ended_at IS NULL AND EXISTS (SELECT 1 FROM json_array_elements_text(webhook.events) AS one WHERE one = CASE NEW.state WHEN 'active' THEN 'subscriber.confirmed' ELSE 'subscriber.' || NEW.state END); RETURN NULL; END$$;

CREATE TRIGGER tell_place AFTER UPDATE OF state ON subscription FOR EACH ROW WHEN (OLD.state <> NEW.state AND NEW.state <> 'pending') EXECUTE FUNCTION tell_place();

CREATE FUNCTION count_edition() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN UPDATE change SET number = number + 1; RETURN NULL; END$$;

CREATE TRIGGER count_edition AFTER UPDATE OF state ON edition FOR EACH STATEMENT EXECUTE FUNCTION count_edition();

CREATE FUNCTION count_subscription() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN UPDATE change SET number = number + 1; RETURN NULL; END$$;

CREATE TRIGGER count_subscription AFTER UPDATE OF state, paused_until ON subscription FOR EACH STATEMENT EXECUTE FUNCTION count_subscription();

CREATE FUNCTION count_suppression() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN UPDATE change SET number = number + 1; RETURN NULL; END$$;

CREATE TRIGGER count_suppression AFTER INSERT ON suppression FOR EACH STATEMENT EXECUTE FUNCTION count_suppression();

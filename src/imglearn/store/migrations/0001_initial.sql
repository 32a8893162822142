-- The attempts, what people said about them, and the totals that a pane shows at once.
-- Totals are kept by triggers, so they are right whoever writes, also a person with plain SQL.

CREATE TABLE schema_migrations (
    version INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    applied_at TEXT NOT NULL
);

CREATE TABLE generation_attempts (
    row_id INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE CHECK (typeof(id) = 'text'),
    timestamp TEXT NOT NULL CHECK (typeof(timestamp) = 'text'),
    material TEXT NOT NULL CHECK (typeof(material) = 'text'),
    category TEXT NOT NULL CHECK (typeof(category) = 'text'),
    model TEXT,
    status TEXT NOT NULL DEFAULT 'done' CHECK (status IN ('running', 'done', 'error')),
    prompt TEXT,
    negative_prompt TEXT,
    seed TEXT,
    gen_prompt_length INTEGER CHECK (typeof(gen_prompt_length) IN ('integer', 'null')
        AND gen_prompt_length BETWEEN 0 AND 1000000000000),
    guidance_scale REAL,
    contamination_uniformity REAL,
    view_mode TEXT,
    patterns_used TEXT CHECK (patterns_used IS NULL OR json_valid(patterns_used)),
    params TEXT CHECK (params IS NULL OR json_valid(params)),
    feedback_applied INTEGER CHECK (feedback_applied IN (0, 1)),
    feedback_text TEXT,
    feedback_category TEXT,
    feedback_source TEXT,
    val_prompt_length INTEGER CHECK (typeof(val_prompt_length) IN ('integer', 'null')
        AND val_prompt_length BETWEEN 0 AND 1000000000000),
    val_truncated INTEGER CHECK (val_truncated IN (0, 1)),
    realism_score REAL CHECK (typeof(realism_score) IN ('real', 'null') AND realism_score BETWEEN 0 AND 100),
    passed INTEGER CHECK (passed IN (0, 1)),
    physics_issues TEXT CHECK (physics_issues IS NULL OR json_valid(physics_issues)),
    red_flags TEXT CHECK (red_flags IS NULL OR json_valid(red_flags)),
    validator_error TEXT,
    failure_category TEXT,
    retry_count INTEGER CHECK (typeof(retry_count) IN ('integer', 'null') AND retry_count >= 0),
    final_success INTEGER CHECK (final_success IN (0, 1)),
    parent_id TEXT,
    image_path TEXT,
    image_size_kb REAL CHECK (image_size_kb >= 0),
    image_sha256 TEXT,
    duration_s REAL CHECK (duration_s >= 0),
    notes TEXT,
    extra TEXT CHECK (extra IS NULL OR json_valid(extra))
);

CREATE INDEX attempts_by_time ON generation_attempts (timestamp);
CREATE INDEX attempts_by_category ON generation_attempts (category, timestamp);
CREATE INDEX attempts_by_parent ON generation_attempts (parent_id) WHERE parent_id IS NOT NULL;
CREATE INDEX attempts_running ON generation_attempts (timestamp) WHERE status = 'running';
CREATE INDEX attempts_with_feedback ON generation_attempts (timestamp) WHERE feedback_text IS NOT NULL;

-- What a person said, about one attempt, a material, a category or everything. Append-only.
CREATE TABLE feedback (
    row_id INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    timestamp TEXT NOT NULL,
    text TEXT NOT NULL,
    source TEXT NOT NULL,
    feedback_category TEXT,
    author TEXT,
    attempt_id TEXT,
    material TEXT,
    category TEXT,
    supersedes TEXT,
    notes TEXT,
    extra TEXT CHECK (extra IS NULL OR json_valid(extra))
);

CREATE INDEX feedback_by_time ON feedback (timestamp);
CREATE INDEX feedback_by_attempt ON feedback (attempt_id) WHERE attempt_id IS NOT NULL;
CREATE UNIQUE INDEX feedback_by_superseded ON feedback (supersedes) WHERE supersedes IS NOT NULL;

-- Full text. The words stay in their tables: the index holds only where they are. Lists are read without JSON's
-- brackets and commonest escapes, which are no words. (FTS5 may not read a view that calls json_each.)
CREATE VIEW attempt_words AS SELECT
    row_id, feedback_text,
    replace(replace(replace(replace(substr(physics_issues, 3, length(physics_issues) - 4),
        '", "', '; '), '","', '; '), '\n', ' '), '\"', '"') AS physics_issues,
    replace(replace(replace(replace(substr(red_flags, 3, length(red_flags) - 4),
        '", "', '; '), '","', '; '), '\n', ' '), '\"', '"') AS red_flags,
    notes, prompt, material, category
FROM generation_attempts;

CREATE VIRTUAL TABLE attempts_fts USING fts5 (
    feedback_text, physics_issues, red_flags, notes, prompt, material, category,
    content='attempt_words', content_rowid='row_id', tokenize='porter unicode61 remove_diacritics 2'
);

CREATE TRIGGER attempts_fts_insert AFTER INSERT ON generation_attempts BEGIN
    INSERT INTO attempts_fts (rowid, feedback_text, physics_issues, red_flags, notes, prompt, material, category)
    SELECT * FROM attempt_words WHERE row_id = new.row_id;
END;

CREATE TRIGGER attempts_fts_delete BEFORE DELETE ON generation_attempts BEGIN
    INSERT INTO attempts_fts
        (attempts_fts, rowid, feedback_text, physics_issues, red_flags, notes, prompt, material, category)
    SELECT 'delete', * FROM attempt_words WHERE row_id = old.row_id;
END;

CREATE TRIGGER attempts_fts_update_before
BEFORE UPDATE OF row_id, feedback_text, physics_issues, red_flags, notes, prompt, material, category
ON generation_attempts BEGIN
    INSERT INTO attempts_fts
        (attempts_fts, rowid, feedback_text, physics_issues, red_flags, notes, prompt, material, category)
    SELECT 'delete', * FROM attempt_words WHERE row_id = old.row_id;
END;

CREATE TRIGGER attempts_fts_update_after
AFTER UPDATE OF row_id, feedback_text, physics_issues, red_flags, notes, prompt, material, category
ON generation_attempts BEGIN
    INSERT INTO attempts_fts (rowid, feedback_text, physics_issues, red_flags, notes, prompt, material, category)
    SELECT * FROM attempt_words WHERE row_id = new.row_id;
END;

CREATE VIRTUAL TABLE feedback_fts USING fts5 (
    text, notes, material, category,
    content='feedback', content_rowid='row_id', tokenize='porter unicode61 remove_diacritics 2'
);

CREATE TRIGGER feedback_fts_insert AFTER INSERT ON feedback BEGIN
    INSERT INTO feedback_fts (rowid, text, notes, material, category)
    VALUES (new.row_id, new.text, new.notes, new.material, new.category);
END;

CREATE TRIGGER feedback_fts_delete AFTER DELETE ON feedback BEGIN
    INSERT INTO feedback_fts (feedback_fts, rowid, text, notes, material, category)
    VALUES ('delete', old.row_id, old.text, old.notes, old.material, old.category);
END;

CREATE TRIGGER feedback_fts_update AFTER UPDATE OF row_id, text, notes, material, category ON feedback BEGIN
    INSERT INTO feedback_fts (feedback_fts, rowid, text, notes, material, category)
    VALUES ('delete', old.row_id, old.text, old.notes, old.material, old.category);
    INSERT INTO feedback_fts (rowid, text, notes, material, category)
    VALUES (new.row_id, new.text, new.notes, new.material, new.category);
END;

-- Totals per category. Scores are summed in whole millionths of a point: adding and taking away stays exact,
-- whatever the order.
CREATE TABLE category_totals (
    category TEXT PRIMARY KEY,
    attempts INTEGER NOT NULL DEFAULT 0,
    passed INTEGER NOT NULL DEFAULT 0,
    failed INTEGER NOT NULL DEFAULT 0,
    running INTEGER NOT NULL DEFAULT 0,
    scored INTEGER NOT NULL DEFAULT 0,
    score_millionths INTEGER NOT NULL DEFAULT 0,
    gen_prompts INTEGER NOT NULL DEFAULT 0,
    gen_prompt_chars INTEGER NOT NULL DEFAULT 0,
    val_prompts INTEGER NOT NULL DEFAULT 0,
    val_prompt_chars INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;

CREATE TRIGGER category_totals_insert AFTER INSERT ON generation_attempts BEGIN
    INSERT INTO category_totals VALUES (
        new.category, 1, ifnull(new.passed, 0), ifnull(1 - new.passed, 0), new.status = 'running',
        new.realism_score IS NOT NULL, ifnull(CAST(round(new.realism_score * 1e6) AS INTEGER), 0),
        new.gen_prompt_length IS NOT NULL, ifnull(new.gen_prompt_length, 0),
        new.val_prompt_length IS NOT NULL, ifnull(new.val_prompt_length, 0))
    ON CONFLICT (category) DO UPDATE SET
        attempts = attempts + 1,
        passed = passed + excluded.passed,
        failed = failed + excluded.failed,
        running = running + excluded.running,
        scored = scored + excluded.scored,
        score_millionths = score_millionths + excluded.score_millionths,
        gen_prompts = gen_prompts + excluded.gen_prompts,
        gen_prompt_chars = gen_prompt_chars + excluded.gen_prompt_chars,
        val_prompts = val_prompts + excluded.val_prompts,
        val_prompt_chars = val_prompt_chars + excluded.val_prompt_chars;
END;

CREATE TRIGGER category_totals_delete AFTER DELETE ON generation_attempts BEGIN
    UPDATE category_totals SET
        attempts = attempts - 1,
        passed = passed - ifnull(old.passed, 0),
        failed = failed - ifnull(1 - old.passed, 0),
        running = running - (old.status = 'running'),
        scored = scored - (old.realism_score IS NOT NULL),
        score_millionths = score_millionths - ifnull(CAST(round(old.realism_score * 1e6) AS INTEGER), 0),
        gen_prompts = gen_prompts - (old.gen_prompt_length IS NOT NULL),
        gen_prompt_chars = gen_prompt_chars - ifnull(old.gen_prompt_length, 0),
        val_prompts = val_prompts - (old.val_prompt_length IS NOT NULL),
        val_prompt_chars = val_prompt_chars - ifnull(old.val_prompt_length, 0)
    WHERE category = old.category;
    DELETE FROM category_totals WHERE category = old.category AND attempts = 0;
END;

CREATE TRIGGER category_totals_update
AFTER UPDATE OF category, passed, status, realism_score, gen_prompt_length, val_prompt_length
ON generation_attempts BEGIN
    UPDATE category_totals SET
        attempts = attempts - 1,
        passed = passed - ifnull(old.passed, 0),
        failed = failed - ifnull(1 - old.passed, 0),
        running = running - (old.status = 'running'),
        scored = scored - (old.realism_score IS NOT NULL),
        score_millionths = score_millionths - ifnull(CAST(round(old.realism_score * 1e6) AS INTEGER), 0),
        gen_prompts = gen_prompts - (old.gen_prompt_length IS NOT NULL),
        gen_prompt_chars = gen_prompt_chars - ifnull(old.gen_prompt_length, 0),
        val_prompts = val_prompts - (old.val_prompt_length IS NOT NULL),
        val_prompt_chars = val_prompt_chars - ifnull(old.val_prompt_length, 0)
    WHERE category = old.category;
    INSERT INTO category_totals VALUES (
        new.category, 1, ifnull(new.passed, 0), ifnull(1 - new.passed, 0), new.status = 'running',
        new.realism_score IS NOT NULL, ifnull(CAST(round(new.realism_score * 1e6) AS INTEGER), 0),
        new.gen_prompt_length IS NOT NULL, ifnull(new.gen_prompt_length, 0),
        new.val_prompt_length IS NOT NULL, ifnull(new.val_prompt_length, 0))
    ON CONFLICT (category) DO UPDATE SET
        attempts = attempts + 1,
        passed = passed + excluded.passed,
        failed = failed + excluded.failed,
        running = running + excluded.running,
        scored = scored + excluded.scored,
        score_millionths = score_millionths + excluded.score_millionths,
        gen_prompts = gen_prompts + excluded.gen_prompts,
        gen_prompt_chars = gen_prompt_chars + excluded.gen_prompt_chars,
        val_prompts = val_prompts + excluded.val_prompts,
        val_prompt_chars = val_prompt_chars + excluded.val_prompt_chars;
    DELETE FROM category_totals WHERE category = old.category AND attempts = 0;
END;

-- Physics issues: each text once, which attempts have it (and how often each names it), and the totals.
CREATE TABLE physics_issues (
    issue_id INTEGER PRIMARY KEY,
    issue TEXT NOT NULL UNIQUE,
    count INTEGER NOT NULL DEFAULT 0,
    attempts INTEGER NOT NULL DEFAULT 0,
    last_seen TEXT
);
CREATE INDEX physics_issues_by_count ON physics_issues (count DESC, issue);

CREATE TABLE attempt_physics_issues (
    issue_id INTEGER NOT NULL,
    timestamp TEXT NOT NULL,
    row_id INTEGER NOT NULL,
    category TEXT NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (issue_id, timestamp, row_id)
) WITHOUT ROWID;
CREATE INDEX attempt_physics_issues_by_attempt ON attempt_physics_issues (row_id);

CREATE TABLE category_physics_issues (
    category TEXT NOT NULL,
    issue_id INTEGER NOT NULL,
    count INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    last_seen TEXT NOT NULL,
    PRIMARY KEY (category, issue_id)
) WITHOUT ROWID;
CREATE INDEX category_physics_issues_by_count ON category_physics_issues (category, count DESC);

CREATE TRIGGER physics_issues_insert AFTER INSERT ON generation_attempts
WHEN json_type(new.physics_issues) = 'array' AND json_array_length(new.physics_issues) > 0 BEGIN
    INSERT INTO physics_issues (issue)
        SELECT DISTINCT CAST(value AS TEXT) FROM json_each(new.physics_issues) WHERE value IS NOT NULL
        ON CONFLICT (issue) DO NOTHING;
    INSERT INTO attempt_physics_issues (issue_id, timestamp, row_id, category, count)
        SELECT issue_id, new.timestamp, new.row_id, new.category, count(*)
        FROM json_each(new.physics_issues) JOIN physics_issues ON issue = CAST(value AS TEXT)
        GROUP BY issue_id;
END;

CREATE TRIGGER physics_issues_delete AFTER DELETE ON generation_attempts
WHEN old.physics_issues <> '[]' BEGIN
    DELETE FROM attempt_physics_issues WHERE row_id = old.row_id;
END;

CREATE TRIGGER physics_issues_update
AFTER UPDATE OF row_id, physics_issues, category, timestamp ON generation_attempts
WHEN old.physics_issues <> '[]' OR new.physics_issues <> '[]' BEGIN
    DELETE FROM attempt_physics_issues WHERE row_id = old.row_id;
    INSERT INTO physics_issues (issue)
        SELECT DISTINCT CAST(value AS TEXT) FROM json_each(new.physics_issues)
        WHERE json_type(new.physics_issues) = 'array' AND value IS NOT NULL
        ON CONFLICT (issue) DO NOTHING;
    INSERT INTO attempt_physics_issues (issue_id, timestamp, row_id, category, count)
        SELECT issue_id, new.timestamp, new.row_id, new.category, count(*)
        FROM json_each(new.physics_issues) JOIN physics_issues ON issue = CAST(value AS TEXT)
        WHERE json_type(new.physics_issues) = 'array'
        GROUP BY issue_id;
END;

CREATE TRIGGER attempt_physics_issues_insert AFTER INSERT ON attempt_physics_issues BEGIN
    UPDATE physics_issues SET
        count = count + new.count,
        attempts = attempts + 1,
        last_seen = max(ifnull(last_seen, ''), new.timestamp)
    WHERE issue_id = new.issue_id;
    INSERT INTO category_physics_issues VALUES (new.category, new.issue_id, new.count, 1, new.timestamp)
    ON CONFLICT (category, issue_id) DO UPDATE SET
        count = count + excluded.count,
        attempts = attempts + 1,
        last_seen = max(last_seen, excluded.last_seen);
END;

CREATE TRIGGER attempt_physics_issues_delete AFTER DELETE ON attempt_physics_issues BEGIN
    UPDATE physics_issues SET
        count = count - old.count,
        attempts = attempts - 1,
        last_seen = (SELECT max(timestamp) FROM attempt_physics_issues WHERE issue_id = old.issue_id)
    WHERE issue_id = old.issue_id;
    DELETE FROM physics_issues WHERE issue_id = old.issue_id AND attempts = 0;
    UPDATE category_physics_issues SET
        count = count - old.count,
        attempts = attempts - 1,
        last_seen = ifnull((SELECT max(timestamp) FROM attempt_physics_issues
                            WHERE issue_id = old.issue_id AND category = old.category), '')
    WHERE category = old.category AND issue_id = old.issue_id;
    DELETE FROM category_physics_issues
        WHERE category = old.category AND issue_id = old.issue_id AND attempts = 0;
END;

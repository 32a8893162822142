-- The attempts, and what people said about them. What can be recomputed from these is made by derived.py.

CREATE TABLE schema_migrations (
    version INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    applied_at TEXT NOT NULL
);

CREATE TABLE generation_attempts (
    row_id INTEGER PRIMARY KEY AUTOINCREMENT, -- never used again: what was to be deleted is never another one
    id TEXT NOT NULL UNIQUE CHECK (typeof(id) = 'text'),
    timestamp TEXT NOT NULL CHECK (typeof(timestamp) = 'text'),
    material TEXT NOT NULL CHECK (typeof(material) = 'text'),
    category TEXT NOT NULL CHECK (typeof(category) = 'text'),
    model TEXT CHECK (typeof(model) IN ('text', 'null')),
    status TEXT NOT NULL DEFAULT 'done' CHECK (status IN ('running', 'done', 'error', 'abandoned')),
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
    feedback_id TEXT, -- the remark that was applied
    val_prompt_length INTEGER CHECK (typeof(val_prompt_length) IN ('integer', 'null')
        AND val_prompt_length BETWEEN 0 AND 1000000000000),
    val_truncated INTEGER CHECK (val_truncated IN (0, 1)),
    realism_score REAL CHECK (typeof(realism_score) IN ('real', 'null') AND realism_score BETWEEN 0 AND 100),
    passed INTEGER CHECK (passed IN (0, 1)),
    physics_issues TEXT CHECK (physics_issues IS NULL OR json_valid(physics_issues)),
    red_flags TEXT CHECK (red_flags IS NULL OR json_valid(red_flags)),
    validator_error TEXT,
    error TEXT,
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

-- That a remark needs no attempt any more, or does after all: the last word about it counts. Append-only.
CREATE TABLE feedback_resolutions (
    row_id INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    timestamp TEXT NOT NULL,
    feedback_id TEXT NOT NULL,
    resolved INTEGER NOT NULL CHECK (resolved IN (0, 1)),
    author TEXT,
    notes TEXT,
    extra TEXT CHECK (extra IS NULL OR json_valid(extra))
);

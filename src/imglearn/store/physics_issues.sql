-- Which attempts name which physics issue, and how often in all. Kept by triggers, so that it is right whoever
-- writes, also a person with plain SQL.

-- Each text is there once, then which attempts name it (and how often each), and the totals: dimension 'all' with
-- the key '', 'category' and 'model'. An unknown model has the empty blob as its key.
CREATE TABLE physics_issues (
    issue_id INTEGER PRIMARY KEY,
    issue TEXT NOT NULL UNIQUE
);

CREATE TABLE attempt_physics_issues (
    issue_id INTEGER NOT NULL,
    timestamp TEXT NOT NULL,
    row_id INTEGER NOT NULL,
    category TEXT NOT NULL,
    model NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (issue_id, timestamp, row_id)
) WITHOUT ROWID;
CREATE INDEX attempt_physics_issues_by_attempt ON attempt_physics_issues (row_id);

CREATE TABLE physics_issue_totals (
    dimension TEXT NOT NULL,
    key NOT NULL,
    issue_id INTEGER NOT NULL,
    count INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    last_seen TEXT NOT NULL,
    PRIMARY KEY (dimension, key, issue_id)
) WITHOUT ROWID;
CREATE INDEX physics_issue_totals_by_count ON physics_issue_totals (dimension, key, count DESC);

CREATE TRIGGER physics_issues_insert AFTER INSERT ON generation_attempts
WHEN NOT EXISTS (SELECT 1 FROM deferral) AND json_type(new.physics_issues) = 'array' AND json_array_length(new.physics_issues) > 0 BEGIN
    INSERT INTO physics_issues (issue)
        SELECT DISTINCT CAST(value AS TEXT) FROM json_each(new.physics_issues) WHERE value IS NOT NULL
        ON CONFLICT (issue) DO NOTHING;
    INSERT INTO attempt_physics_issues (issue_id, timestamp, row_id, category, model, count)
        SELECT issue_id, new.timestamp, new.row_id, new.category, ifnull(new.model, x''), count(*)
        FROM json_each(new.physics_issues) JOIN physics_issues ON issue = CAST(value AS TEXT)
        GROUP BY issue_id;
END;

CREATE TRIGGER physics_issues_delete AFTER DELETE ON generation_attempts
WHEN old.physics_issues <> '[]' BEGIN
    DELETE FROM attempt_physics_issues WHERE row_id = old.row_id;
END;

CREATE TRIGGER physics_issues_update
AFTER UPDATE OF row_id, physics_issues, category, model, timestamp ON generation_attempts
WHEN old.physics_issues <> '[]' OR new.physics_issues <> '[]' BEGIN
    DELETE FROM attempt_physics_issues WHERE row_id = old.row_id;
    INSERT INTO physics_issues (issue)
        SELECT DISTINCT CAST(value AS TEXT) FROM json_each(new.physics_issues)
        WHERE json_type(new.physics_issues) = 'array' AND value IS NOT NULL
        ON CONFLICT (issue) DO NOTHING;
    INSERT INTO attempt_physics_issues (issue_id, timestamp, row_id, category, model, count)
        SELECT issue_id, new.timestamp, new.row_id, new.category, ifnull(new.model, x''), count(*)
        FROM json_each(new.physics_issues) JOIN physics_issues ON issue = CAST(value AS TEXT)
        WHERE json_type(new.physics_issues) = 'array'
        GROUP BY issue_id;
END;

CREATE TRIGGER attempt_physics_issues_insert AFTER INSERT ON attempt_physics_issues BEGIN
    INSERT INTO physics_issue_totals VALUES
        ('all', '', new.issue_id, new.count, 1, new.timestamp),
        ('category', new.category, new.issue_id, new.count, 1, new.timestamp),
        ('model', new.model, new.issue_id, new.count, 1, new.timestamp)
    ON CONFLICT (dimension, key, issue_id) DO UPDATE SET
        count = count + excluded.count,
        attempts = attempts + 1,
        last_seen = max(last_seen, excluded.last_seen);
END;

CREATE TRIGGER attempt_physics_issues_delete AFTER DELETE ON attempt_physics_issues BEGIN
    UPDATE physics_issue_totals SET
        count = count - old.count,
        attempts = attempts - 1,
        last_seen = CASE WHEN old.timestamp < last_seen THEN last_seen ELSE ifnull((
            SELECT timestamp FROM attempt_physics_issues named
            WHERE named.issue_id = old.issue_id AND CASE physics_issue_totals.dimension
                WHEN 'category' THEN named.category = old.category
                WHEN 'model' THEN named.model = old.model
                ELSE 1 END
            ORDER BY timestamp DESC LIMIT 1), '') END
    WHERE issue_id = old.issue_id
        AND (dimension, key) IN (VALUES ('all', ''), ('category', old.category), ('model', old.model));
    DELETE FROM physics_issue_totals
    WHERE issue_id = old.issue_id AND attempts = 0
        AND (dimension, key) IN (VALUES ('all', ''), ('category', old.category), ('model', old.model));
    DELETE FROM physics_issues WHERE issue_id = old.issue_id
        AND NOT EXISTS (SELECT 1 FROM attempt_physics_issues WHERE issue_id = old.issue_id);
END;

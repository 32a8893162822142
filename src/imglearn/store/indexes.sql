-- What the questions go by. Partial ones hold only the rows that their question is about. The verdict stands at the end
-- so that the newest attempts of a rare one are found without looking at the others.
CREATE INDEX attempts_by_time ON generation_attempts (timestamp, passed);
CREATE INDEX attempts_by_category ON generation_attempts (category, timestamp, passed);
CREATE INDEX attempts_by_model ON generation_attempts (model, timestamp, passed);
CREATE INDEX attempts_by_material ON generation_attempts (material, timestamp, passed);
CREATE INDEX attempts_by_parent ON generation_attempts (parent_id) WHERE parent_id IS NOT NULL;
CREATE INDEX attempts_running ON generation_attempts (timestamp) WHERE status = 'running';
CREATE INDEX attempts_best_fed ON generation_attempts (realism_score DESC, timestamp DESC, model)
    WHERE passed = 1 AND feedback_applied = 1 AND feedback_text IS NOT NULL;
CREATE INDEX attempts_best_fed_of_category ON generation_attempts (category, realism_score DESC, timestamp DESC)
    WHERE passed = 1 AND feedback_applied = 1 AND feedback_text IS NOT NULL;
CREATE INDEX attempts_by_feedback_category ON generation_attempts (feedback_category, timestamp)
    WHERE feedback_category IS NOT NULL;
CREATE INDEX attempts_with_feedback ON generation_attempts (timestamp) WHERE feedback_text IS NOT NULL;
CREATE INDEX attempts_by_image ON generation_attempts (image_sha256) WHERE image_sha256 IS NOT NULL;
CREATE INDEX attempts_by_feedback ON generation_attempts (feedback_id)
    WHERE feedback_id IS NOT NULL AND feedback_applied IS NOT 0;
CREATE INDEX feedback_by_time ON feedback (timestamp);
CREATE INDEX feedback_by_attempt ON feedback (attempt_id) WHERE attempt_id IS NOT NULL;
CREATE UNIQUE INDEX feedback_by_superseded ON feedback (supersedes) WHERE supersedes IS NOT NULL;
CREATE INDEX resolutions_by_feedback ON feedback_resolutions (feedback_id, timestamp);

"""The tables as peewee sees them. They are made and changed by `schema`, never by these classes.

Columns are bare: values pass through as SQLite has them, and `rows` translates whole records.
"""

from __future__ import annotations

from peewee import BareField, IntegerField, Model


class GenerationAttempt(Model):
    """`generation_attempts`: a column for each field of `records.Attempt`, and the row's own number."""

    row_id = IntegerField(primary_key=True)
    id = BareField(null=True)
    timestamp = BareField(null=True)
    material = BareField(null=True)
    category = BareField(null=True)
    model = BareField(null=True)
    status = BareField(null=True)
    prompt = BareField(null=True)
    negative_prompt = BareField(null=True)
    seed = BareField(null=True)
    gen_prompt_length = BareField(null=True)
    guidance_scale = BareField(null=True)
    contamination_uniformity = BareField(null=True)
    view_mode = BareField(null=True)
    patterns_used = BareField(null=True)
    params = BareField(null=True)
    feedback_applied = BareField(null=True)
    feedback_text = BareField(null=True)
    feedback_category = BareField(null=True)
    feedback_source = BareField(null=True)
    val_prompt_length = BareField(null=True)
    val_truncated = BareField(null=True)
    realism_score = BareField(null=True)
    passed = BareField(null=True)
    physics_issues = BareField(null=True)
    red_flags = BareField(null=True)
    validator_error = BareField(null=True)
    failure_category = BareField(null=True)
    retry_count = BareField(null=True)
    final_success = BareField(null=True)
    parent_id = BareField(null=True)
    image_path = BareField(null=True)
    image_size_kb = BareField(null=True)
    image_sha256 = BareField(null=True)
    duration_s = BareField(null=True)
    notes = BareField(null=True)
    extra = BareField(null=True)

    class Meta:
        table_name = "generation_attempts"

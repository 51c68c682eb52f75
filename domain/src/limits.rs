//! Every limit on what a client may send, units last in the names.

/// Longest title, in Unicode scalar values.
pub const TITLE_MAX_CHARS: usize = 500;
/// Longest description, in bytes of UTF-8 (64 KiB).
pub const DESCRIPTION_MAX_BYTES: usize = 64 * 1024;
/// Most tags on one task.
pub const TAGS_MAX: usize = 50;
/// Longest tag, in Unicode scalar values.
pub const TAG_MAX_CHARS: usize = 64;
/// Longest rank of a task among those beside it, in characters, which are ASCII.
pub const RANK_MAX_CHARS: usize = 64;
/// Most levels of tasks below one another, the top one counted.
pub const TASK_LEVELS_MAX: usize = 5;
/// Longest recurrence rule, in bytes (the rule is ASCII).
pub const RRULE_MAX_BYTES: usize = 500;
/// Largest INTERVAL of a recurrence rule.
pub const RRULE_INTERVAL_MAX: u32 = 1_000;
/// Largest COUNT of a recurrence rule.
pub const RRULE_COUNT_MAX: u32 = 100_000;
/// First year a date may name.
pub const YEAR_MIN: i32 = 1900;
/// Last year a date may name.
pub const YEAR_MAX: i32 = 9999;
/// Longest `before_due` and `for`, in seconds (366 days).
pub const DURATION_MAX_SECONDS: i64 = 366 * 24 * 60 * 60;
/// Most rings of a reminder after the first.
pub const REPEAT_TIMES_MAX: u32 = 100;
/// Longest line of text that a quick task is made of, in Unicode scalar values: a title and what is said around it.
pub const QUICK_TEXT_MAX_CHARS: usize = 1_000;
/// Most violations reported for one request; the rest are left out.
pub const VIOLATIONS_MAX: usize = 100;

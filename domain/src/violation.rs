//! What is wrong with a request, field by field.

use std::fmt;

/// One field that breaks a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Path of the field: `title`, `tags[3]`, `recurrence_pattern.rrule`.
    pub field: String,
    /// What is wrong and what would be right.
    pub detail: String,
}

/// Every field of a request that breaks a rule; never empty when returned as an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violations(pub Vec<Violation>);

impl Violations {
    /// A single violation.
    #[must_use]
    pub fn one(field: impl Into<String>, detail: impl Into<String>) -> Self {
        Self(vec![Violation { field: field.into(), detail: detail.into() }])
    }
}

impl fmt::Display for Violations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, Violation { field, detail }) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { "; " };
            write!(f, "{separator}{field} {detail}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Violations {}

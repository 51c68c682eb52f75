//! What a filter may be called.

use std::fmt;

use domain::read;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The longest name, in Unicode scalar values.
pub const NAME_MAX_CHARS: usize = 64;

/// The name of a filter: one visible line in Unicode's composed form, without white space around it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FilterName(String);

impl FilterName {
    /// Reads a name. White space around it and the form that its accents are typed in say nothing.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let name = read::name(&Value::from(text.trim()), NAME_MAX_CHARS)?;
        // Clients take them for steps in the path, however they are escaped.
        if name == "." || name == ".." {
            return Err("must not be \".\" or \"..\", which no path can end in".to_owned());
        }
        Ok(Self(name))
    }

    /// One that was stored.
    pub(super) const fn stored(name: String) -> Self {
        Self(name)
    }

    /// Its text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for FilterName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn given_a_name_when_read_then_it_is_trimmed_and_composed() {
        for (text, name) in [("Today", "Today"), ("  two words\u{a0}", "two words"), ("cafe\u{301}", "caf\u{e9}")] {
            assert_eq!(FilterName::parse(text).unwrap().as_str(), name);
        }
        assert!(FilterName::parse(&"日".repeat(NAME_MAX_CHARS)).is_ok());
    }

    #[test]
    fn given_what_is_no_name_when_read_then_it_is_refused() {
        let long = "日".repeat(NAME_MAX_CHARS + 1);
        for text in ["", " ", "\u{200b}", "a\nb", "a\u{7f}", "a\u{2028}b", ".", " .. ", &long] {
            assert!(FilterName::parse(text).is_err(), "{}", text.escape_unicode());
        }
    }

    proptest! {
        #[test]
        fn given_any_text_when_it_is_a_name_then_its_text_is_the_same_name(text in any::<String>()) {
            if let Ok(name) = FilterName::parse(&text) {
                prop_assert_eq!(FilterName::parse(name.as_str()), Ok(name));
            }
        }
    }
}

//! Enums that are one lower-case word in JSON: their list, their word, and back.

/// An enum whose every value is one word of the API.
pub(crate) trait Word: Copy + Sized + 'static {
    const WORDS: &'static [Self];
    fn word(self) -> &'static str;

    fn from_word(text: &str) -> Option<Self> {
        Self::WORDS.iter().copied().find(|value| value.word() == text)
    }

    /// `pending, in_progress, completed or cancelled`: for messages that say what would be right.
    fn known() -> String {
        let words: Vec<&str> = Self::WORDS.iter().map(|value| value.word()).collect();
        match words.split_last() {
            Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
            _ => words.concat(),
        }
    }
}

/// Gives an enum `ALL`, `as_str`, `Display`, `FromStr` and [`Word`]; the serde derive must use the same words.
macro_rules! words {
    ($name:ident { $($variant:ident => $word:literal),+ $(,)? }) => {
        impl $name {
            /// Every value, in the order the API lists them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word of the API.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word),+
                }
            }
        }

        impl $crate::word::Word for $name {
            const WORDS: &'static [Self] = Self::ALL;
            fn word(self) -> &'static str {
                self.as_str()
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            /// What would be right: `must be pending, in_progress, completed or cancelled`.
            type Err = String;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                use $crate::word::Word;
                Self::from_word(text).ok_or_else(|| format!("must be {}", Self::known()))
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use super::Word;
    use crate::reminder::{CancelReason, ReminderStatus};
    use crate::task::{Generate, Missed, Priority, RecurFrom, Scope, Status};

    fn check<T: Word + serde::Serialize + std::str::FromStr>() {
        for value in T::WORDS {
            assert_eq!(serde_json::to_value(value).unwrap(), value.word());
            assert!(value.word().parse::<T>().is_ok());
        }
        assert!("nonsense".parse::<T>().is_err());
    }

    #[test]
    fn given_every_word_enum_when_written_as_json_then_it_is_its_word() {
        check::<Status>();
        check::<Priority>();
        check::<RecurFrom>();
        check::<Generate>();
        check::<Missed>();
        check::<Scope>();
        check::<ReminderStatus>();
        check::<CancelReason>();
    }

    #[test]
    fn given_an_unknown_word_when_parsed_then_the_error_lists_what_would_be_right() {
        let error = "done".parse::<Status>().unwrap_err();
        assert_eq!(error, "must be pending, in_progress, completed or cancelled");
    }
}

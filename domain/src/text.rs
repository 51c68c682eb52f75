//! Text as it is compared: for the order of titles and for search; and what of it can be seen.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// `text` without accents and letter case: compatibility decomposition (NFKD), marks dropped, lower case.
///
/// Folding a fold changes nothing, and the fold of a prefix is a prefix of the fold.
#[must_use]
pub fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    text.nfkd()
        .flat_map(char::to_lowercase)
        // Lower case may bring new marks or compositions (İ gives i and a dot).
        .nfkd()
        .filter(|c| !is_combining_mark(*c))
        // A final sigma is the same letter; which one stands there depends on what follows.
        .map(|c| if c == 'ς' { 'σ' } else { c })
        .collect()
}

/// Whether a character shows: no white space, no control character, and none of those that Unicode says to ignore where a
/// font does not know better (`Default_Ignorable_Code_Point`: zero widths, joiners, fillers, variation selectors, tags).
#[must_use]
pub fn is_visible(c: char) -> bool {
    !c.is_whitespace()
        && !c.is_control()
        && !matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}'
            | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}'
            // The Braille pattern without dots is no white space by its property, and nothing to see.
            | '\u{2800}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn given_accents_and_capitals_when_folded_then_plain_letters() {
        for (text, folded) in [
            ("Élan VITAL", "elan vital"),
            ("Straße", "straße"),
            ("ﬁne", "fine"),
            ("İstanbul", "istanbul"),
            ("ΟΔΟΣ", "οδοσ"),
            ("Кафе", "кафе"),
            ("１２", "12"),
            ("", ""),
        ] {
            assert_eq!(fold(text), folded);
        }
    }

    #[test]
    fn given_every_character_when_folded_twice_then_as_once() {
        for c in '\0'..=char::MAX {
            let once = fold(c.encode_utf8(&mut [0; 4]));
            assert_eq!(fold(&once), once, "{}", c.escape_unicode());
        }
    }

    proptest! {
        #[test]
        fn given_any_text_when_folded_twice_then_as_once(text in any::<String>()) {
            let once = fold(&text);
            prop_assert_eq!(fold(&once), once);
        }

        #[test]
        fn given_two_texts_when_folded_then_the_fold_of_the_first_is_a_prefix(a in any::<String>(), b in any::<String>()) {
            prop_assert_eq!(fold(&format!("{a}{b}")), fold(&a) + &fold(&b));
        }

        #[test]
        fn given_plain_text_when_folded_then_as_beside_other_text(text in "[\\x00-\\x7f]{0,20}") {
            prop_assert_eq!(fold(&format!("{text}é")), fold(&text) + "e");
        }

        #[test]
        fn given_letter_case_when_folded_then_equal(text in "[a-zA-Zäöüéñç ]{0,20}") {
            prop_assert_eq!(fold(&text.to_uppercase()), fold(&text));
        }
    }
}

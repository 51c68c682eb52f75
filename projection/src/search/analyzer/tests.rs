use super::*;

fn all(text: &str) -> Vec<String> {
    let mut out = Vec::new();
    terms(text, |piece, position| out.push(format!("{position}:{}", piece.term)));
    out
}

#[test]
fn given_plain_words_then_they_are_folded_and_counted() {
    assert_eq!(all("  Übung, macht den MEISTER! "), ["0:ubung", "1:macht", "2:den", "3:meister"]);
    assert_eq!(all("cafe\u{301} crème"), ["0:cafe", "1:creme"]);
}

#[test]
fn given_identifiers_then_wholes_and_parts_are_terms() {
    assert_eq!(all("foo_bar x"), ["0:foo_bar", "0:foo", "1:bar", "2:x"]);
    assert_eq!(all("http2"), ["0:http2", "0:http", "1:2"]);
    assert_eq!(all("E0502"), ["0:e0502", "0:e", "1:0502"]);
    assert_eq!(all("v1.2.3"), ["0:v1.2.3", "0:v1", "0:v", "1:1", "2:2", "3:3"]);
    assert_eq!(all("useTaskUpdates"), ["0:usetaskupdates", "0:use", "1:task", "2:updates"]);
    assert_eq!(all("HTTPServer"), ["0:httpserver", "0:http", "1:server"]);
    assert_eq!(all("std::vec"), ["0:std::vec", "0:std", "1:vec"]);
    assert_eq!(all("a1b2c3d4e5f6"), ["0:a1b2c3d4e5f6"]);
}

#[test]
fn given_hyphen_or_apostrophe_then_the_joined_spelling_is_a_term_too() {
    assert_eq!(all("e-mail"), ["0:e-mail", "0:email", "0:e", "1:mail"]);
    assert_eq!(all("don’t"), ["0:don't", "0:dont", "0:don", "1:t"]);
}

#[test]
fn given_punctuation_then_it_ends_words_and_is_no_term() {
    assert_eq!(all("end. Next (word) -- #tag .gitignore"), ["0:end", "1:next", "2:word", "3:tag", "4:gitignore"]);
    assert_eq!(all("!?… --- ::"), Vec::<String>::new());
    assert_eq!(all("C# and #1"), ["0:c#", "1:and", "2:1"]);
}

#[test]
fn given_scripts_without_spaces_then_each_character_is_a_term() {
    assert_eq!(all("東京tower"), ["0:東", "1:京", "2:tower"]);
    assert_eq!(all("ガ"), all("カ\u{3099}"));
    assert_eq!(all("🎉 party"), ["0:🎉", "1:party"]);
}

#[test]
fn given_any_position_then_spans_cut_the_text_at_character_borders() {
    for text in ["naïve—Ünïcode_x2 東京 don’t", "a\u{301}\u{200d}b", "👩‍👩‍👧 x", "İstanbul ﬁx ½"]
    {
        terms(text, |piece, _| assert!(text.get(piece.from..piece.to).is_some_and(|span| !span.is_empty())));
    }
}

#[test]
fn given_a_plain_word_when_it_is_cut_then_as_a_word_that_may_have_parts() {
    for text in ["login", "Login", "x", "X"] {
        assert!(is_plain(text.as_bytes()), "{text}");
        let mut spans = Vec::new();
        split_chunk(text, 0, text.len(), &mut spans);
        assert_eq!(spans, [(0, text.len())]);
    }
    for text in ["", "logIn", "LOGIN", "login2", "2", "c#", "café"] {
        assert!(!is_plain(text.as_bytes()), "{text}");
    }
    assert_eq!(all(&"a".repeat(70)), [format!("0:{}", "a".repeat(64))]);
}

//! Takes the tour out of a README, so that a test can paste it.

/// The `sh` blocks below the first heading that says "tour", up to the next heading of its level or above.
///
/// # Errors
/// When there is no such heading or no block below it.
pub fn blocks(readme: &str) -> Result<Vec<String>, String> {
    let (mut level, mut block, mut blocks) = (None, None::<String>, Vec::new());
    for line in readme.lines() {
        match &mut block {
            Some(_) if line.trim_end() == "```" => blocks.extend(block.take()),
            Some(text) => {
                text.push_str(line);
                text.push('\n');
            }
            None if line.starts_with('#') => {
                let depth = line.chars().take_while(|c| *c == '#').count();
                match level {
                    None if line.to_lowercase().contains("tour") => level = Some(depth),
                    Some(of_tour) if depth <= of_tour => break,
                    _ => {}
                }
            }
            None if level.is_some() && line.trim_end() == "```sh" => block = Some(String::new()),
            None => {}
        }
    }
    match level {
        None => Err("no heading says \"tour\"".to_owned()),
        Some(_) if blocks.is_empty() => Err("the tour has no ```sh block".to_owned()),
        Some(_) => Ok(blocks),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tour_ends_with_its_section_and_other_languages_are_left_out() {
        let readme = "# X\n```sh\nmake run\n```\n## A five-minute tour\n```sh\na\nb\n```\n```json\n{}\n```\n### More\n```sh\nc\n```\n## Next\n```sh\nd\n```\n";
        assert_eq!(blocks(readme).unwrap(), ["a\nb\n", "c\n"]);
        assert!(blocks("# X\n").is_err());
        assert!(blocks("# Tour\ntext\n").is_err());
    }
}
